"""Processes that work on one queue and are killed or halted at random: what tests and benchmarks look at afterwards.

    python queue_storm.py DATABASE_URL WORKERS STRIKES SEED

Prints how many strikes hit. A worker that was killed is started again under its name, as a service manager would.
"""

import contextlib
import os
import random
import signal
import sys
import time

from mutoscope.service.database.open import open_database
from mutoscope.service.jobs.queue import LeaseLost, Queue, Used

LEASE_S = 0.35
HALT_S = 0.5  # longer than a lease: who wakes up again has lost its job
LONGEST_S = 0.02


def work(url: str, name: str, seed: int) -> None:
    """Work until nothing is queued and nothing runs."""
    chance = random.Random(seed)
    database = open_database(url)
    queue = Queue(database)
    queue.reclaim(name)
    while queue.counts():
        job = queue.claim(name, ("preview", "batch"), LEASE_S)
        if job is None:
            queue.reclaim()
            time.sleep(0.01)
            continue
        with contextlib.suppress(LeaseLost):
            time.sleep(chance.uniform(0, LONGEST_S))
            queue.progress(job.id, job.fence, {"done": 1})
            if chance.random() < 0.05:
                queue.give_back(job.id, job.fence)
                continue
            used = Used(frames=1, cost=1.0, currency="USD")
            queue.finish(job.id, job.fence, "done", result={"fence": job.fence}, used=used)
    database.close()


def start(url: str, name: str, seed: int) -> int:
    pid = os.fork()  # nothing is open here yet: neither a thread nor a connection
    if pid == 0:
        code = 1
        try:
            work(url, name, seed)
            code = 0
        finally:
            os._exit(code)
    return pid


def storm(url: str, num_workers: int, num_strikes: int, seed: int) -> tuple[int, int]:
    chance = random.Random(seed)
    pids = {f"w{n}": start(url, f"w{n}", seed + n) for n in range(num_workers)}
    kills, halts = 0, 0
    for strike in range(num_strikes):
        time.sleep(chance.uniform(0.01, 0.08))
        name = chance.choice(sorted(pids))
        if os.waitpid(pids[name], os.WNOHANG)[0]:  # it has ended: nothing is left to do
            pids.pop(name)
            break
        if chance.random() < 0.08:
            os.kill(pids[name], signal.SIGSTOP)
            time.sleep(HALT_S)
            os.kill(pids[name], signal.SIGCONT)
            halts += 1
        else:
            os.kill(pids[name], signal.SIGKILL)
            os.waitpid(pids[name], 0)
            pids[name] = start(url, name, seed + 1000 + strike)
            kills += 1
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids.values()]
    assert not any(codes), codes
    return kills, halts


if __name__ == "__main__":
    print(*storm(sys.argv[1], *map(int, sys.argv[2:])))
