"""Make a local certificate, offline.

It is a certificate authority for one person: its root signs one certificate, and its key is forgotten. Programs on
other machines show such a signer as unknown, until they are given the trust anchor.
"""

import datetime
import os
import secrets
import shutil
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mutoscope.core.errors import OutputError, ParameterError
from mutoscope.provenance.certificate import NO_NAME, signing_folder
from mutoscope.storage.folders import make_folder

__all__ = ["init_certificate"]

_LEAF_YEARS, _ROOT_YEARS = 10, 20
"""Long: without a time stamp service nobody can tell later whether a signature is older than its certificate's end."""


def init_certificate(folder: Path | None = None, name: str = "", *, now: datetime.datetime | None = None) -> Path:
    """Make a local certificate with its key and its trust anchor. Offline; what exists is never overwritten.

    Args:
        folder: where; `signing_folder()` by default.
        name: the person, as others shall read it.
        now: begin of validity.

    Returns:
        the certificate's file.

    Raises:
        OutputError: there is one already, or the folder cannot be written.
        ParameterError: the name cannot stand in a certificate.

    """
    folder = signing_folder() if folder is None else folder
    name = " ".join(name.split()) or NO_NAME
    if len(name) > 64 or not name.isprintable():
        raise ParameterError(f"name={name!r:.40} cannot stand in a certificate; give at most 64 printable characters.")
    own = folder / "own"
    if own.exists():
        raise OutputError(
            f"there is a certificate in {own} already and it is never overwritten; to make another one, rename that "
            f"folder (files signed with it stay trusted here while it lies in {folder})."
        )
    chain, key, root = _issue(name, now or datetime.datetime.now(datetime.UTC))
    make_folder(folder)
    temp = folder / f".own-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        temp.mkdir(mode=0o700)
        for file, text in (("key.pem", key), ("certificate.pem", chain), ("anchor.pem", root)):
            _write_private(temp / file, text)
        temp.rename(own)  # refuses where another process was faster: a folder with files in it is not replaced
    except OSError as error:
        raise OutputError(f"the certificate could not be kept in {folder} ({error.strerror}).") from None
    finally:
        shutil.rmtree(temp, ignore_errors=True)
    return own / "certificate.pem"


def _issue(name: str, now: datetime.datetime) -> tuple[str, str, str]:
    """Make chain, key and root, in PEM."""
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, leaf_name = _name(name, f"{name[:40]} (local, Mutoscope)"), _name(name, name)
    # A clock that is a little behind must not call the certificate too young.
    first = now - datetime.timedelta(hours=1)

    def begin(subject: x509.Name, key: ec.EllipticCurvePrivateKey, years: int) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(root_name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(first)
        builder = builder.not_valid_after(now + datetime.timedelta(days=365 * years))
        return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)

    root = begin(root_name, root_key, _ROOT_YEARS)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(_usage(signs_certificates=True), critical=True)
    leaf = begin(leaf_name, leaf_key, _LEAF_YEARS)
    leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    leaf = leaf.add_extension(_usage(signs_certificates=False), critical=True)
    leaf = leaf.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    leaf = leaf.add_extension(issuer, critical=False)
    made = [
        one.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode() for one in (leaf, root)
    ]
    key = leaf_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made[0] + made[1], key.decode(), made[1]


def _name(organisation: str, common: str) -> x509.Name:
    pairs = ((NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in pairs])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _write_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
