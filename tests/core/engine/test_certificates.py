"""Certificates that are of no use get a sentence before anybody is spoken to."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.engine.certificates import security_of
from core.errors import EngineError
from scripts.make_certificates import make_certificates

TLS = "tls://lab.example:8786"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    make_certificates(folder, ["server", "other"])
    make_certificates(folder, ["old"], days=-1)
    return folder


@pytest.fixture
def server(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made / "server", tmp_path / "server")


def sentence(address: str, folder: Path | None) -> str:
    with pytest.raises(EngineError) as caught:
        security_of(address, folder)
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_certificates_of_the_script_are_taken_and_only_their_owner_reads_the_key(server: Path) -> None:
    security = security_of(TLS, server)
    assert security is not None
    assert security.require_encryption
    assert "ssl_context" in security.get_connection_args("client")
    assert (server / "key.pem").stat().st_mode & 0o077 == 0


def test_an_authority_goes_on_with_its_key(made: Path) -> None:
    before = (made / "server" / "ca.pem").read_bytes()
    make_certificates(made, ["later"])
    assert (made / "later" / "ca.pem").read_bytes() == before


def test_address_and_certificates_have_to_go_together(server: Path) -> None:
    assert security_of("tcp://lab.example:8786", None) is None
    assert "requires certificates: DIGITLAB_TLS must name a folder" in sentence(TLS, None)
    assert "write tls:// in DIGITLAB_SCHEDULER" in sentence("tcp://lab.example:8786", server)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder, made: (folder / "key.pem").unlink(), "There is no key.pem in"),
        (lambda folder, made: shutil.rmtree(folder), "There is no ca.pem in"),
        (lambda folder, made: (folder / "cert.pem").write_text("-----BEGIN"), "is not a certificate in PEM form"),
        (lambda folder, made: (folder / "ca.pem").write_bytes(b"\xff\x00"), "is not a certificate in PEM form"),
        (lambda folder, made: shutil.copy(made / "other" / "key.pem", folder), "is not the key of"),
        (lambda folder, made: shutil.copy(made / "old" / "cert.pem", folder), "cert.pem expired on 20"),
    ],
)
def test_what_is_wrong_with_certificates_is_said(
    server: Path, made: Path, spoil: Callable[[Path, Path], object], said: str
) -> None:
    spoil(server, made)
    assert said in sentence(TLS, server)
