"""Train the shipped filters together: one network, one style for each picture of shelf.toml and each pattern.

    .venv/bin/python tools/train_shelf.py --paintings FOLDER --work FOLDER --minutes 85
    .venv/bin/python tools/train_shelf.py --paintings FOLDER --work FOLDER --write     # into the package

It goes on where it was stopped. The paintings are not in the repository; NOTICE.md says where they come from.
"""

import argparse
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import mutoscope
from mutoscope.core.machine import processor_name
from mutoscope.effects.style_picture import read_style
from mutoscope.engine.train_filter import read_picture_to_learn
from mutoscope.filters.card import Card, StyleSource, TrainingRecord
from mutoscope.filters.content import ContentPictures, load_footage, load_photographs
from mutoscope.filters.files import network_digest, save_filter
from mutoscope.filters.judge import STYLE_SIDE_PX
from mutoscope.filters.measure import measure_touch, style_moments
from mutoscope.filters.network import PROFILES, new_network
from mutoscope.filters.objective import Weights
from mutoscope.filters.patterns import PATTERNS
from mutoscope.filters.shelf import NETWORK_FILE, shipped_folder
from mutoscope.filters.train_params import TrainFilterParams
from mutoscope.filters.training import Settings, Training, mean_of
from mutoscope.filters.training_report import palette_of
from mutoscope.models.backbones import load_backbone
from mutoscope.models.fabric import make_fabric
from mutoscope.models.metadata import read_metadata
from mutoscope.models.style_statistics import style_targets
from mutoscope.models.tensors import load_tensors, save_tensors
from mutoscope.ops.resize import resize_to_area
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.hashing import hash_file

HERE = Path(__file__).parent
DATA = Path(mutoscope.__file__).parent / "data"
WEIGHTS = Weights(style=6.0)


@dataclass(frozen=True)
class Style:
    """One row of the shelf."""

    pixels_1CHW: torch.Tensor
    source: StyleSource
    side: int
    emphasis: float


def read_styles(paintings: Path) -> dict[str, Style]:
    table = tomllib.loads((HERE / "shelf.toml").read_text(encoding="utf-8"))
    styles = {}
    for name, row in table["style"].items():
        path = paintings / f"{row['file']}.jpg"
        source = StyleSource(
            title=row["title"],
            artist=row["artist"],
            year=row["year"],
            licence="public domain",
            source=table["sources"][row["source"]],
            sha256=hash_file(path),
        )
        styles[name] = Style(read_style(path), source, row["side"], row["emphasis"])
    for name in PATTERNS:
        picture = read_picture_to_learn(f"pattern:{name}", TrainFilterParams())
        styles[name] = Style(picture.pixels_1CHW, picture.source, STYLE_SIDE_PX, 1.0)
    return styles


def shown(style: Style) -> torch.Tensor:
    return resize_to_area(style.pixels_1CHW, style.side**2)


def prepare(styles: dict[str, Style], footage: list[Path]) -> Training:
    backbone = load_backbone("efficientnet_lite0")
    targets = {name: style_targets(backbone, shown(s), "mean_covariance", rim=1) for name, s in styles.items()}
    chance = torch.Generator().manual_seed(0)
    network = new_network(PROFILES["cpu"], chance)
    start = network.new_style(chance)
    content = ContentPictures(load_photographs(DATA / "photographs") + load_footage(footage))
    emphasis = {name: style.emphasis for name, style in styles.items()}
    return Training(
        network, dict.fromkeys(styles, start), targets, content, backbone, Settings(weights=WEIGHTS), emphasis
    )


def train(training: Training, state: Path, minutes: float) -> None:
    fabric, spent, recent = make_fabric("cpu"), spent_before(state), list[dict[str, float]]()
    began, kept = time.monotonic() - spent, spent
    while spent < 60 * minutes:
        recent.append(training.advance(spent / (60 * minutes), fabric.autocast()).floats())
        spent = time.monotonic() - began
        if spent - kept > 60:
            kept = spent
            keep(training, state, spent)
            terms = ", ".join(f"{term} {value:.3f}" for term, value in mean_of(recent).items())
            print(f"{spent / 60:5.1f} min, step {training.step}: {terms}", flush=True)
            recent = []
    keep(training, state, spent)


def keep(training: Training, state: Path, spent: float) -> None:
    with atomic_path(state) as temp:
        save_tensors(training.state(), temp, {"spent": repr(spent)})


def spent_before(state: Path) -> float:
    return float(read_metadata(state).get("spent", "0")) if state.exists() else 0.0


def write(training: Training, styles: dict[str, Style], minutes: float) -> None:
    folder = shipped_folder()
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.safetensors"):
        old.unlink()
    network = training.network.eval()
    digest, backbone = network_digest(network), load_backbone("efficientnet_lite0")
    with atomic_path(folder / NETWORK_FILE) as temp:
        save_tensors(network.state_dict(), temp, {"profile": "cpu", "licence": "Apache-2.0"})
    photographs = ContentPictures(load_photographs(DATA / "photographs")).batch(3, 256, 0, -1)
    record: dict[str, Any] = {
        "version": mutoscope.__version__,
        "steps": training.step,
        "minutes": round(minutes, 1),
        "size": training.settings.size,
        "batch": training.settings.batch,
        "weights": vars(WEIGHTS),
        "content": "69 photographs of the package and frames of films (Big Buck Bunny)",
        "machine": f"{processor_name()}, 2 threads",
    }
    for name, style in styles.items():
        numbers = {key: value.detach() for key, value in training.styles[name].items()}
        card = Card(
            name=name,
            network=digest,
            touch=measure_touch(network, numbers, photographs),
            palette=palette_of(style.pixels_1CHW),
            style=style.source,
            training=TrainingRecord(style_size=style.side, **record),
        )
        save_filter(folder / f"{name}.safetensors", card, numbers | style_moments(backbone, shown(style)))
        print(f"{name}: {card.touch}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paintings", type=Path, required=True, help="folder with the files that shelf.toml names")
    parser.add_argument("--work", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument(
        "--footage", type=Path, action="append", default=[], help="films to learn on, besides photographs"
    )
    parser.add_argument("--minutes", type=float, default=85.0)
    parser.add_argument("--write", action="store_true", help="write the filters into the package")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    styles, state = read_styles(args.paintings), args.work / "state.safetensors"
    training = prepare(styles, args.footage or [DATA / "big-buck-bunny.mp4"])
    if state.exists():
        training.restore(load_tensors(state))
    if args.write:
        write(training, styles, spent_before(state) / 60)
    else:
        train(training, state, args.minutes)


if __name__ == "__main__":
    main()
