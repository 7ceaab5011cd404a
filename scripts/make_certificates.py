"""Make certificates for a cluster. usage: make_certificates.py FOLDER NAME… [--days N].

Each name gets a folder with ``ca.pem``, ``cert.pem`` and ``key.pem``, signed by the authority in ``FOLDER/authority``,
which is made where there is none. Whoever has ``authority/ca-key.pem`` can let others in: it stays where it is.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY = "authority"
AUTHORITY_DAYS = 3650


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_certificates(folder: Path, names: list[str], days: float = 365) -> None:
    """Make what is missing of the authority, and a new certificate for each name; a negative number has run out."""
    authority = _authority(folder / AUTHORITY)
    for name in names:
        pair = _make(name, timedelta(days=days), authority)
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "ca.pem").write_bytes(_pem(authority.certificate))
        (place / "cert.pem").write_bytes(_pem(pair.certificate))
        _write_key(place / "key.pem", pair.key)


def _authority(place: Path) -> Pair:
    certificate, key = place / "ca.pem", place / "ca-key.pem"
    if key.exists():
        loaded = serialization.load_pem_private_key(key.read_bytes(), password=None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            sys.exit(f"{key} was not made by this script.")
        return Pair(x509.load_pem_x509_certificate(certificate.read_bytes()), loaded)
    pair = _make("Digit Lab cluster", timedelta(days=AUTHORITY_DAYS), None)
    place.mkdir(parents=True, exist_ok=True)
    certificate.write_bytes(_pem(pair.certificate))
    _write_key(key, pair.key)
    return pair


def _make(name: str, lasts: timedelta, authority: Pair | None) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = key if authority is None else authority.key
    until = datetime.now(UTC) + lasts
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if authority is None else authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of a cluster differ by minutes.
        .not_valid_before(min(until, datetime.now(UTC)) - timedelta(hours=1))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if authority is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return Pair(builder.sign(signer, hashes.SHA256()), key)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Readable by its owner alone, from its first byte on."""
    path.unlink(missing_ok=True)
    private = serialization.PrivateFormat.PKCS8
    content = key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def main() -> None:
    """Read the command line and make them."""
    parser = argparse.ArgumentParser(prog="make_certificates.py", description="Make certificates for a cluster.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where they go")
    parser.add_argument("names", nargs="+", metavar="NAME", help="who is to have one")
    parser.add_argument("--days", type=int, default=365, help="how long they are valid: %(default)s")
    arguments = parser.parse_args()
    if bad := [name for name in arguments.names if not name.replace("-", "").isalnum() or name == AUTHORITY]:
        parser.error(f"a name has letters, digits and hyphens, and is not {AUTHORITY}, unlike “{bad[0]}”")
    make_certificates(arguments.folder, arguments.names, arguments.days)


if __name__ == "__main__":
    main()
