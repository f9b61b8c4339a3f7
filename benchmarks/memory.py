"""Peak memory of a short and of a long film at 640x360, decode → identity → encode, each in a process of its own."""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from common import keep, table

LENGTHS = (300, 3000)


def child(source: str, result: str) -> None:
    """Run one film and print the peak of this process in MB."""
    from mutoscope.effects.identity import Identity
    from mutoscope.effects.identity_params import IdentityParams
    from mutoscope.engine.run import run_effect

    run_effect(Identity(IdentityParams()), source, result)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(kilobytes / 1024 if sys.platform != "darwin" else kilobytes / 2**20)


def main() -> None:
    import numpy as np

    from mutoscope.testing.media import make_clip

    noise = np.random.default_rng(0).integers(0, 256, (380, 700, 3), dtype=np.uint8)
    rows, peaks = [], []
    with tempfile.TemporaryDirectory() as folder:
        for length in LENGTHS:
            source, result = Path(folder) / f"{length}.mp4", Path(folder) / "out.mp4"
            make_clip(
                source,
                width=640,
                height=360,
                num_frames=length,
                pixels=lambda i, h, w: noise[i % 20 : h + i % 20, i % 60 : w + i % 60],
                options={"crf": "30", "preset": "ultrafast"},
            )
            command = [sys.executable, __file__, str(source), str(result)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            peaks.append(float(done.stdout))
            rows.append((length, peaks[-1], peaks[-1] / peaks[0]))
    table("Peak memory, 640x360 (goal: within 10 %)", ("frames", "MB", "of the first"), rows)
    keep("memory", {str(n): p for n, p in zip(LENGTHS, peaks, strict=True)})


if __name__ == "__main__":
    if len(sys.argv) == 3:
        child(sys.argv[1], sys.argv[2])
    else:
        main()
