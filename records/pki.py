"""The portal's own certificate authority, under settings.PKI_DIR: a root and the platform's seal.

A person's key is made for one signature and never stored; its certificate names person, organisation,
capacity and the version's hash, and is valid long enough that a check years later still succeeds.
"""

import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

# Fixed, and not "now": the demo's portal signs in what the machine's clock calls the past.
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2055, 1, 1, tzinfo=UTC)
SEAL = "SLA Portal seal"
PERSON_YEARS = timedelta(days=15 * 366)


@dataclass(frozen=True)
class Identity:
    """A key with its certificate (DER) and the root that vouches for it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: x509.Certificate


def root_certificate() -> x509.Certificate:
    """The root that vouches for what is signed from now on."""
    return _authority().certificate


def roots() -> list[x509.Certificate]:
    """Every root a verifier must trust: the one in use, then those before it, newest first. Their fingerprints are
    printed on the verify page."""
    old = sorted(_old().glob("*.pem"), reverse=True)
    return [root_certificate(), *(x509.load_pem_x509_certificate(place.read_bytes()) for place in old)]


def rotate(*, at: datetime) -> x509.Certificate:
    """Begin a new authority: the old root's certificate stays for validation, its key and the old seal are destroyed.

    Returns the old root. What is out for signature goes on under the new one. Nothing else may use the keys
    meanwhile: stop web and engine first.
    """
    old = root_certificate()
    _old().mkdir(mode=0o700, exist_ok=True)
    kept = _old() / f"{at.astimezone(UTC):%Y%m%dT%H%M%S}-{old.fingerprint(hashes.SHA256()).hex()[:16]}.pem"
    kept.write_bytes(old.public_bytes(serialization.Encoding.PEM))
    # The seal first: one that the new root does not vouch for would certify what nobody trusts.
    for name in ("platform", "root"):
        (Path(settings.PKI_DIR) / f"{name}.pem").unlink(missing_ok=True)
    return old


def time_roots() -> list[x509.Certificate]:
    """The roots that a time stamp must lead to, from settings.TSA_CA; none where no authority was ever used."""
    return x509.load_pem_x509_certificates(Path(settings.TSA_CA).read_bytes()) if settings.TSA_CA else []


def platform() -> Identity:
    """The platform's seal, for certifying documents."""
    return _read("platform", _make_platform)


def one_shot(*, person: str, email: str, organisation: str, capacity: str, version: str, at: datetime) -> Identity:
    """A key for one signature at `at`; nobody keeps it."""
    root = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(
        (NameOID.COMMON_NAME, person),
        (NameOID.EMAIL_ADDRESS, email),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.TITLE, capacity),
        # The hash of the terms that this certificate may sign, and no others.
        (NameOID.SERIAL_NUMBER, version),
    )
    certificate = _issue(subject, key, root, at - timedelta(minutes=5), at + PERSON_YEARS)
    return Identity(key, certificate, root.certificate)


def _old() -> Path:
    return Path(settings.PKI_DIR) / "old"


def _authority() -> Identity:
    return _read("root", _make_root)


def _make_root() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name((NameOID.COMMON_NAME, "SLA Portal root"), (NameOID.ORGANIZATION_NAME, "SLA Portal"))
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return key, builder.sign(key, hashes.SHA256())


def _make_platform() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name((NameOID.COMMON_NAME, SEAL), (NameOID.ORGANIZATION_NAME, "SLA Portal"))
    return key, _issue(name, key, _authority(), BEGIN, END)


def _issue(subject, key, root: Identity, begin: datetime, end: datetime) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(root.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(min(end, END))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()), critical=False)
        .sign(root.key, hashes.SHA256())
    )


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    limits = {NameOID.EMAIL_ADDRESS: 255}
    return x509.Name([x509.NameAttribute(oid, _cut(value or "-", limits.get(oid, 64))) for oid, value in parts])


def _cut(value: str, limit: int) -> str:
    """X.520 allows 64 characters in most of these, which `cryptography` counts as bytes of UTF-8: a longer
    name is cut, and shows it; it is never refused at the signature."""
    if len(value.encode()) <= limit:
        return value
    return value.encode()[: limit - 3].decode(errors="ignore") + "…"


def _usage(**given: bool) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: given.get(name, False) for name in every})


def _read(name: str, make) -> Identity:
    """Key and certificate of one file; made on first use. Two processes at once end with one and the same."""
    place = Path(settings.PKI_DIR) / f"{name}.pem"
    if not place.exists():
        _write(place, *make())
    content = place.read_bytes()
    key = serialization.load_pem_private_key(content, None)
    certificate = x509.load_pem_x509_certificate(content)
    root = certificate if name == "root" else _authority().certificate
    return Identity(key, certificate, root)


def _write(place: Path, key, certificate: x509.Certificate) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    handle, aside = tempfile.mkstemp(dir=place.parent)  # mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, place)  # fails where another process was first: its key is the one
    except FileExistsError:
        pass
    finally:
        os.unlink(aside)
