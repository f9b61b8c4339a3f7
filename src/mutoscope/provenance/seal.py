"""Signatures over bytes, by the algorithms of C2PA, and whether a chain of certificates leads to a known one."""

import datetime
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from mutoscope.provenance.certificate import Identity

__all__ = ["checks_out", "is_issued_by_known", "seal"]

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "es256": hashes.SHA256(),
    "es384": hashes.SHA384(),
    "es512": hashes.SHA512(),
    "ps256": hashes.SHA256(),
}
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


def seal(identity: Identity, data: bytes) -> tuple[str, bytes]:
    """Sign bytes; give the algorithm's name and the signature."""
    key = serialization.load_pem_private_key(identity.key.encode(), None)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return identity.algorithm, key.sign(data, ec.ECDSA(_HASHES[identity.algorithm]))
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256", key.sign(data, _PSS, _HASHES["ps256"])
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    return "ed25519", key.sign(data)


def checks_out(leaf: x509.Certificate, algorithm: str, signature: bytes, data: bytes) -> None:
    """See that a signature over bytes is the certificate's.

    Raises:
        InvalidSignature: it is not.

    """
    key = leaf.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey) and algorithm.startswith("es") and algorithm in _HASHES:
        key.verify(signature, data, ec.ECDSA(_HASHES[algorithm]))
    elif isinstance(key, rsa.RSAPublicKey) and algorithm == "ps256":
        key.verify(signature, data, _PSS, _HASHES["ps256"])
    elif isinstance(key, ed25519.Ed25519PublicKey) and algorithm == "ed25519":
        key.verify(signature, data)
    else:
        raise InvalidSignature


def is_issued_by_known(chain: Sequence[x509.Certificate], known: Sequence[x509.Certificate]) -> bool:
    """Tell whether a chain of certificates, valid today, ends at one that is known here."""
    now = datetime.datetime.now(datetime.UTC)
    for number, one in enumerate(chain):
        if not one.not_valid_before_utc <= now <= one.not_valid_after_utc:
            return False
        if number and not _may_issue(one):
            return False
        for anchor in known:
            if (number and one == anchor) or _issued(one, anchor):
                return True
        if number + 1 == len(chain) or not _issued(one, chain[number + 1]):
            return False
    return False


def _issued(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    if not _may_issue(issuer):
        return False
    try:
        one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _may_issue(one: x509.Certificate) -> bool:
    try:
        return bool(one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False
