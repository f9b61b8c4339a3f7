"""From a store to its files: which driver reads which kind of address. Each loads when it is wanted."""

import hashlib
import os
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from mutoscope.storage.folders import data_folder
from mutoscope.storage.protocol import Files
from mutoscope.storage.stores import Store

__all__ = ["content_root", "open_files"]

_MAX_OPEN = 16
_open: OrderedDict[str, Files] = OrderedDict()
_lock = Lock()
_ABOUT_US = ("AWS_", "DROPBOX_", "MUTOSCOPE_", "SSL_", "REQUESTS_")


def content_root() -> Path:
    """Name the folder of `data://`."""
    return data_folder() / "content"


def open_files(store: Store, query: str = "") -> Files:
    """Give the files of a store; connections are kept for the next call."""
    key = hashlib.sha256(repr((store, query, os.getpid(), _environment())).encode()).hexdigest()
    with _lock:
        if key not in _open:
            _open[key] = _make(store, query)
            while len(_open) > _MAX_OPEN:
                _open.popitem(last=False)
        _open.move_to_end(key)
        return _open[key]


def _make(store: Store, query: str) -> Files:
    root = store.root
    prefix = f"{root.path.rstrip('/')}/" if root.path.rstrip("/") else ""
    if root.scheme == "s3":
        from mutoscope.storage.s3_files import S3Files

        return S3Files(root.host, prefix, endpoint=store.endpoint, profile=store.profile)
    if root.scheme == "dropbox":
        from mutoscope.storage.dropbox_files import DropboxFiles

        return DropboxFiles(prefix, profile=store.profile)
    if root.scheme in ("http", "https"):
        from mutoscope.storage.http_files import HttpFiles

        return HttpFiles(root.scheme, root.host, prefix, query)
    if root.scheme == "data":
        from mutoscope.storage.content_store import ContentStore

        return ContentStore(content_root() / prefix.rstrip("/") if prefix else content_root())
    from mutoscope.storage.local_files import LocalFiles

    return LocalFiles(Path(f"/{root.path}"))


def _environment() -> list[tuple[str, str]]:
    # Whoever changes credentials means new connections.
    return sorted((name, value) for name, value in os.environ.items() if name.startswith(_ABOUT_US))
