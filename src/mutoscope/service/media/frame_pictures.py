"""The pictures of a frameset as pictures: small ones to look at, and whether another may stand in the place of one."""

from pathlib import Path

from mutoscope.service.media.checking import look
from mutoscope.service.media.derived import DERIVED_LIMITS, rounded_size
from mutoscope.service.media.formats import format_of
from mutoscope.service.media.frame_files import FrameFile
from mutoscope.service.problems import Problem
from mutoscope.service.sandbox.sandbox import Sandbox
from mutoscope.service.settings import Settings

__all__ = ["MOST_BYTES", "check_exchange", "small_frame"]

MOST_BYTES = 256 << 20
"""Largest picture that is taken in the place of another: an 8K TIFF of 16 bits fits."""

_POSTER = "mutoscope.service.sandbox.tasks.frames:poster"


def check_exchange(sandbox: Sandbox, settings: Settings, new: Path, old: FrameFile) -> None:
    """See that a picture may stand in the place of another: one that is read, of the same format and size.

    Raises:
        Problem: it may not.

    """
    drawer = new.with_name(f"{new.name}-look")
    try:
        found = look(sandbox, settings, new, old.path.name, beside=drawer)
        wanted = look(sandbox, settings, old.path, old.path.name, beside=drawer, is_ours=True)
    finally:
        for path in (*drawer.glob("*"), drawer):
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
    if found.kind != "picture" or found.suffix != wanted.suffix:
        has, want = found.type, format_of(old.path.suffix)[1]
        raise Problem("wrong-type", f"this is {has}, the pictures of this frameset are {want}; send one of these.")
    sizes = [f"{one.info['width']}x{one.info['height']}" for one in (found, wanted)]
    if sizes[0] != sizes[1]:
        raise Problem("invalid", f"the picture has {sizes[0]} px, the others have {sizes[1]}; send one of their size.")


def small_frame(sandbox: Sandbox, folder: Path, picture: FrameFile, size: int) -> Path:
    """Give a picture as a small JPEG; it is kept within the frameset.

    Raises:
        Problem: it cannot be read.

    """
    drawer, size = folder / "small", rounded_size(size)
    made = drawer / f"{picture.number}-{picture.tag}-{size}.jpg"
    if not made.is_file():
        drawer.mkdir(exist_ok=True)
        for older in drawer.glob(f"{picture.number}-*-{size}.jpg"):
            older.unlink(missing_ok=True)
        args = {
            "path": str(picture.path.absolute()),
            "name": picture.path.name,
            "out": str(made.absolute()),
            "size": size,
        }
        sandbox.run(_POSTER, args, reads=[picture.path], writes=[drawer], limits=DERIVED_LIMITS)
    return made
