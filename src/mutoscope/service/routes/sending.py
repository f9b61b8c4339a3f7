"""Files sent out: whole or a part of them, safely named, never run by a browser."""

import re
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from urllib.parse import quote

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from mutoscope.service.media.formats import INLINE_TYPES
from mutoscope.service.media.tus import http_date
from mutoscope.service.problems import Problem

__all__ = ["disposition", "send_file"]

_CHUNK_BYTES = 256 << 10
_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


def send_file(
    request: Request,
    path: Path,
    *,
    content_type: str,
    tag: str,
    name: str,
    inline: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer GET or HEAD with a file: conditions, one range, and a name to save it under.

    Args:
        request: asks by If-None-Match, Range, If-Range.
        path: of the file.
        content_type: that is sent; it goes inline only where it is a picture of pixels, a film or a sound.
        tag: what the ETag says; for ever the same for the same bytes, such as their SHA-256.
        name: that it is saved under.
        inline: whether a page may show it in its place.
        headers: further ones.

    Raises:
        Problem: the file is gone, or the range lies outside.

    """
    try:
        stat = path.stat()
    except FileNotFoundError:
        raise Problem("gone", f"the bytes of {name} are gone.") from None
    etag, size = f'"{tag}"', stat.st_size
    is_shown = inline and content_type.partition(";")[0] in INLINE_TYPES
    told = {
        "ETag": etag,
        "Last-Modified": http_date(stat.st_mtime),
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(name, inline=is_shown),
        "Cache-Control": "private, no-cache",
        "Cross-Origin-Resource-Policy": "same-origin",
        **(headers or {}),
    }
    if _names(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=told)
    span = _span(request, etag, size)
    start, end = span or (0, size)
    told["Content-Length"] = str(end - start)
    if span is not None:
        told["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 200 if span is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=told, media_type=content_type)
    return StreamingResponse(_read(path, start, end), status_code=status, headers=told, media_type=content_type)


def disposition(name: str, *, inline: bool) -> str:
    """Write Content-Disposition (RFC 6266): whatever a name holds, it stays within the quotes."""
    plain = re.sub(r"[^ !#$&+.0-9=@A-Z^_`a-z{}~()\[\],-]", "_", name)
    kind = "inline" if inline else "attachment"
    exact = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{kind}; filename="{plain}"{exact}'


def _span(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """Read Range; what is not understood, or asks for several parts, means the whole (RFC 9110, 14.2)."""
    given, condition = request.headers.get("range"), request.headers.get("if-range")
    if given is None or (condition is not None and condition.strip() != etag):
        return None
    found = _RANGE.fullmatch(given.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < start:
            return None
    if start >= size or start >= end:
        raise Problem(
            "range", f"the file has {size} bytes; ask for a part of them.", headers={"Content-Range": f"bytes */{size}"}
        )
    return start, end


def _names(given: str | None, etag: str) -> bool:
    if given is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in given.split(",")]
    return "*" in tags or etag in tags


async def _read(path: Path, start: int, end: int) -> AsyncGenerator[bytes]:
    stream = await anyio.open_file(path, "rb")
    try:
        await stream.seek(start)
        while start < end and (chunk := await stream.read(min(_CHUNK_BYTES, end - start))):
            start += len(chunk)
            yield chunk
    finally:
        with anyio.CancelScope(shield=True):  # who breaks off must not leave the file open
            await stream.aclose()
