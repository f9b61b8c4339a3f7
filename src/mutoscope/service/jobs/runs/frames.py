"""Jobs with framesets: a film apart into pictures, pictures painted, pictures together into a film."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from mutoscope.core.errors import ParameterError
from mutoscope.core.progress import Progress
from mutoscope.engine.frames import join_frames, write_frames
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.service.jobs.runs.films import made_of
from mutoscope.service.jobs.runs.recipes import recipe_of
from mutoscope.service.jobs.runs.task import OUT, Made, Product, Task

__all__ = ["FRAMESET", "run_film", "run_filter_frames", "run_frames"]

FRAMESET = OUT / "frameset"
"""Where a new frameset is made; the server moves it to its place when the job is done."""

_MANIFEST = "frames.mutoscope.json"


def run_frames(task: Task) -> Made:
    """Separate a film into pictures."""
    done = write_frames(
        task.source(),
        FRAMESET,
        every=task.values.get("every"),
        size=task.values.get("size"),
        picture_format=task.values.get("picture_format", "png"),
        report=task.report,
    )
    return _as_frameset(done)


def run_film(task: Task) -> Made:
    """Put pictures together."""
    folder = task.one("frameset")
    place, name = task.result(folder)
    values = task.values
    done = join_frames(
        folder,
        place,
        codec=values.get("codec"),
        crf=values.get("crf"),
        bit_depth=values.get("bit_depth", 8),
        rate=values.get("rate"),
        report=task.report,
    )
    return made_of(done, name)


def run_filter_frames(task: Task) -> Made:
    """Paint all pictures as a film, or some of them each by itself, into a new frameset."""
    folder = task.one("frameset")
    FRAMESET.mkdir(parents=True, exist_ok=True)
    pattern = task.source("frameset")
    wanted = [int(number) for number in task.values.get("frames", ())]
    if not wanted:
        recipe = recipe_of(task, pattern)
        done = run_recipe(
            recipe, pattern, FRAMESET / pattern.name, manifest=False, sign=False, prices=task.prices,
            max_cost=task.max_cost, report=task.report,
        )  # fmt: skip
    else:
        done = _paint_some(task, folder, pattern, wanted)
    for one in folder.iterdir():
        # What was not painted goes along as it is: sound, manifest, the other pictures.
        if not (FRAMESET / one.name).exists():
            _copied(one, FRAMESET / one.name)
    return _as_frameset(done)


def _paint_some(task: Task, folder: Path, pattern: Path, wanted: Sequence[int]) -> RunResult:
    missing = next((number for number in wanted if not (folder / (pattern.name % number)).is_file()), None)
    if missing is not None:
        raise ParameterError(f"there is no picture {missing} in the frameset; its list tells which there are.")
    for done, number in enumerate(wanted, 1):
        source = folder / (pattern.name % number)
        place = FRAMESET / source.name
        place.unlink(missing_ok=True)
        run_recipe(recipe_of(task, source), source, place, manifest=False, sign=False, prices=task.prices)
        task.report(Progress("filter", done, len(wanted), "pictures"))
    return RunResult(FRAMESET, len(wanted), 0.0)


def _copied(source: Path, place: Path) -> None:
    try:
        os.link(source, place)
    except OSError:
        shutil.copyfile(source, place)


def _as_frameset(done: RunResult) -> Made:
    made = made_of(RunResult(FRAMESET, done.frames, done.seconds, done.notices, done.truncated, done.set_aside), "")
    pictures = sum(one.name.startswith("frame_") for one in FRAMESET.iterdir())
    told = {**made.told, "pictures": pictures}
    manifest = FRAMESET / _MANIFEST
    if manifest.is_file():
        told["time_base"] = json.loads(manifest.read_text(encoding="utf-8")).get("time_base", "1")
    return Made([Product(FRAMESET, "frameset", "frameset")], done.frames, made.notices, made.partial, told)
