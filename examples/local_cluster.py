"""Start a cluster on this machine (a scheduler and two workers over TCP) and run a recipe on it.

python examples/local_cluster.py examples/demo.toml clip.mp4 out.mp4
"""

import subprocess
import sys
import time
from pathlib import Path

import mutoscope

BIN = Path(sys.executable).parent
ADDRESS = "tcp://127.0.0.1:8786"


def main(recipe, clip, result, address=ADDRESS, num_workers=2, work=None):
    host, port = address.removeprefix("tcp://").split(":")
    scheduler = [BIN / "dask", "scheduler", "--host", host, "--port", port, "--no-dashboard"]
    processes = [subprocess.Popen(scheduler, stderr=subprocess.DEVNULL)]
    try:
        time.sleep(3)  # on other machines you would start these by hand, in any order
        worker = [BIN / "mutoscope", "worker", address, "--workers", str(num_workers)]
        processes.append(subprocess.Popen(worker, stderr=subprocess.DEVNULL))
        return mutoscope.run_recipe(recipe, clip, result, cluster=address, work=work)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


if __name__ == "__main__":
    done = main(*sys.argv[1:4])
    print(f"{done.path}: {done.frames} frames, {done.computed} pieces computed, {done.reused} were there already")
