"""Jobs that look: sort, measure, sign, publish; and that move files between stores and the service."""

import shutil
from pathlib import Path
from typing import Literal

from mutoscope.core.errors import InputError, MutoscopeError, ParameterError
from mutoscope.engine.histories import sign_by_hand
from mutoscope.engine.measure import measure
from mutoscope.engine.measure_sorter import measure_labelled
from mutoscope.engine.review_page import write_review
from mutoscope.engine.sort import SortResult, sort
from mutoscope.recipes.manifest import manifest_path
from mutoscope.service.jobs.kinds.trainings import LABELS
from mutoscope.service.jobs.references import FOOTAGE
from mutoscope.service.jobs.runs.films import files_in
from mutoscope.service.jobs.runs.recipes import options_of
from mutoscope.service.jobs.runs.task import OUT, Made, Product, Task, as_source
from mutoscope.service.jobs.runs.trainings import labelled_folder
from mutoscope.storage.fetched import fetch
from mutoscope.storage.places import place_at
from mutoscope.storage.sending import begin, check_writable
from mutoscope.storage.uris import parse_uri

__all__ = ["run_fetch", "run_measure", "run_measure_sorter", "run_publish", "run_send", "run_sign", "run_sort"]

_STORE = "store://"
_ABOUT_BLUR = 4
_ROLES = {".html": "report", ".json": "numbers", ".csv": "numbers"}


def run_sort(task: Task) -> Made:
    """Measure films and mark their usable seconds; where keeps cannot be assembled, the report is delivered."""
    place, missing = OUT / "keeps.mp4", None
    try:
        done = _sorted(task, place if task.values.get("assemble") else None)
    except MutoscopeError as error:
        if not task.values.get("assemble"):
            raise
        done, missing = _sorted(task, None), str(error)
    products = [Product(done.page, "report", done.page.name)]
    products += [Product(done.assembled, "result", "keeps.mp4")] if done.assembled is not None else []
    told = {product.path for product in products}
    for path in files_in(done.page.parent):
        if path not in told:
            role = "export" if path in done.exports else _ROLES.get(path.suffix, "report")
            products.append(Product(path, role, path.name))
    refused = [f"left out: {one.path}: {one.error}" for one in done.reports if one.error is not None]
    numbers = {"seconds_by_verdict": done.seconds_by_verdict(), "clips": done.num_sorted, "reused": done.reused}
    return Made(products, 0, [*done.notices, *refused], missing, numbers)


def _sorted(task: Task, assemble: Path | None) -> SortResult:
    return sort(
        FOOTAGE,
        OUT / "report",
        export=task.values.get("export") or (),
        assemble=assemble,
        quick=bool(task.values.get("quick")),
        sorter=task.maybe("sorter"),
        cluster=task.cluster,
        report=task.report,
        **options_of(task, "export", "assemble", "quick"),
    )


def run_measure(task: Task) -> Made:
    """Measure a film beside its source."""
    numbers, plot = OUT / "numbers.json", OUT / "curves.png"
    done = measure(
        as_source(task.one("film")),
        source=task.source(),
        style=task.maybe("style"),
        json=numbers,
        plot=plot,
        report=task.report,
        **options_of(task),
    )
    told = {name: {"film": one.out, "source": one.source, "ratio": one.ratio} for name, one in done.numbers.items()}
    products = [Product(numbers, "numbers", numbers.name), Product(plot, "curve", plot.name)]
    return Made(products, done.num_frames, done.notices, told={"numbers": told})


def run_measure_sorter(task: Task) -> Made:
    """Say how well sorting tells what pictures are labelled with."""
    about: Literal["blur", "exposure"] = "exposure" if task.values.get("task") == "exposure" else "blur"
    labels = [label for label, _ in LABELS]
    folder = labelled_folder(task, "any", labels[:_ABOUT_BLUR] if about == "blur" else labels[_ABOUT_BLUR:])
    assert folder is not None
    done = measure_labelled(folder, task=about, weights=task.maybe("sorter"), report=task.report)
    place = OUT / "numbers.json"
    done.write_json(place)
    notices = [*(f"{one.name}: {one.reason}" for one in done.skipped), *done.notices]
    told = {"table": [list(done.head()), *(list(row) for row in done.rows())]}
    return Made([Product(place, "numbers", place.name)], 0, notices, told=told)


def run_sign(task: Task) -> Made:
    """Sign a copy of a file."""
    file = task.one("file")
    place = task.place(f"{task.title(file)}-signed", file.suffix)
    shutil.copyfile(file, place)
    done = sign_by_hand(place, task.many("parents"))
    products = [Product(place, "result", f"{task.title(file)}-signed{file.suffix}")]
    signed = Path(done.place)
    if signed.is_file() and signed.resolve() != place.resolve():
        products.append(Product(signed, "history", signed.name))
    return Made(products, told={"signer": done.name})


def run_publish(task: Task) -> Made:
    """Make a page for people of a result."""
    result = task.one("result")
    # The page wants the manifest beside the result, under its name.
    copy = OUT / ".published" / task.place(task.title(result), result.suffix).name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(result, copy)
    shutil.copyfile(task.one("manifest"), manifest_path(copy))
    source = task.maybe("source")
    if source is None:
        raise ParameterError("the source is missing; give the input source, which stills of before are taken from.")
    pages = write_review(copy, OUT / "review", as_source(source))
    return Made([Product(page, "review", page.name) for page in [pages[-1], *pages[:-1]]])


def run_fetch(task: Task) -> Made:
    """Bring a file here from a store; nothing of it is decoded."""
    place = _store_place(task)
    path = fetch(place)
    name = parse_uri(place).name
    copy = OUT / f"fetched{Path(name).suffix.lower()[:16]}"
    shutil.copyfile(path, copy)
    return Made([Product(copy, "fetched", name)], told={"bytes": copy.stat().st_size})


def run_send(task: Task) -> Made:
    """Send a file into a store."""
    place = _store_place(task)
    check_writable(place_at(place))
    begin(place).send(task.one("file"))
    return Made(told={"place": place})


def _store_place(task: Task) -> str:
    place = str(task.values["place"])
    if not place.startswith(_STORE) or not parse_uri(place).name:
        raise InputError(f"{place[:80]} is no place in a store of yours; write store://NAME/folder/file.mp4.")
    return place
