import pytest

from core.config import TrainConfig
from core.errors import ConfigError
from core.runs.names import is_run_id, new_run_id


def test_new_ids_are_valid_and_differ() -> None:
    ids = [new_run_id() for _ in range(2_000)]
    assert all(map(is_run_id, ids))
    # 16 million endings: among 2,000 ids of 2,500 names each a repetition would be a broken generator.
    assert len(set(ids)) == len(ids)


def test_new_ids_can_be_read_out() -> None:
    adjective, noun, digits = new_run_id().split("-")
    assert adjective.isalpha()
    assert noun.isalpha()
    assert len(digits) == 6
    int(digits, 16)


@pytest.mark.parametrize("text", ["demo", "a", "0", "brave-otter-3f2a91", "a" * 63, "a--b", "a-"])
def test_ids(text: str) -> None:
    assert is_run_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-a",
        "a" * 64,
        "A",
        "a b",
        "a\n",
        "\na",
        "a_b",
        "a.b",
        "..",
        "../x",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "a\0b",
        "ä",
        "１",
        "%2e%2e",
        "a;b",
        "\ud800",
        "~",
        "C:",
    ],
)
def test_what_could_leave_the_folder_of_runs_is_no_id(text: str) -> None:
    assert not is_run_id(text)


def test_a_run_to_start_from_is_one_that_can_be() -> None:
    assert TrainConfig.from_mapping({"start_from": "a" * 63}).start_from == "a" * 63
    with pytest.raises(ConfigError, match="Start from run must be"):
        TrainConfig.from_mapping({"start_from": "a" * 64})
