"""An authority of certificates, made anew for each test, and servers' sides of TLS with what it signs."""

import ipaddress
import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)


class Authority:
    """Signs certificates. `file` (PEM) is what those have who trust it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(f"authority {folder.name}")
        self.file = folder / "authority.pem"
        self.file.write_bytes(_pem(self._signed(self._name, self._key.public_key(), END, ())))

    def trusted(self) -> ssl.SSLContext:
        """Make the client's side of TLS of who trusts this authority alone."""
        return ssl.create_default_context(cafile=self.file)

    def server(self, *names: str, end: datetime = END) -> ssl.SSLContext:
        """Make the server's side of TLS, with a certificate for these names and addresses."""
        return server_side(self.issued(*names, end=end))

    def issued(self, *names: str, end: datetime = END) -> Path:
        """Write a certificate for these names and addresses, and its key, into one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._signed(_named(names[0]), key.public_key(), end, names)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = self._folder / f"{names[0]}.pem"
        path.write_bytes(private + _pem(made))
        return path

    def _signed(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, end: datetime, names: tuple[str, ...]
    ) -> x509.Certificate:
        """Sign a certificate for some names; for none, that of an authority."""
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(BEGIN)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
        )
        if names:
            alternatives = x509.SubjectAlternativeName(list(map(_alternative, names)))
            made = made.add_extension(alternatives, critical=False)
        return made.sign(self._key, hashes.SHA256())


def server_side(certificate: Path) -> ssl.SSLContext:
    """Make the server's side of TLS of a file with a certificate and its key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
