"""Films through models as films, and one film in which all of them play beside each other."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from statistics import median

from mutoscope.core.clip import Clip
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.engine.autoencode import autoencode
from mutoscope.video.grid_page import GridPage
from mutoscope.video.index import FrameIndex, index_frames
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.read import Film
from mutoscope.video.rising import usual_step
from mutoscope.video.write import create_video

__all__ = ["render_cells", "write_grid_film"]

_CLIP_BYTES = 2 << 20
_MOST_NAME = 60


def render_cells(
    films: Sequence[Path],
    models: Sequence[Path],
    folder: Path,
    work: str | Path | None,
    device: str,
    report: Listener = ignore,
) -> tuple[Path, ...]:
    """Write each film through each model, with the film's sound; what an earlier run has finished is taken from it."""
    made: list[Path] = []
    for film in films:
        for model in models:
            place = folder / _name(film, model, {path.name for path in made})
            autoencode(film, place, model=model, work=work, device=device, report=report)
            made.append(place)
    return tuple(made)


def write_grid_film(
    films: Sequence[Path], models: Sequence[Path], made: Sequence[Path], out: Path, report: Listener = ignore
) -> Path:
    """Let all films play beside each other, in step from their first frames on, as long as the shortest.

    The film with most frames a second gives the times; of the others each shows the frame of that moment.

    Args:
        films: rows; each is the first of its row.
        models: further columns.
        made: each film through each model, film by film.
        out: mp4; appears when it is whole.
        report: takes progress.

    Raises:
        InputError: one of them cannot be read.
        OutputError: the film cannot be written.

    """
    num = len(models)
    rows = [[film, *made[i * num : (i + 1) * num]] for i, film in enumerate(films)]
    infos = [[probe(path) for path in row] for row in rows]
    shape = median(row[0].height / (row[0].width * float(row[0].sample_aspect_ratio)) for row in infos)
    page = GridPage(["the film", *(model.stem for model in models)], [film.name for film in films], shape)
    leads = [(row[0], index_frames(row[0])) for row in infos]
    lead, index = max(leads, key=lambda one: one[0].frame_rate or Fraction(0))
    length = min(_length(info, of_info) for info, of_info in leads)
    stamps = [pts for pts in index.pts if (pts - index.pts[0]) * lead.time_base < length]
    like = replace(
        lead,
        height=page.size[0],
        width=page.size[1],
        sample_aspect_ratio=Fraction(1),
        has_alpha=False,
        rotation=0,
        audio=(),
        num_frames=len(stamps),
    )
    with ExitStack() as stack:
        writer = stack.enter_context(create_video(out, like=like, crf=18, effort="fast"))
        playing = [
            (row, column, stack.enter_context(closing(_Playing(info, page))))
            for row, line in enumerate(infos)
            for column, info in enumerate(line)
        ]
        for done, pts in enumerate(stamps, 1):
            for row, column, film in playing:
                frame = film.at((pts - stamps[0]) * lead.time_base)
                if frame is not None:
                    page.put(row, column, frame.pixels_TCHW[0])
            writer.write(Clip(page.draw()[None], (pts,), lead.time_base))
            report(Progress("matrix film", done, len(stamps)))
    return out


class _Playing:
    """A film that is played forwards."""

    def __init__(self, info: VideoInfo, page: GridPage) -> None:
        height, width = page.fitted(info.height, max(1, round(info.width * info.sample_aspect_ratio)))
        self._frames = _frames(Film(info, (width, height), _CLIP_BYTES))
        self._coming = next(self._frames, None)
        self._start = Fraction(0) if self._coming is None else self._coming.pts_T[0] * self._coming.time_base

    def at(self, seconds: Fraction) -> Clip | None:
        """Give the frame of a moment, from the first frame on; None where it is shown already."""
        found: Clip | None = None
        while (coming := self._coming) is not None and coming.pts_T[0] * coming.time_base - self._start <= seconds:
            found, self._coming = coming, next(self._frames, None)
        return found

    def close(self) -> None:
        self._frames.close()


def _frames(film: Film) -> Generator[Clip, None, None]:
    for clip in film:
        yield from clip.frames()


def _length(info: VideoInfo, index: FrameIndex) -> Fraction:
    return (index.pts[-1] - index.pts[0] + usual_step(info)) * info.time_base


def _name(film: Path, model: Path, taken: set[str]) -> str:
    """Name a film through a model; two of the same name are numbered."""
    first = f"{film.stem.replace('%', '')[:_MOST_NAME]}--{model.stem[:_MOST_NAME]}"
    names = (f"{first}{'' if number == 1 else f'-{number}'}.mp4" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
