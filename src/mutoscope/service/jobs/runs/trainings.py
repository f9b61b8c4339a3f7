"""Jobs that make weights, and that exchange them with other programs. One that was stopped goes on where it was."""

import shutil
from pathlib import Path

from mutoscope.core.errors import ParameterError
from mutoscope.engine.film_model import export_model
from mutoscope.engine.filter_exchange import export_filter, import_filter
from mutoscope.engine.train_autoencoder import train_autoencoder
from mutoscope.engine.train_decisions import train_from_decisions
from mutoscope.engine.train_filter import look_at, train_filter
from mutoscope.engine.train_sorter import train_sorter
from mutoscope.service.jobs.kinds.trainings import LABELS
from mutoscope.service.jobs.references import FOOTAGE
from mutoscope.service.jobs.runs.films import files_in
from mutoscope.service.jobs.runs.pictures import painting_of
from mutoscope.service.jobs.runs.recipes import options_of
from mutoscope.service.jobs.runs.task import OUT, Made, Product, Task

__all__ = [
    "labelled_folder",
    "run_export_filter",
    "run_export_model",
    "run_import_filter",
    "run_train_autoencoder",
    "run_train_decisions",
    "run_train_filter",
    "run_train_sorter",
]

_ABOUT_BLUR = 4
_CURVES = (".png", ".jpg", ".csv")


def run_train_filter(task: Task) -> Made:
    """Train a filter; it goes onto the shelf, and a copy is the result."""
    painting = painting_of(task)
    advice = look_at(painting).advice
    name = str(task.values["name"])
    done = train_filter(
        painting, name=name, footage=task.many("footage"), report=task.report, **options_of(task, "name", "pattern")
    )
    place = _copied(done.path, OUT / done.path.name)
    products = [Product(place, "filter", place.name), *_curves(done.folder)]
    told = {"name": done.name, "touch": done.card.touch, "steps": done.card.training.steps, "advice": list(advice)}
    return Made(products, done.card.training.steps or 0, done.notices, told=told)


def run_train_sorter(task: Task) -> Made:
    """Train the learned part of sorting on labelled pictures."""
    labels = [label for label, _ in LABELS]
    blur = labelled_folder(task, "blur", labels[:_ABOUT_BLUR])
    exposure = labelled_folder(task, "exposure", labels[_ABOUT_BLUR:])
    place, name = task.result(None, ".safetensors")
    done = train_sorter(out=place, blur=blur, exposure=exposure, report=task.report, **options_of(task))
    right = {one: {"value": r.value, "low": r.low, "high": r.high} for one, r in done.right.items()}
    notices = [*(f"{one.name}: {one.reason}" for one in done.skipped), *done.notices]
    products = [Product(done.path, "model", name), *_curves(done.folder)]
    return Made(products, sum(done.counts.values()), notices, told={"right": right, "counts": done.counts})


def run_train_decisions(task: Task) -> Made:
    """Fit thresholds to a person's decisions."""
    place, name = task.result(None, ".json")
    done = train_from_decisions(
        task.one("decisions"),
        footage=FOOTAGE,
        out=place,
        quick=bool(task.values.get("quick")),
        sorter=task.maybe("sorter"),
        **options_of(task, "quick"),
    )
    skipped = [f"{one.name}: {one.reason}" for one in done.skipped]
    told = {"multipliers": done.multipliers, "decisions": done.num_decisions}
    return Made([Product(done.path, "calibration", name)], 0, skipped, told=told)


def run_train_autoencoder(task: Task) -> Made:
    """Train a network that sees nothing but some films."""
    films = task.many("films")
    place, name = task.result(films[0], ".safetensors")
    done = train_autoencoder(films, out=place, report=task.report, **options_of(task))
    products = [Product(done.path, "model", name), *_curves(done.folder)]
    told = {"quality": dict(done.card.quality), "steps": done.card.training.steps}
    return Made(products, done.card.training.steps or 0, done.notices, told=told)


def run_export_filter(task: Task) -> Made:
    """Write a filter for another program."""
    name = str(task.values["name"])
    suffix = task.suffix or ".onnx"
    path = export_filter(name, task.place(name, suffix))
    return Made([Product(path, "filter", f"{name}{suffix}")])


def run_import_filter(task: Task) -> Made:
    """Put a filter on the shelf."""
    file = task.one("file")
    name = task.values.get("name") or task.title(file).lower().replace("_", "-").replace(" ", "-")
    called = import_filter(file, name, task.values.get("pixel_range", "0..255"))
    return Made(told={"name": called})


def run_export_model(task: Task) -> Made:
    """Write encoder and decoder of a model."""
    paths = export_model(task.one("model"), OUT / "onnx")
    return Made([Product(path, "result", path.name) for path in paths])


def labelled_folder(task: Task, name: str, labels: list[str]) -> Path | None:
    """Lay labelled pictures into folders by class, as the engine reads them; None where there are none."""
    folder = OUT / ".labelled" / name
    shutil.rmtree(folder, ignore_errors=True)
    for label in labels:
        for number, picture in enumerate(task.many(label), 1):
            _copied(picture, folder / label / f"{number:06d}{picture.suffix}")
    if folder.is_dir():
        return folder
    if name == "any":
        raise ParameterError(f"no picture was given; expected some in {', '.join(labels)}.")
    return None


def _curves(folder: Path) -> list[Product]:
    """Give previews and curves of a training; those of filters lie with the owner's things, so copies are taken."""
    products = []
    for one in files_in(folder):
        if one.suffix in _CURVES:
            place = one if one.is_relative_to(OUT) else _copied(one, OUT / "training" / one.name)
            products.append(Product(place, "curve", one.name))
    return products


def _copied(source: Path, place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    shutil.copyfile(source, place)
    return place
