"""Formats by suffix: the kind of media, its type, and whether a browser may show it in its place."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["INLINE_TYPES", "KINDS", "format_of"]

KINDS = ("video", "picture", "sound", "model", "filter", "numbers", "text", "page", "archive")

_BY_SUFFIX: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        ".mp4": ("video", "video/mp4"),
        ".m4v": ("video", "video/mp4"),
        ".mov": ("video", "video/quicktime"),
        ".mkv": ("video", "video/x-matroska"),
        ".webm": ("video", "video/webm"),
        ".avi": ("video", "video/x-msvideo"),
        ".gif": ("video", "image/gif"),
        ".ts": ("video", "video/mp2t"),
        ".mpg": ("video", "video/mpeg"),
        ".ogv": ("video", "video/ogg"),
        ".flv": ("video", "video/x-flv"),
        ".wmv": ("video", "video/x-ms-wmv"),
        ".png": ("picture", "image/png"),
        ".jpg": ("picture", "image/jpeg"),
        ".jpeg": ("picture", "image/jpeg"),
        ".webp": ("picture", "image/webp"),
        ".tif": ("picture", "image/tiff"),
        ".tiff": ("picture", "image/tiff"),
        ".bmp": ("picture", "image/bmp"),
        ".wav": ("sound", "audio/wav"),
        ".mp3": ("sound", "audio/mpeg"),
        ".flac": ("sound", "audio/flac"),
        ".m4a": ("sound", "audio/mp4"),
        ".aac": ("sound", "audio/aac"),
        ".ogg": ("sound", "audio/ogg"),
        ".opus": ("sound", "audio/ogg"),
        ".safetensors": ("model", "application/octet-stream"),
        ".onnx": ("model", "application/octet-stream"),
        ".npz": ("numbers", "application/octet-stream"),
        ".csv": ("numbers", "text/csv"),
        ".json": ("text", "application/json"),
        ".otio": ("text", "application/json"),
        ".jsonl": ("text", "application/x-ndjson"),
        ".edl": ("text", "text/plain"),
        ".toml": ("text", "text/plain"),
        ".txt": ("text", "text/plain"),
        ".html": ("page", "text/html"),
        ".zip": ("archive", "application/zip"),
    }
)

INLINE_TYPES = frozenset(
    {
        "audio/aac",
        "audio/flac",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "application/ogg",
        "audio/wav",
        "image/bmp",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "video/mp4",
        "video/ogg",
        "video/quicktime",
        "video/webm",
        "video/x-matroska",
    }
)
"""What a browser may show in its place: pictures made of pixels, films, sounds. Never SVG, never pages."""


def format_of(suffix: str) -> tuple[str, str]:
    """Give kind and type of what has this suffix, with its dot; what nobody knows is an archive of bytes."""
    return _BY_SUFFIX.get(suffix.lower(), ("archive", "application/octet-stream"))
