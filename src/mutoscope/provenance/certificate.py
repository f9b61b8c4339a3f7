"""Whom files are signed by: certificate and key, the local ones or those from elsewhere, by path; and who is known."""

import datetime
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mutoscope.core.errors import InputError, MutoscopeError, ParameterError
from mutoscope.storage.folders import data_folder

__all__ = [
    "NO_NAME",
    "Identity",
    "anchors",
    "check_identity",
    "export_anchor",
    "find_identity",
    "load_chain",
    "load_identity",
    "name_in",
    "signing_folder",
]

NO_NAME = "unnamed signer"
"""Name in a certificate whose person gave none: a login name would tell more than they meant to."""

_USAGES = {
    ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string,
    "1.3.6.1.5.5.7.3.36",  # document signing
    "1.3.6.1.4.1.62558.2.1",  # C2PA's own
}
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Identity:
    """Somebody who signs.

    Attributes:
        name: as the certificate has it.
        chain: certificates in PEM, the signer's own first.
        key: private key in PEM; never shown.
        algorithm: as C2PA calls it, like "es256".
        is_local: whether it was made by `issue.init_certificate`, and so is on no public list.

    """

    name: str
    chain: str
    key: str = field(repr=False)
    algorithm: str
    is_local: bool


def signing_folder() -> Path:
    """Name the folder for certificates; it need not exist."""
    return data_folder() / "signing"


def find_identity(certificate: Path | None = None, key: Path | None = None) -> Identity | None:
    """Find who signs: certificate and key that are given, those of the environment, or the local ones; else None.

    The environment's are MUTOSCOPE_SIGN_CERT and MUTOSCOPE_SIGN_KEY, paths of PEM files.

    Raises:
        InputError: a file cannot be read, or does not hold what it should.
        ParameterError: only one of certificate and key is given.

    """
    said = os.environ.get("MUTOSCOPE_SIGN_CERT"), os.environ.get("MUTOSCOPE_SIGN_KEY")
    if certificate is None and key is None:
        certificate, key = (Path(one) if one else None for one in said)
    if (certificate is None) != (key is None):
        raise ParameterError(
            "a certificate and its key belong together; give both, or set MUTOSCOPE_SIGN_CERT and MUTOSCOPE_SIGN_KEY."
        )
    if certificate is not None and key is not None:
        return load_identity(certificate, key)
    own = signing_folder() / "own"
    if not (own / "certificate.pem").is_file():
        return None
    return load_identity(own / "certificate.pem", own / "key.pem", is_local=True)


def load_identity(certificate: Path, key: Path, *, is_local: bool = False) -> Identity:
    """Read a certificate chain and its key.

    Raises:
        InputError: one cannot be read, they do not belong together, or C2PA would not take them.

    """
    chain_text = _read(certificate, "certificate")
    chain = load_chain(chain_text, str(certificate))
    try:
        private = serialization.load_pem_private_key(_read(key, "key").encode(), None)
    except TypeError:
        raise InputError(
            f"the key {key} is locked with a pass phrase; give one without, readable by you only."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(f"{key} holds no private key in PEM; give the key of {certificate.name}.") from None
    leaf = chain[0]
    if private.public_key() != leaf.public_key():
        raise InputError(f"the key {key} does not belong to the certificate {certificate}; give the pair.")
    algorithm = _algorithm(private, key)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    whole = "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in chain)
    return Identity(name_in(leaf), whole, pem.decode(), algorithm, is_local)


def check_identity(identity: Identity, *, now: datetime.datetime | None = None) -> None:
    """See that a certificate may sign today.

    Raises:
        InputError: it has run out, is not valid yet, has no chain, or is not made for signing.

    """
    now = now or datetime.datetime.now(datetime.UTC)
    chain = load_chain(identity.chain, "certificate")
    leaf = chain[0]
    first, last = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if now > last:
        what = (
            f"rename {signing_folder() / 'own'} and run: mutoscope sign init" if identity.is_local else "get a new one"
        )
        raise InputError(f"the certificate of {identity.name} ran out on {last:%d %B %Y}; {what}.")
    if now < first:
        raise InputError(f"the certificate of {identity.name} is valid from {first:%d %B %Y} on; check this clock.")
    if leaf.issuer == leaf.subject:
        raise InputError(
            f"the certificate of {identity.name} is signed by itself, which C2PA does not take; have it issued by an "
            "authority, or run: mutoscope sign init"
        )
    if len(chain) < 2:
        raise InputError(
            f"the certificate of {identity.name} comes without its chain; add the issuer's certificates to the file."
        )
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = {one.dotted_string for one in leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value}
    except x509.ExtensionNotFound:
        usage, purposes = None, set()
    if usage is None or not usage.digital_signature or not purposes & _USAGES:
        raise InputError(
            f"the certificate of {identity.name} is not made for signing files; it wants the key usage digital "
            "signature and the extended usage e-mail protection or document signing."
        )


def anchors(folder: Path | None = None) -> str:
    """Give every trust anchor that is known here, in PEM: one's own, older ones, and those in signing/anchors."""
    folder = signing_folder() if folder is None else folder
    found: list[str] = []
    for path in sorted([*folder.glob("*/anchor.pem"), *folder.glob("anchors/*.pem")]):
        try:
            text = _read(path, "trust anchor")
            load_chain(text, str(path))
        except MutoscopeError:  # one broken file must not make all other signers unknown
            continue
        found.append(text.strip() + "\n")
    return "".join(found)


def export_anchor(folder: Path | None = None) -> str:
    """Give the trust anchor of the local certificate, in PEM, for others who are to recognise its signatures.

    Raises:
        InputError: there is no local certificate.

    """
    path = (signing_folder() if folder is None else folder) / "own" / "anchor.pem"
    if not path.is_file():
        raise InputError("there is no local certificate; run: mutoscope sign init")
    return _read(path, "trust anchor")


def load_chain(text: str, where: str) -> list[x509.Certificate]:
    """Read certificates in PEM.

    Raises:
        InputError: there are none.

    """
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise InputError(f"{where} holds no certificates in PEM; give the chain, the signer's own first.") from None


def name_in(certificate: x509.Certificate) -> str:
    """Give the name of a certificate's holder."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(oid):
            return str(attribute.value)
    return NO_NAME


def _algorithm(key: object, path: Path) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return "ps256"
    raise InputError(f"the key {path} is of a kind that C2PA does not take; use one on the curve P-256.")


def _read(path: Path, what: str) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is too large for a {what}; give a PEM file.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"the {what} {path} could not be read ({error.strerror}); give a PEM file.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} holds no {what} in PEM; give a PEM file.") from None
