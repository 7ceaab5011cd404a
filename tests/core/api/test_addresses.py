"""Who is counted as one, how often one may ask, and by which names the server answers."""

from functools import partial

import pytest

from core.api.addresses import Allowance, is_here, site_of
from core.api.app import api_app
from core.api.runs import OneRun
from core.runs.archive import DEMO_DIRECTORY
from core.settings import Settings
from tests.core.api.asking import ask


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_allowance_is_used_up_and_fills_again() -> None:
    clock = Clock()
    allowance = Allowance(10, clock=clock)
    assert [allowance.take("a") for _ in range(20)] == [0.0] * 20
    assert allowance.take("a") == pytest.approx(0.1)
    assert allowance.take("b") == 0.0
    clock.now = 0.1
    assert [allowance.take("a"), allowance.take("a")] == [0.0, pytest.approx(0.1)]
    clock.now = 1_000.0
    assert [allowance.take("a") for _ in range(21)].count(0.0) == 20, "no more than twice the rate is saved up"


def test_a_lot_of_work_leaves_a_debt() -> None:
    clock = Clock()
    allowance = Allowance(10, clock=clock)
    assert allowance.take("a") == 0.0
    allowance.charge("a", 29)
    assert allowance.take("a") == pytest.approx(1.1)
    clock.now = 1.1
    assert allowance.take("a") == 0.0


def test_only_so_many_addresses_are_remembered() -> None:
    allowance = Allowance(1, most_addresses=3, clock=Clock())
    for address in "abcd" * 2:
        allowance.take(address)
    assert list(allowance._left) == ["b", "c", "d"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", ""])
def test_this_machine_is_known(host: str) -> None:
    assert is_here(host)


@pytest.mark.parametrize("host", ["192.168.0.2", "::2", "2001:db8::1", "localhost", "testclient", "127.0.0.1.example"])
def test_other_machines_are_others(host: str) -> None:
    assert not is_here(host)


def test_a_site_counts_as_one() -> None:
    assert site_of("2001:db8:1:2:3::4") == site_of("2001:db8:1:2:ffff::1") != site_of("2001:db8:1:3::4")
    assert site_of("::ffff:192.0.2.1") == site_of("192.0.2.1") != site_of("192.0.2.2")


def test_a_proxy_here_says_for_whom_it_asks_and_nobody_else_is_believed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.api.app.Allowance", partial(Allowance, clock=Clock()))
    app = api_app(OneRun(DEMO_DIRECTORY, settings.home), settings.model_copy(update={"api_rate": 1}))

    def statuses(client: str, forwarded: str) -> list[int]:
        return [
            ask(app, "/api/v1/health", method="GET", client=client, x_forwarded_for=forwarded).status for _ in range(3)
        ]

    assert statuses("127.0.0.1", "198.51.100.1, 198.51.100.2") == [200, 200, 429]
    assert statuses("127.0.0.1", "198.51.100.3, 198.51.100.2") == [429] * 3, "the nearest is what counts"
    assert statuses("198.51.100.9", "127.0.0.1") == [200, 200, 429]
    assert statuses("127.0.0.1", "127.0.0.1") == [200] * 3


STRANGE = ("", "evil.example", "evil.example:8510", "localhost.evil.example", "localhost@evil", "[x")


@pytest.mark.parametrize("host", STRANGE)
def test_a_server_for_this_machine_answers_to_its_own_names(settings: Settings, host: str) -> None:
    app = api_app(OneRun(DEMO_DIRECTORY, settings.home), settings, hosts=["lab.example"])
    assert "--allow-host" in ask(app, "/api/v1/models", method="GET", host=host).refused(421)
    for path, base in (("/api/v1/health", ""), ("/lab/api/v1/health", "/lab")):
        assert ask(app, path, method="GET", host=host, base=base).value == {"status": "ok"}, "a probe knows no name"
        ask(app, path, method="POST", host=host, base=base).refused(421)
    for own in ("localhost", "127.0.0.1:8510", "[::1]:8510", "Lab.Example", "lab.example:80"):
        assert ask(app, "/api/v1/models", method="GET", host=own).status == 200
