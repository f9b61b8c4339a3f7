"""What may be opened. Files come from strangers: FFmpeg must not be led to other files, nor to all of memory.

A playlist or concat script under any name makes FFmpeg open other files; a list of allowed formats stops every
such case, a list of protocols alone does not. PyAV's decoders ignore `codec_whitelist`, so the codec's name is
checked too.
"""

from pathlib import Path

from mutoscope.core.errors import InputError

__all__ = [
    "CODECS",
    "FORMATS",
    "MAX_PIXELS",
    "SOUND_CODECS",
    "check_codec",
    "check_file",
    "check_pixels",
    "open_options",
]

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,mpegts,mpeg,mpegvideo,ogg,flv,asf"

_PICTURES = """
h264 hevc av1 libdav1d vp8 vp9 prores dnxhd mpeg4 msmpeg4 msmpeg4v1 msmpeg4v2 mpeg1video mpeg2video mpegvideo mjpeg
mjpegb rawvideo v210 gif png ffv1 h263 h263p flv wmv1 wmv2 wmv3 vc1 cinepak qtrle huffyuv ffvhuff utvideo dvvideo cfhd
hap jpeg2000 indeo3 indeo5 svq1 svq3 msvideo1
"""
_SOUNDS = """
aac mp3 mp2 mp1 opus vorbis flac alac ac3 eac3 dts amr_nb amr_wb wmav1 wmav2 gsm speex qdm2 mace3 mace6
"""

CODECS = frozenset(_PICTURES.split())
"""Decoders that are allowed: the field's codecs. MagicYUV (CVE-2026-8461) and the exotic rest stay shut."""

SOUND_CODECS = frozenset(_SOUNDS.split())
"""Sound decoders that are allowed, besides all of PCM and ADPCM."""

MAX_PIXELS = 8192 * 4608
"""Largest frame that is decoded: 8K. A 200 kB file can ask for far more."""


def open_options() -> dict[str, str]:
    """Options for `av.open` that keep FFmpeg inside the one file it was given, and its memory in bounds."""
    return {"format_whitelist": FORMATS, "protocol_whitelist": "file", "max_pixels": str(MAX_PIXELS)}


def check_file(path: Path) -> None:
    """Check that a path is a file with something in it.

    Raises:
        InputError: it is missing, a folder, empty, or may not be read.

    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; give one film or picture.")
    if path.exists() and not path.is_file():
        # A pipe would block for ever; films are read more than once anyway.
        raise InputError(f"{path} is a pipe or device; give a file.")
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the path.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if empty:
        raise InputError(f"{path} is empty; give a film or picture.")


def check_codec(name: str, path: Path) -> None:
    """Refuse decoders outside the list.

    Raises:
        InputError: names the codec.

    """
    if name not in CODECS:
        raise InputError(f"{path} is coded as {name}, which is not opened here; convert it to H.264 or ProRes first.")


def check_pixels(width: int, height: int, path: Path) -> None:
    """Refuse frames that would eat the memory.

    Raises:
        InputError: names size and limit.

    """
    if width * height > MAX_PIXELS:
        raise InputError(f"{path} is {width}x{height}; at most {MAX_PIXELS // 10**6} megapixels (8K) are opened here.")
