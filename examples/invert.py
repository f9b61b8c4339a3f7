"""Turn a film into its negative, frame by frame, with its sound.

python examples/invert.py clip.mp4 negative.mp4
"""

import sys

from mutoscope import create_video, open_video


def main(source: str, result: str) -> None:
    with open_video(source) as film, create_video(result, like=film.info, source=source) as out:
        for clip in film:
            out.write(clip.with_pixels(1 - clip.pixels_TCHW))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
