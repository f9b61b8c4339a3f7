"""Whether a stranger's film or picture may be worked on: its size, length and frames, and whether it decodes."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from av.stream import Disposition
from PIL import Image

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.video.decode import Decoding, open_container
from mutoscope.video.info import VideoInfo
from mutoscope.video.picture import load_small, probe_picture
from mutoscope.video.probe_film import probe_film

__all__ = ["Bounds", "cut_off", "has_pictures", "vet_film", "vet_picture"]

_SURVEY_S, _DECODE_S, _END_S = 2.5, 1.5, 1.0
"""How long packets are counted, frames decoded from the beginning, and frames decoded near the end."""
_TS_BYTES, _M2TS_BYTES = 188, 192
_PADDING = 1024


@dataclass(frozen=True)
class Bounds:
    """What is taken at most.

    Attributes:
        pixels: of one frame.
        seconds: of a film.
        frames: of a film.

    """

    pixels: float = float("inf")
    seconds: float = float("inf")
    frames: float = float("inf")


def has_pictures(path: Path) -> bool:
    """Tell whether a film has a picture track; the cover of a record is none.

    Raises:
        InputError: it cannot be opened.

    """
    with open_container(path) as container:
        return any(not track.disposition & Disposition.attached_pic for track in container.streams.video)


def vet_film(path: Path, most: Bounds) -> tuple[VideoInfo, list[str]]:
    """Look at a film: header, packets, frames from the beginning and near the end, each for a bounded time.

    Returns:
        what it is, and what a person should know: that it breaks off, is damaged, or tells no usable rate.

    Raises:
        InputError: it cannot be opened, is too large or too long, or has no frame that decodes.

    """
    info = probe_film(path)
    _check_size(info, most)
    _check_length(info, most)
    notices: list[str] = []
    if info.frame_rate is None:
        notices.append(f"{path} states no usable frame rate; its frames are shown at their own times.")
    surveyed: list[str] = []
    num_frames, last_key = _survey(info, most, surveyed)
    if num_frames is not None:
        if info.num_frames_from == "header" and info.num_frames != num_frames:
            notices.append(f"{path} states {info.num_frames} frames, and shows {num_frames}.")
        info = replace(info, num_frames=num_frames, num_frames_from="count")
    decoded: list[str] = []
    is_whole = _decode_start(path, decoded)
    if not is_whole and last_key is not None:
        _decode_end(path, last_key, decoded)
    # A pass of decoding to the end tells all that a pass of packets does, and more.
    notices += decoded if is_whole and decoded else [*surveyed, *decoded]
    if not surveyed and not decoded and (told := cut_off(path, info.container)):
        notices.append(told)
    return info, list(dict.fromkeys(notices))


def vet_picture(path: Path, most: Bounds, small_px: int) -> tuple[VideoInfo, list[str], Clip]:
    """Look at a picture, and decode it.

    Returns:
        what it is, what a person should know, and the picture at a long side of `small_px`.

    Raises:
        InputError: it cannot be decoded, or is too large.

    """
    info = probe_picture(path)
    _check_size(info, most)
    small = load_small(path, small_px)
    return info, _more_pictures(path), small


def cut_off(path: Path, container: str) -> str | None:
    """Say that a film lacks its end, in formats that neither state their size nor their length."""
    size = path.stat().st_size
    if container == "mpegts" and size % _TS_BYTES and size % _M2TS_BYTES:
        return f"{path} ends in the middle of a packet; its end may be missing."
    if container == "gif":
        with path.open("rb") as file:
            file.seek(max(0, size - _PADDING))
            if not file.read().rstrip(b"\0").endswith(b";"):
                return f"{path} has no mark at its end; its end may be missing."
    return None


def _more_pictures(path: Path) -> list[str]:
    with Image.open(path) as image:
        number = getattr(image, "n_frames", 1)
    return [f"{path} holds {number} pictures; the first one is taken."] if number > 1 else []


def _check_size(info: VideoInfo, most: Bounds) -> None:
    if info.width * info.height > most.pixels:
        raise InputError(
            f"{info.path} is {info.width}x{info.height}; at most {most.pixels / 1e6:.0f} megapixels are taken here: "
            "scale it down first."
        )


def _check_length(info: VideoInfo, most: Bounds) -> None:
    if info.duration is not None and not 0 <= info.duration <= most.seconds:
        raise InputError(
            f"{info.path} states {float(info.duration):.4g} s; at most {most.seconds:.0f} s are taken here."
        )
    if info.num_frames is not None and info.num_frames > most.frames:
        raise InputError(f"{info.path} states {info.num_frames} frames; at most {most.frames:.0f} are taken here.")


def _survey(info: VideoInfo, most: Bounds, notices: list[str]) -> tuple[int | None, int | None]:
    """Count the frames by their packets, as far as time allows.

    Returns:
        frames, where all were counted; time stamp of the last frame that decoding may begin at, where there is one.

    """
    until = time.monotonic() + _SURVEY_S
    count, last_key = 0, None
    with Decoding(info.path) as decoding:
        if decoding.container.streams.subtitles:
            notices.append(f"{info.path} has subtitles, which are left out.")
        for stamp, is_key in decoding.survey():
            count += 1
            if is_key and stamp is not None and decoding.can_seek:
                last_key = stamp if last_key is None else max(last_key, stamp)
            if count > most.frames:
                raise InputError(f"{info.path} has more than {most.frames:.0f} frames; cut it into parts.")
            if decoding.seconds > most.seconds:
                told = f"{float(decoding.seconds):.4g} s"
                raise InputError(f"{info.path} goes on to {told}; at most {most.seconds:.0f} s are taken here.")
            if time.monotonic() > until:
                return None, last_key
        if broken := decoding.breaks_off():
            notices.append(f"{broken}.")
        elif decoding.is_damaged:
            notices.append(f"{info.path} is damaged: it cannot be read to its end.")
    return count or None, last_key


def _decode_start(path: Path, notices: list[str]) -> bool:
    """Decode from the beginning for a while; tell whether that was all of it."""
    until = time.monotonic() + _DECODE_S
    with Decoding(path) as decoding:
        frames = decoding.frames()
        size: tuple[int, int] | None = None
        for frame in frames:
            if size not in (None, (frame.width, frame.height)):
                notices.append(f"{path} changes its size on the way; all of it is shown at the first.")
            size = (frame.width, frame.height)
            if time.monotonic() > until:
                break
        else:
            if problem := decoding.problem(None):
                notices.append(f"{problem}.")
            return True
        if decoding.is_damaged:
            notices.append(f"{path} is damaged: some frames cannot be decoded, or only in part.")
    return False


def _decode_end(path: Path, key: int, notices: list[str]) -> None:
    until = time.monotonic() + _END_S
    with Decoding(path) as decoding:
        decoding.seek(key)
        for _ in decoding.frames():
            if time.monotonic() > until:
                return
        if decoding.num_frames == 0 or decoding.is_damaged:
            notices.append(f"{path} is damaged: its end cannot be decoded, or only in part.")
