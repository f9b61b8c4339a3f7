"""Where webhooks may go: https, to hosts that the owner of the server has named, at public addresses."""

import base64
import binascii
import ipaddress
from typing import Any
from urllib.parse import urlsplit

from mutoscope.service.problems import Problem
from mutoscope.service.settings import Settings

__all__ = ["check_hook", "is_public", "key_of"]

_PREFIX = "whsec_"


def check_hook(url: str, secret: str, settings: Settings) -> dict[str, Any]:
    """Check a wish for a webhook; give what is kept of it.

    Raises:
        Problem: webhooks are off, the host is not allowed, or the secret cannot be used.

    """
    if not settings.webhook_hosts:
        told = "webhooks are off on this server; its owner starts it with --webhook-host HOST to allow one."
        raise Problem("invalid", told, pointer="/webhook/url")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise Problem(
            "invalid", "the address was not understood; expected https://….", pointer="/webhook/url"
        ) from None
    named = f"{host}:{port}" if port not in (None, 443) else host
    if parts.scheme != "https" or parts.username or parts.password or named not in settings.webhook_hosts:
        told = "webhooks go by https to hosts that the owner of this server has allowed; this is none of them."
        raise Problem("invalid", told, pointer="/webhook/url")
    try:
        key_of(secret)
    except ValueError:
        raise Problem("invalid", "behind whsec_ stands base64.", pointer="/webhook/secret") from None
    return {"url": url, "secret": secret}


def key_of(secret: str) -> bytes:
    """Give the key that a secret stands for: `whsec_` and base64, or any text as it is.

    Raises:
        ValueError: it is no base64.

    """
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public network: not to this machine, nor to what lies around it."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return is_public(str(mapped)) if mapped is not None else ip.is_global and not ip.is_multicast
