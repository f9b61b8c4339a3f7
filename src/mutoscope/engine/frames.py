"""Take a film apart into pictures plus a manifest, and put them together again at the exact times."""

import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mutoscope
from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, OutputError, ParameterError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.effects.curves import parse_time
from mutoscope.effects.params import make_params
from mutoscope.engine.result import RunResult
from mutoscope.recipes.film_params import FilmParams
from mutoscope.recipes.manifest import Manifest, Picture, UsedFile, read_manifest, write_manifest
from mutoscope.storage.hashing import hash_file
from mutoscope.storage.lock import only_writer
from mutoscope.video.ffmpeg import version_in_use
from mutoscope.video.frame_folder import FrameFolder, first_few, list_pictures, load_frame, measure
from mutoscope.video.info import PICTURE_SUFFIXES, AudioInfo, VideoInfo
from mutoscope.video.read import Film, open_video
from mutoscope.video.sound_file import save_sound
from mutoscope.video.write import create_video

__all__ = ["MANIFEST_NAME", "join_frames", "write_frames"]

MANIFEST_NAME = "frames.mutoscope.json"
"""Name of the manifest inside a folder of frames."""

_SUFFIXES = {"png": ".png", "jpg": ".jpg", "jpeg": ".jpg", "tiff": ".tiff", "webp": ".webp"}
_RATE = Fraction(25)
_MAX_RATE = 1000
_EVERY_NTH = re.compile(r"(\d+)f")


def write_frames(
    source: str | Path,
    folder: str | Path,
    *,
    every: str | None = None,
    size: int | None = None,
    picture_format: str = "png",
    report: Listener = ignore,
) -> RunResult:
    """Write the frames of a film as `frame_000001.png` …, its sound, and last of all `frames.mutoscope.json`.

    Args:
        source: a video.
        folder: made if missing. A run of the same film may be repeated there; another film's is refused.
        every: only the first frame at or after each multiple of this time ("1s", "250ms", "2m"), or each tenth
            frame ("10f").
        size: long side of the pictures in px; the film's own by default.
        picture_format: png, jpg, tiff or webp.
        report: takes progress.

    Raises:
        InputError: the source cannot be read, or is no video.
        OutputError: the folder is a file, holds something else, cannot be written, or the disk is full.
        ParameterError: `every`, `size` or the format is not understood.

    """
    start = time.monotonic()
    source, folder = Path(source), Path(folder)
    suffix = _SUFFIXES.get(picture_format.lower())
    if suffix is None:
        raise ParameterError(f"format {picture_format!r} is not written here; expected png, jpg, tiff or webp.")
    rule = _Every.parse(every)
    size = make_params(FilmParams, {} if size is None else {"size": size}).size
    with open_video(source, size=size, enlarge=size is not None) as film:
        if film.info.kind != "video":
            raise InputError(f"{source} is made of pictures already; give a video.")
        digest = hash_file(source)
        with FrameFolder(folder, digest, suffix) as place, only_writer(folder / MANIFEST_NAME):
            older = _older(folder, place, digest)
            sound = save_sound(source, place.hidden)
            home = folder.absolute()
            pictures = [
                Picture(file=str(home / path.name), pts=pts, sha256=hash_file(path))
                for path, pts in _save(film, place, rule, report)
            ]
            notices = [*film.notices, *_lost(film.info), *sound.notices, *place.notices]
            info = replace(film.info, num_frames=len(pictures), num_frames_from="count", frame_rate=rule.rate(film))
            place.move(older, MANIFEST_NAME)
            told = (*notices, film.truncated) if film.truncated else tuple(notices)
            manifest = _manifest(source, digest, folder, info, pictures, sound.path)
            write_manifest(manifest.model_copy(update={"notices": told}), folder / MANIFEST_NAME)
            place.finish()
    seconds = time.monotonic() - start
    return RunResult(folder, len(pictures), seconds, tuple(dict.fromkeys(notices)), film.truncated)


def join_frames(
    folder: str | Path,
    result: str | Path,
    *,
    codec: str | None = None,
    crf: int | None = None,
    bit_depth: int = 8,
    rate: str | float | Fraction | None = None,
    report: Listener = ignore,
) -> RunResult:
    """Put the pictures of a folder together into a film.

    With a manifest each picture is shown at its exact time, with the film's sound, tags and pixel shape. Pictures
    may have been edited, resized all alike, or left out: the picture before a gap is shown longer. Without a
    manifest the pictures follow each other in natural order of their names, without sound.

    Args:
        folder: pictures.
        result: mp4, mov, mkv, webm or gif.
        codec: h264, vp9, av1, prores or dnxhr; what suits the container by default.
        crf: quality; a value that looks clean for the codec by default.
        bit_depth: 8 or 10.
        rate: frames per second where there is no manifest: 25, "24000/1001"; 25 by default.
        report: takes progress.

    Raises:
        InputError: a picture cannot be read, has another size than the others or is not in the manifest.
        OutputError: the result cannot be written.
        ParameterError: a parameter does not fit, or `rate` is given where the manifest tells the times.

    """
    start = time.monotonic()
    folder, result = Path(folder), Path(result)
    if result.suffix.lower() in PICTURE_SUFFIXES:
        raise OutputError(f"{result.name} is a picture; name the result .mp4, .mov, .mkv, .webm or .gif.")
    plan = _plan(folder, rate)
    total = len(plan.frames)
    pictures = measure(_counted((path for path, _ in plan.frames), total, report))
    like = replace(
        plan.like, path=result, width=pictures.width, height=pictures.height, has_alpha=pictures.has_alpha, rotation=0
    )
    with create_video(result, like=like, source=plan.sound, codec=codec, crf=crf, bit_depth=bit_depth) as writer:
        for done, (path, pts) in enumerate(plan.frames, 1):
            writer.write(load_frame(path, pts, like.time_base, pictures))
            report(Progress("frames", done, total))
    notices = tuple(dict.fromkeys([*plan.notices, *writer.notices]))
    return RunResult(result, total, time.monotonic() - start, notices)


@dataclass(frozen=True)
class _Every:
    """Which frames are kept: all, each `nth`, or the first at or after each multiple of `seconds`."""

    seconds: Fraction | None = None
    nth: int = 1

    @classmethod
    def parse(cls, text: str | None) -> "_Every":
        if text is None:
            return cls()
        try:
            count = _EVERY_NTH.fullmatch(text.strip())
            # By way of its text: 0.1 s is a tenth then, not the number nearest to it in binary.
            rule = cls(nth=int(count[1])) if count else cls(Fraction(repr(parse_time(text.strip()))))
        except ParameterError as error:
            raise ParameterError(f"every: {str(error).rstrip('.')}, or '10f' for each tenth frame.") from None
        if rule.seconds == 0 or rule.nth == 0:
            raise ParameterError(f"every={text} is not allowed; expected a time or number of frames above 0.")
        return rule

    def keeps(self, index: int, now: Fraction, before: Fraction | None) -> bool:
        if self.seconds is None or before is None:
            return index % self.nth == 0
        return now // self.seconds > before // self.seconds

    def rate(self, film: Film) -> Fraction | None:
        """Pictures a second, so that the last picture too is shown as long as the others."""
        own = film.info.frame_rate
        if self.seconds is None:
            return own and own / self.nth
        return min(own, 1 / self.seconds) if own else 1 / self.seconds


def _save(film: Film, place: FrameFolder, rule: _Every, report: Listener) -> Iterator[tuple[Path, int]]:
    before: Fraction | None = None
    index = 0
    for frame in _frames(film):
        now = frame.pts_T[0] * frame.time_base
        if rule.keeps(index, now, before):
            yield place.add(frame), frame.pts_T[0]
        before, index = now, index + 1
        report(Progress("frames", index, film.info.num_frames))


def _frames(film: Film) -> Iterator[Clip]:
    for clip in film:
        yield from clip.frames()


def _lost(info: VideoInfo) -> list[str]:
    if info.bit_depth > 8:
        return [f"{info.path.name} has {info.bit_depth} bits per channel and the pictures hold 8."]
    return []


def _manifest(
    source: Path, digest: str, folder: Path, info: VideoInfo, pictures: list[Picture], sound: Path | None
) -> Manifest:
    place = os.path.abspath(source)  # noqa: PTH100 - without "..": what lies far away is told as it is
    used = UsedFile(path=place, sha256=digest, bytes=source.stat().st_size, role="source")
    return Manifest(
        kind="frames",
        inputs=(used,),
        versions={
            "mutoscope": mutoscope.__version__,
            "ffmpeg": version_in_use().text,
            "pillow": version("pillow"),
        },
        time_base=str(info.time_base),
        film=replace(info, path=Path(source.name)).as_json(),
        pictures=tuple(pictures),
        sound=None if sound is None else str(folder.absolute() / sound.name),
    )


def _older(folder: Path, place: FrameFolder, digest: str) -> set[str]:
    """Name the files that an earlier run has left; refuse a folder that holds anything else."""
    known: set[str] = set()
    if (folder / MANIFEST_NAME).exists():
        manifest = _read(folder)
        if [one.sha256 for one in manifest.inputs if one.role == "source"] != [digest]:
            raise OutputError(f"{folder} holds the frames of another film; choose another folder.")
        known = {Path(picture.file).name for picture in manifest.pictures}
        known |= {Path(manifest.sound).name} if manifest.sound else set()
    strangers = place.strangers(known)
    if strangers:
        raise OutputError(
            f"{folder} holds what is not of this film: {first_few(strangers)}; move it away or choose another folder."
        )
    return known | place.leftover_names()


def _read(folder: Path) -> Manifest:
    manifest = read_manifest(folder / MANIFEST_NAME)
    if manifest.kind != "frames":
        raise InputError(f"{folder / MANIFEST_NAME} is no manifest of frames; run 'mutoscope frames' to make one.")
    return manifest


@dataclass(frozen=True)
class _Plan:
    """What a film is put together from: pictures with their times, and everything else it is like."""

    like: VideoInfo
    frames: list[tuple[Path, int]]
    sound: Path | None = None
    notices: tuple[str, ...] = ()


def _plan(folder: Path, rate: str | float | Fraction | None) -> _Plan:
    present = list_pictures(folder)
    if (folder / MANIFEST_NAME).exists():
        if rate is not None:
            raise ParameterError(f"rate={rate} means nothing here: {MANIFEST_NAME} tells the times; leave it out.")
        return _told(folder, present)
    if not present:
        raise InputError(f"{folder} holds no picture; expected png, jpg, webp or tiff.")
    fps = _rate(rate)
    like = VideoInfo(folder, "video", "", "", 1, 1, frame_rate=fps, time_base=1 / fps, num_frames=len(present))
    return _Plan(like, [(path, pts) for pts, path in enumerate(present)])


def _told(folder: Path, present: list[Path]) -> _Plan:
    manifest = _read(folder)
    times = {Path(picture.file).name: picture.pts for picture in manifest.pictures}
    strangers = [path.name for path in present if path.name not in times]
    if strangers:
        raise InputError(
            f"{folder} holds pictures that {MANIFEST_NAME} does not know: {first_few(strangers)}; move them away."
        )
    if not present:
        raise InputError(
            f"none of the {len(times)} pictures that {MANIFEST_NAME} tells of is in {folder}; bring them back."
        )
    notices = []
    if len(present) < len(times):
        left_out = len(times) - len(present)
        notices.append(f"{left_out} of {len(times)} pictures are left out; the one before a gap is shown longer.")
    # A manifest may come from strangers: nothing outside the folder is opened because of it.
    sound = folder / Path(manifest.sound).name if manifest.sound else None
    if sound is not None and not sound.exists():
        notices.append(f"{sound.name} is not in {folder}; the film is silent.")
        sound = None
    frames = sorted(((path, times[path.name]) for path in present), key=lambda frame: frame[1])
    return _Plan(_info(manifest, folder), frames, sound, tuple(notices))


def _counted(paths: Iterator[Path], total: int, report: Listener) -> Iterator[Path]:
    for done, path in enumerate(paths, 1):
        yield path
        report(Progress("look", done, total, "pictures"))


def _rate(rate: str | float | Fraction | None) -> Fraction:
    try:
        fps = _RATE if rate is None else Fraction(str(rate))
    except (ValueError, ZeroDivisionError):
        fps = Fraction(0)
    if not 0 < fps <= _MAX_RATE:
        raise ParameterError(f"rate={rate} is not allowed; expected frames per second up to {_MAX_RATE}, e.g. 25.")
    return fps


def _info(manifest: Manifest, folder: Path) -> VideoInfo:
    """Read what `VideoInfo.as_json` wrote; fields of a newer version are passed over."""
    known = {field.name for field in fields(VideoInfo)}
    exact = ("frame_rate", "time_base", "duration", "sample_aspect_ratio")
    try:
        plain = {**(manifest.film or {}), "time_base": manifest.time_base}
        values = {name: value for name, value in plain.items() if name in known}
        values |= {name: Fraction(values[name]) for name in exact if values.get(name) is not None}
        values["audio"] = tuple(AudioInfo(**track) for track in values.get("audio", ()))
        info = VideoInfo(**{**values, "path": folder, "kind": "video", "tags": _texts(values.get("tags", {}))})
        pts = {picture.pts for picture in manifest.pictures}
        exact_ones = (info.time_base, info.sample_aspect_ratio, info.frame_rate or 1)
        if min(exact_ones) <= 0 or len(pts) < len(manifest.pictures) or not isinstance(info.start_pts, int):
            raise ValueError
    except (AttributeError, TypeError, ValueError, ZeroDivisionError):
        raise InputError(
            f"{folder / MANIFEST_NAME} is damaged (times or film); bring back the file that was written."
        ) from None
    return info


def _texts(tags: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in tags.items()}
