"""One sheet: a painting, a frame, the frame stylized, and the frame by filters of 1, 3 and 10 minutes of training.

    .venv/bin/python tools/training_stages.py --painting FILE --frame FILE --out docs/images/training.jpg

MUTOSCOPE_DATA says where the filters go; they are called stage-1, stage-3 and stage-10.
"""

import argparse
import tempfile
from pathlib import Path

import mutoscope
from mutoscope.core.errors import OutputError
from mutoscope.filters.shelf import find
from mutoscope.video.read import read_picture
from mutoscope.video.sheet import Cell, write_sheet

SIZE = 640


def picture(path: Path, caption: str) -> Cell:
    return Cell(read_picture(path, size=SIZE).pixels_TCHW[0], caption)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--painting", type=Path, required=True)
    parser.add_argument("--frame", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1, 3, 10])
    parser.add_argument("--from-scratch", type=float, nargs="*", default=[], help="minutes of trainings from scratch")
    args = parser.parse_args()
    cells = [picture(args.painting, "the painting"), picture(args.frame, "the frame")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mutoscope.stylize(args.frame, folder / "stylized.png", style=args.painting, size=SIZE)
        cells.append(picture(folder / "stylized.png", "stylize, 90 steps at each scale"))
        plan = [(m, False) for m in args.minutes] + [(m, True) for m in args.from_scratch]
        for minutes, from_scratch in plan:
            called = f"{'scratch' if from_scratch else 'stage'}-{minutes:g}"
            try:
                mutoscope.train_filter(args.painting, name=called, minutes=minutes, from_scratch=from_scratch)
            except OutputError:
                print(f"{called} is there already")
            out = folder / f"{called}.png"
            mutoscope.filter(args.frame, out, name=called, size=SIZE)
            steps = find(called).card.training.steps
            how = "from scratch" if from_scratch else "from the shelf's network"
            cells.append(picture(out, f"filter, {minutes:g} min {how}, {steps} steps"))
    columns = 3
    cells += [Cell(cells[0].pixels_CHW * 0 + 0.094)] * (-len(cells) % columns)
    write_sheet([cells[i : i + columns] for i in range(0, len(cells), columns)], args.out)
    print(args.out)


if __name__ == "__main__":
    main()
