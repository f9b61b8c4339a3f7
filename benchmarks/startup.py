"""How long does a person wait for help, for a list, for the bare interpreter?"""

import statistics
import subprocess
import sys
import time

from common import keep, table

RUNS = 9
CLI = "from mutoscope.cli.main import main; main()"


def median_seconds(*command: str) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    bare = median_seconds(sys.executable, "-c", "pass")
    rows = [("python -c pass", bare, 1.0)]
    numbers = {"python": bare}
    for arguments in (("--help",), ("effects", "list"), ("stylize", "--help")):
        seconds = median_seconds(sys.executable, "-c", CLI, *arguments)
        rows.append((f"mutoscope {' '.join(arguments)}", seconds, seconds / bare))
        numbers[" ".join(arguments)] = seconds
    table(
        f"Start, median of {RUNS} (goals: --help < 0.6 s, effects list < 0.5 s)",
        ("command", "s", "of bare"),
        rows,
    )
    keep("startup", numbers)


if __name__ == "__main__":
    main()
