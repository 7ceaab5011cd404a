"""Certificates for a scheduler of others: read, and looked at before they are used."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from distributed import Security

from core.errors import EngineError

_FILES = ("ca.pem", "cert.pem", "key.pem")
_WANTED = "DIGITLAB_TLS must name a folder with ca.pem, cert.pem and key.pem"


def security_of(address: str, folder: Path | None) -> Security | None:
    """What a client shows of itself and whom it trusts; None where nothing is encrypted.

    Raises
    ------
    EngineError
        If the address wants certificates and there are none, or the other way round, or they are of no use.
    """
    is_encrypted = address.startswith("tls://")
    if folder is None:
        if is_encrypted:
            raise EngineError(f"The scheduler at {address} requires certificates: {_WANTED}.")
        return None
    if not is_encrypted:
        raise EngineError(
            f"DIGITLAB_TLS is set, but {address} is not an encrypted address: write tls:// in DIGITLAB_SCHEDULER, or "
            "leave DIGITLAB_TLS out."
        )
    ca, cert, key = (folder / name for name in _FILES)
    for path in (ca, cert, key):
        _check_file(path)
    for path in (ca, cert):
        _check_dates(path)
    _check_pair(cert, key)
    return Security(require_encryption=True, tls_ca_file=str(ca), tls_client_cert=str(cert), tls_client_key=str(key))


def _check_file(path: Path) -> None:
    try:
        path.read_bytes()
    except FileNotFoundError:
        raise EngineError(f"There is no {path.name} in {path.parent}: {_WANTED}.") from None
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.") from error


def _check_dates(path: Path) -> None:
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError as error:
        raise EngineError(f"{path} is not a certificate in PEM form: {_WANTED}.") from error
    now = datetime.now(UTC)
    for certificate in certificates:
        if certificate.not_valid_after_utc < now:
            raise EngineError(f"{path} expired on {certificate.not_valid_after_utc:%Y-%m-%d}: make a new certificate.")
        if certificate.not_valid_before_utc > now:
            day = certificate.not_valid_before_utc
            raise EngineError(f"{path} is valid from {day:%Y-%m-%d} on: check the clock of this machine.")


def _check_pair(cert: Path, key: Path) -> None:
    try:
        # A key with a password would be asked for on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(cert, key, password="")
    except (ssl.SSLError, ValueError) as error:
        raise EngineError(f"{key} is not the key of {cert}, or it has a password: {_WANTED}.") from error
