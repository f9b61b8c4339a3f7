"""A hundred small jobs while the server is killed (kill -9) at random: nothing lost, nothing double, the same bytes.

The same jobs run twice: undisturbed, and through the kills. Both with a data folder of their own, so nothing is taken
from one run to the other. Arguments: number of kills (30), number of jobs (100).
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from common import keep, table

from mutoscope.testing.media import make_clip, make_picture

BIN = Path(sys.executable).parent
TOKEN = "token-of-the-benchmark-0123456789"
FINAL = ("done", "partial", "failed", "cancelled")
QUICK = {"backbone": "tiny", "iterations": 3, "iterations_next": 2, "coarsest": 16, "piece_frames": 2}


class Server:
    def __init__(self, folder: Path) -> None:
        self.folder, self.process, self.url = folder, None, ""
        self.port = "0"

    def start(self) -> None:
        token_file = self.folder / "token"
        token_file.write_text(TOKEN)
        token_file.chmod(0o600)
        command = [BIN / "mutoscope", "serve", "--port", self.port, "--data", self.folder / "data"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "MUTOSCOPE_DATA": str(self.folder / "home")}
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [*map(str, command), "--token-file", str(token_file)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment,
            )
        line = self.process.stdout.readline()
        assert line.startswith("Mutoscope is at "), (self.folder / "log").read_text()[-2000:]
        self.url = line.split()[-1].rstrip("/")
        self.port = self.url.rpartition(":")[2]

    def end(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        self.process.wait()
        self.process.stdout.close()

    def ask(self, method: str, path: str, body: object = None, key: str = "") -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        headers |= {"Idempotency-Key": key} if key else {}
        raw = body
        if body is not None and not isinstance(body, bytes):
            raw, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        elif body is not None:
            headers["Content-Type"] = "application/octet-stream"
        request = urllib.request.Request(self.url + path, data=raw, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def jobs(self) -> list[dict]:
        found, cursor = [], ""
        while True:
            told = json.loads(self.ask("GET", f"/api/jobs?limit=200{cursor}")[1])
            found += told["jobs"]
            if told["next"] is None:
                return found
            cursor = f"&cursor={told['next']}"


def wishes(clip: str, style: str, number: int) -> list[dict]:
    """Give the requests: four kinds of work, each with another seed or strength."""
    found = []
    for index in range(number):
        kind = index % 4
        source = {"source": clip}
        if kind == 0:
            made = {"kind": "filter", "parameters": {"name": "great-wave", "strength": 0.2 + index / 1000}}
        elif kind == 1:
            made = {"kind": "stylize", "parameters": {"style": f"media:{style}", **QUICK, "seed": index}}
        elif kind == 2:
            made = {"kind": "datamosh", "parameters": {"mode": "noise", "seed": index}}
        else:
            made = {
                "kind": "recipe",
                "recipe": {"step": [{"effect": "frame.identity"}], "film": {"crf": 10 + index % 30}},
            }
            source = {"source": [clip]}
        found.append({"inputs": source, "sign": False, **made})
    return found


def run(folder: Path, number: int, kills: int, chance: random.Random) -> dict:
    """Run the jobs; give digests of results by the number of the request, and what was counted."""
    folder.mkdir(parents=True)
    server = Server(folder)
    server.start()
    clip = make_clip(folder / "clip.mp4", width=46, height=34, num_frames=6)
    style = make_picture(folder / "style.png")
    ids = [
        json.loads(server.ask("POST", f"/api/media?name={one.name}", one.read_bytes())[1])["id"]
        for one in (clip, style)
    ]
    asked: dict[int, str] = {}
    done_kills, began = 0, time.monotonic()
    waiting = dict(enumerate(wishes(*ids, number)))
    gap = 0.0
    while True:
        with contextlib.suppress(OSError, ValueError):
            for index in list(waiting)[:4]:
                # Sent again under the same key where nobody knows whether it arrived.
                status, body = server.ask("POST", "/api/jobs", waiting[index], f"job-{index}")
                if status == 202:
                    asked[index] = json.loads(body)["id"]
                    del waiting[index]
        if done_kills < kills and time.monotonic() > gap:
            server.end(signal.SIGKILL)
            server.start()
            done_kills += 1
            gap = time.monotonic() + chance.uniform(2.0, 14.0)
        told = server.jobs()
        if not waiting and all(one["state"] in FINAL for one in told):
            if done_kills >= kills:
                break
            gap = 0.0
        time.sleep(0.2)
    seconds = time.monotonic() - began
    results = {index: results_of(server, job) for index, job in asked.items()}
    told = server.jobs()
    server.end(signal.SIGTERM)
    return {
        "results": results,
        "jobs": len(told),
        "states": {one["state"] for one in told},
        "kills": done_kills,
        "seconds": seconds,
    }


def results_of(server: Server, job: str) -> list[str]:
    """Give the digests of what a job has made, manifests left out: they tell the time."""
    told = json.loads(server.ask("GET", f"/api/jobs/{job}/results")[1])
    found = [one for one in told.get("results", ()) if one["role"] == "result"]
    return [hashlib.sha256(server.ask("GET", one["href"])[1]).hexdigest() for one in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", nargs="?", type=int, default=30)
    parser.add_argument("jobs", nargs="?", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as temp:
        calm = run(Path(temp) / "calm", said.jobs, 0, random.Random(said.seed))
        wild = run(Path(temp) / "wild", said.jobs, said.kills, random.Random(said.seed))
    equal = sum(calm["results"][index] == wild["results"].get(index) != [] for index in calm["results"])
    rows = [
        ["jobs asked for", len(calm["results"]), len(wild["results"])],
        ["jobs there", calm["jobs"], wild["jobs"]],
        ["kill -9 of the server", calm["kills"], wild["kills"]],
        ["states", ", ".join(sorted(calm["states"])), ", ".join(sorted(wild["states"]))],
        ["results", sum(map(len, calm["results"].values())), sum(map(len, wild["results"].values()))],
        ["results double", *(sum(len(one) > 1 for one in run["results"].values()) for run in (calm, wild))],
        ["results with equal bytes", "", equal],
        ["seconds", round(calm["seconds"]), round(wild["seconds"])],
    ]
    table("the server killed at random", ("", "undisturbed", "killed"), [tuple(row) for row in rows])
    keep("service_kills", {str(row[0]): row[1:] for row in rows})


if __name__ == "__main__":
    main()
