"""Films become a store of small frames: decoded once, cut into shots, grouped; kept for the next run."""

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from mutoscope.autoencode.frame_store import FORMAT, FRAMES, FrameStore, is_store, open_store, write_index
from mutoscope.autoencode.profiles import Fit
from mutoscope.autoencode.reading import joined, read_film
from mutoscope.autoencode.store_folder import appearing
from mutoscope.core.errors import InputError, OutputError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.storage.folders import make_folder
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.sequence import numbered

__all__ = ["ingest", "store_key"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_STAGE, _EVERY_FRAMES = "read frames", 25
_Size = tuple[int, int]


def ingest(
    films: Sequence[Path], folder: Path, width: int, height: int, fit: Fit = "crop", report: Listener = ignore
) -> FrameStore:
    """Decode films into one store, or open the one that an earlier run made of the same bytes.

    It appears under its name in one step when it is whole; what a killed run left is removed by the next one. Two
    runs at a time make it once. Where there is no room, stores that were not used for the longest time go.

    Args:
        films: films, pictures, or patterns like frame_%05d.png.
        folder: where stores are kept; made where it is missing.
        width: of the frames, px.
        height: of the frames, px.
        fit: `crop` or `letterbox`.
        report: takes progress.

    Raises:
        InputError: a film is missing, broken or has no frames.
        OutputError: the folder cannot be written, or has no room.

    """
    if not films:
        raise InputError("no film was given; give one or several.")
    infos = [probe(path) for path in films]
    digests = [_digest(info) for info in infos]
    final = make_folder(folder) / store_key(digests, width, height, fit)
    if not is_store(final):
        try:
            with appearing(final, is_store, _needed(infos, (width, height))) as temp:
                if temp is not None:
                    _fill(temp, infos, digests, (width, height), fit, report)
        except OSError as error:
            raise _told(error, folder, infos, (width, height)) from None
    with contextlib.suppress(OSError):  # tells when it was used last; a folder that is only read cannot
        os.utime(final)
    store = open_store(final)
    # The same bytes may have had another name when they were read.
    named = (film.model_copy(update={"name": info.path.name}) for film, info in zip(store.films, infos, strict=True))
    return replace(store, films=tuple(named))


def store_key(digests: Sequence[str], width: int, height: int, fit: Fit) -> str:
    """Name a store by all that it depends on: 64 hexadecimal digits."""
    return hash_json([FORMAT, list(digests), width, height, fit])


def _digest(info: VideoInfo) -> str:
    if info.kind != "sequence":
        return hash_file(info.path)
    return hash_json([[number, hash_file(path)] for number, path in numbered(info.path)])


def _fill(
    temp: Path, infos: Sequence[VideoInfo], digests: Sequence[str], size: _Size, fit: Fit, report: Listener
) -> None:
    # Plain writes, and a map only for reading: where a disk is full, writing to a map kills the process.
    with (temp / FRAMES).open("wb") as file:
        count = _counter(report, _guess(infos))
        parts = [read_film(info, digest, size, fit, file, count) for info, digest in zip(infos, digests, strict=True)]
        file.flush()
        os.fsync(file.fileno())
    notices = dict.fromkeys(notice for part in parts for notice in part.notices)
    write_index(temp, joined(parts), [part.film for part in parts], list(notices), size)


def _counter(report: Listener, total: int | None) -> Callable[[], None]:
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if done % _EVERY_FRAMES == 1:
            report(Progress(_STAGE, done, total if total is None else max(total, done)))

    return count


def _guess(infos: Sequence[VideoInfo]) -> int | None:
    counts = [1 if info.kind == "picture" else info.num_frames for info in infos]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _needed(infos: Sequence[VideoInfo], size: _Size) -> int | None:
    guess = _guess(infos)
    return None if guess is None else guess * size[0] * size[1] * 3


def _told(error: OSError, folder: Path, infos: Sequence[VideoInfo], size: _Size) -> OutputError:
    if error.errno not in _FULL:
        return OutputError(f"the frames could not be kept in {folder} ({error.strerror}); set MUTOSCOPE_CACHE.")
    needed, free = _needed(infos, size), 0
    with contextlib.suppress(OSError):
        free = shutil.disk_usage(folder).free
    wanted = "more room than there is" if needed is None else f"about {_size_text(needed)}"
    return OutputError(
        f"disk is full: the frames need {wanted} in {folder}, which has {_size_text(free)} left; free some, or set "
        "MUTOSCOPE_CACHE to another disk."
    )


def _size_text(num_bytes: int) -> str:
    return f"{num_bytes / 1e9:.1f} GB" if num_bytes >= 1e9 else f"{num_bytes / 1e6:.1f} MB"
