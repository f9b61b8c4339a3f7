"""The headers of uploads as the description tells them."""

from typing import Annotated, Any

from fastapi import Header

from mutoscope.service.media import tus

__all__ = ["BYTES", "Length", "Metadata", "Offset", "Sum", "Version", "told"]

BYTES: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "content": {tus.TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}

Version = Annotated[str | None, Header(alias="Tus-Resumable", description="1.0.0")]
Length = Annotated[str | None, Header(alias="Upload-Length", description="Bytes of the whole file.")]
Offset = Annotated[str | None, Header(alias="Upload-Offset", description="Bytes that are there already.")]
Metadata = Annotated[
    str | None, Header(alias="Upload-Metadata", description="Pairs of a key and Base64: filename Y2xpcC5tcDQ=")
]
Sum = Annotated[
    str | None, Header(alias="Upload-Checksum", description="Of this piece: sha1, sha256 or md5, a space, Base64.")
]


def told(*names: str) -> dict[str, Any]:
    """Describe headers of an answer."""
    words = {
        "Location": "Address of the upload.",
        "Upload-Offset": "Bytes that are there.",
        "Upload-Length": "Bytes of the whole file.",
        "Upload-Metadata": "As it was sent.",
        "Upload-Expires": "When it is removed, if it stands still.",
        "Mutoscope-Media": "Id of the media, when all bytes are there.",
        "Tus-Version": "Versions that are spoken.",
        "Tus-Extension": "Extensions that are spoken.",
        "Tus-Max-Size": "Largest file, bytes.",
        "Tus-Checksum-Algorithm": "Algorithms of Upload-Checksum.",
    }
    return {name: {"description": words[name], "schema": {"type": "string"}} for name in names}
