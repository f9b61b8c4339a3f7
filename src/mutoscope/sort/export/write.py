"""Verdicts into the files of editors."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from mutoscope.core.errors import ParameterError
from mutoscope.sort.export.edl import write_edls
from mutoscope.sort.export.fcpxml import write_fcpxml
from mutoscope.sort.export.footage import Footage, footage_of
from mutoscope.sort.export.json_file import write_json
from mutoscope.sort.export.otio import keeps_timeline, markers_timeline
from mutoscope.sort.export.table_files import clips_table, losslesscut_tables, resolve_table, segments_table
from mutoscope.sort.export.xmeml import write_xmeml
from mutoscope.sort.export.xmp import sidecar_places, write_xmp
from mutoscope.sort.model import ClipReport
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import make_folder

__all__ = ["FORMATS", "check_formats", "write_exports"]

_Pair = tuple[ClipReport, Footage | None]
_Files = Iterator[tuple[PurePosixPath, bytes]]


def write_exports(reports: Sequence[ClipReport], folder: Path, formats: Sequence[str], root: Path) -> list[Path]:
    """Write verdicts in the formats of editors. The same reports give the same bytes.

    Args:
        reports: in the order in which clips shall come.
        folder: made if missing.
        formats: names of FORMATS.
        root: the folder that was sorted; the reports' paths are relative to it.

    Returns:
        The files, each of which appeared under its name only when it was whole.

    Raises:
        InputError: a path leads out of the sorted folder.
        OutputError: the folder cannot be written, or a format's library is missing.
        ParameterError: a format is not known.

    """
    names = check_formats(formats)
    pairs = [(report, footage_of(report, root)) for report in reports]
    written = []
    for name in names:
        for place, data in FORMATS[name](pairs):
            path = folder / place
            make_folder(path.parent)
            with atomic_path(path, sweep=False) as temp:
                temp.write_bytes(data)
            written.append(path)
    return written


def check_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """Give known names of formats, each once, in small letters.

    Raises:
        ParameterError: one is not known; names the nearest.

    """
    names = tuple(dict.fromkeys(name.strip().lower() for name in formats))
    for name in names:
        if name not in FORMATS:
            near = difflib.get_close_matches(name, FORMATS, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else f"expected {', '.join(FORMATS)}."
            raise ParameterError(f"format {name!r} is not written here; {hint}")
    return names


def _otio(pairs: Sequence[_Pair]) -> _Files:
    clips = _sorted_ones(pairs)
    yield PurePosixPath("keeps.otio"), keeps_timeline(clips).encode()
    yield PurePosixPath("markers.otio"), markers_timeline(clips).encode()


def _fcpxml(pairs: Sequence[_Pair]) -> _Files:
    yield PurePosixPath("sorted.fcpxml"), write_fcpxml(_sorted_ones(pairs))


def _xmeml(pairs: Sequence[_Pair]) -> _Files:
    yield PurePosixPath("sorted.xml"), write_xmeml(_sorted_ones(pairs))


def _edl(pairs: Sequence[_Pair]) -> _Files:
    for name, data in write_edls(_sorted_ones(pairs)).items():
        yield PurePosixPath(name), data


def _xmp(pairs: Sequence[_Pair]) -> _Files:
    clips = _sorted_ones(pairs)
    for place, clip in zip(sidecar_places(clips), clips, strict=True):
        yield "xmp" / place, write_xmp(clip)


def _csv(pairs: Sequence[_Pair]) -> _Files:
    clips = _sorted_ones(pairs)
    yield PurePosixPath("segments.csv"), segments_table(clips)
    yield PurePosixPath("clips.csv"), clips_table(pairs)
    yield PurePosixPath("resolve_metadata.csv"), resolve_table(clips)
    yield from losslesscut_tables(clips).items()


def _json(pairs: Sequence[_Pair]) -> _Files:
    yield PurePosixPath("sorted.json"), write_json(pairs)


def _sorted_ones(pairs: Sequence[_Pair]) -> list[Footage]:
    return [clip for _, clip in pairs if clip is not None]


FORMATS: dict[str, Callable[[Sequence[_Pair]], _Files]] = {
    "otio": _otio,
    "fcpxml": _fcpxml,
    "xmeml": _xmeml,
    "edl": _edl,
    "xmp": _xmp,
    "csv": _csv,
    "json": _json,
}
"""What writes a format, by its name."""
