"""Paint a clip; the brush grows over its first two seconds.

python examples/paint.py clip.mp4 wave.jpg out.mp4
"""

import sys

import mutoscope


def main(source: str, style: str, result: str, **options: object) -> None:
    done = mutoscope.stylize(source, result, style=style, strength="0s:0.2, 2s:1 ease", **options)
    print(f"{done.path}: {done.frames} frames in {done.seconds:.1f} s")


if __name__ == "__main__":
    main(*sys.argv[1:4])
