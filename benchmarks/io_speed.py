"""Decode → identity → encode through clips, beside the same loop written by hand with PyAV; 640x360, 240 frames."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import torch
from common import keep, table

from mutoscope.effects.identity import Identity
from mutoscope.effects.identity_params import IdentityParams
from mutoscope.effects.protocol import Context
from mutoscope.testing.media import make_clip
from mutoscope.testing.motion import exact_clip, smooth_noise
from mutoscope.video.read import open_video
from mutoscope.video.write import create_video

FRAMES, WIDTH, HEIGHT, ROUNDS = 240, 640, 360, 5


def by_hand(source: Path, result: Path) -> None:
    """What a person would write: decode to RGB arrays, encode them with the same settings."""
    with av.open(str(source)) as reader, av.open(str(result), "w") as writer:
        stream = reader.streams.video[0]
        stream.thread_type = "AUTO"
        options = {"preset": "medium", "crf": "17", "x264-params": "mbtree=0"}
        out = writer.add_stream("libx264", rate=25, options=options)
        out.width, out.height, out.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        out.codec_context.thread_count = 4
        for frame in reader.decode(stream):
            copy = av.VideoFrame.from_ndarray(frame.to_ndarray(format="rgb24"), format="rgb24")
            copy.pts, copy.time_base = frame.pts, frame.time_base
            writer.mux(out.encode(copy))
        writer.mux(out.encode(None))


def ours(source: Path, result: Path) -> None:
    with open_video(source) as film, create_video(result, like=film.info, source=source) as out:
        for clip in Identity(IdentityParams())(iter(film), Context()):
            out.write(clip)


def seconds(work: Callable[[Path, Path], None], source: Path, result: Path) -> float:
    start = time.perf_counter()
    work(source, result)
    return time.perf_counter() - start


def main() -> None:
    torch.set_num_threads(2)
    truth = exact_clip(smooth_noise(500, 800), smooth_noise(300, 300, seed=1), HEIGHT, WIDTH, 24)
    frames = (truth.frames_TCHW * 255).round().byte().movedim(1, 3).numpy()
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "in.mp4", Path(folder) / "out.mp4"
        make_clip(
            source,
            width=WIDTH,
            height=HEIGHT,
            num_frames=FRAMES,
            pixels=lambda i, _h, _w: frames[abs((i % 46) - 23)],
            options={"crf": "17"},
        )
        # In turn, so that a machine whose speed drifts is fair to both.
        pairs = [(seconds(by_hand, source, result), seconds(ours, source, result)) for _ in range(ROUNDS)]
    hand, mine = (statistics.median(column) for column in zip(*pairs, strict=True))
    share = statistics.median(h / m for h, m in pairs)
    rows = [("PyAV by hand", FRAMES / hand, 1.0), ("ours", FRAMES / mine, share)]
    table(
        f"{WIDTH}x{HEIGHT}, {FRAMES} frames, median of {ROUNDS} (goal ≥ 0.5)", ("loop", "frames/s", "of by hand"), rows
    )
    keep("io_speed", {"by_hand_fps": FRAMES / hand, "ours_fps": FRAMES / mine, "share": share})


if __name__ == "__main__":
    main()
