"""Jobs of the real server: the bytes of the command line, events without gaps, and nothing lost when it is killed."""

import contextlib
import itertools
import json
import os
import signal
import socket
import threading
import time
from fractions import Fraction
from pathlib import Path

import pytest

from mutoscope.testing.media import Sound, make_clip, make_picture
from service_client import running_service

QUICK = {"backbone": "tiny", "iterations": 3, "iterations_next": 2, "coarsest": 16}
SLOW = {**QUICK, "iterations": 20, "iterations_next": 80, "piece_frames": 2}
_seeds = itertools.count(1)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    clip = make_clip(folder / "clip.mp4", width=46, height=34, num_frames=8, sounds=[Sound(seconds=Fraction(1, 4))])
    return clip, make_picture(folder / "style.png")


@pytest.fixture(scope="module")
def served(tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUTOSCOPE_DATA", str(folder / "home"))
        patch.setenv("MUTOSCOPE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        with running_service(folder) as service:
            service.clip, service.style = (service.upload(file)["id"] for file in files)
            yield service


def _submit(service, kind, parameters, inputs=None, *, headers=None, **more):
    body = {"kind": kind, "inputs": inputs or {"source": service.clip}, "parameters": parameters, **more}
    answer = service.ask("POST", "/api/jobs", body, headers)
    assert answer.status == 202, answer.body
    assert answer.headers["location"] == f"/api/jobs/{answer.json()['id']}"
    assert int(answer.headers["retry-after"]) >= 1
    return answer.json()["id"]


def _stylized(service, **more):
    """Submit some seconds of work that nobody has done before."""
    params = {"style": f"media:{service.style}", **SLOW, "seed": next(_seeds), **more}
    return _submit(service, "stylize", params, sign=False)


def _result(service, job):
    return service.ask("GET", f"/api/jobs/{job}/result").body


def _until(service, job, is_so, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        told = service.ask("GET", f"/api/jobs/{job}").json()
        if is_so(told):
            return told
        time.sleep(0.02)
    raise AssertionError(f"it never was so: {told}\n{service.log()[-2000:]}")


def _frames(told):
    progress = told["progress"]
    return progress["done"] if progress and progress["stage"] == "frames" else 0


def _events(text):
    """Read a stream; gives (id, event, data)."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "id" in fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def test_a_job_gives_the_bytes_of_the_command_line(served, files, tmp_path, mutoscope_command):
    job = _submit(served, "filter", {"name": "great-wave", "strength": "0s:0, 0.3s:1"}, sign=False)
    told = served.wait(job)
    assert told["state"] == "done", told
    done = mutoscope_command(
        "filter", files[0], tmp_path / "out.mp4", "--name", "great-wave", "--strength", "0s:0, 0.3s:1"
    )
    assert done.code == 0
    assert _result(served, job) == (tmp_path / "out.mp4").read_bytes()


def test_a_result_is_told_with_its_manifest_and_no_place_of_the_server(served):
    job = _submit(served, "filter", {"name": "great-wave"}, sign=False)
    told = served.wait(job)
    results = served.ask("GET", f"/api/jobs/{job}/results").json()["results"]
    assert [one["role"] for one in results] == ["result", "manifest"]
    assert results[0]["name"] == "clip-filter.mp4"
    manifest = served.ask("GET", f"/api/jobs/{job}/manifest").json()
    assert manifest["inputs"][0]["path"] == f"media:{served.clip}"
    assert manifest["result"]["sha256"] == results[0]["sha256"]
    around = str(served.data.parent)
    for text in (json.dumps(told), json.dumps(manifest), served.ask("GET", f"/api/jobs/{job}/log").body.decode()):
        assert around not in text
    assert around.encode() not in served.ask("GET", results[1]["href"]).body


def test_a_signed_history_names_films_and_paintings_as_people_do(served):
    style = {"style": f"media:{served.style}", **QUICK, "seed": next(_seeds)}
    done = served.wait(_submit(served, "stylize", style, sign=True))
    result = next(one["id"] for one in done["results"] if one["role"] == "result")
    told = json.dumps(served.ask("GET", f"/api/provenance/{result}").json())
    assert "clip.mp4" in told
    assert "style.png" in told
    assert served.clip not in told
    assert served.style not in told
    assert served.clip not in _result(served, done["id"]).decode("latin-1")


def test_events_tell_states_progress_and_pictures_in_order(served):
    job = _submit(served, "filter", {"name": "great-wave", "strength": 0.4})
    served.wait(job)
    found = _events(served.ask("GET", f"/api/jobs/{job}/events").body.decode())
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1))
    states = [data["state"] for _, event, data in found if event == "state"]
    assert states == ["queued", "running", "done"]
    progress = [data for _, event, data in found if event == "progress"]
    assert progress[-1]["done"] == progress[-1]["total"] == 8
    assert any(event == "preview" for _, event, _ in found)
    picture = served.ask("GET", f"/api/jobs/{job}/preview")
    assert picture.body[:3] == b"\xff\xd8\xff"
    assert picture.headers["content-type"] == "image/jpeg"


def test_the_stream_goes_on_behind_the_last_event_and_ends(served):
    job = _submit(served, "filter", {"name": "great-wave", "strength": 0.4})
    served.wait(job)
    path = f"/api/jobs/{job}/events"
    everything = _events(served.ask("GET", path).body.decode())
    later = _events(served.ask("GET", path, headers={"Last-Event-ID": "2"}).body.decode())
    assert later == everything[2:]
    assert _events(served.ask("GET", f"{path}?after=3").body.decode()) == everything[3:]
    assert served.ask("GET", f"{path}?after={len(everything)}").status == 204


def test_a_hundred_broken_streams_lose_no_event(served):
    """The events of a long job, read by somebody whose connection breaks a hundred times."""
    job = _stylized(served)
    host, _, port = served.url.removeprefix("http://").partition(":")
    seen, broken = [], 0
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        last = seen[-1][0] if seen else 0
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(
                f"GET /api/jobs/{job}/events HTTP/1.1\r\nHost: {host}:{port}\r\n"
                f"Authorization: Bearer {served.token}\r\nLast-Event-ID: {last}\r\n\r\n".encode()
            )
            data = b""
            connection.settimeout(0.15)
            with contextlib.suppress(TimeoutError):
                while part := connection.recv(300):
                    data += part
                    if broken < 100 and len(data) > 900:
                        break  # in the middle of an event
        broken += 1
        whole = data.decode(errors="replace").replace("\r\n", "\n")
        new = [one for one in _told_whole(whole) if one[0] > last]
        seen += new
        if seen and seen[-1][1] == "state" and seen[-1][2]["state"] == "done":
            break
    while broken < 100:  # a job that was done sooner: the rest is read over and over
        served.ask("GET", f"/api/jobs/{job}/events?after={broken % 5}")
        broken += 1
    assert seen == _events(served.ask("GET", f"/api/jobs/{job}/events").body.decode())


def _told_whole(text):
    """Read the events that arrived whole; sizes of chunks stand between them."""
    found = []
    for block in text.split("\n\n")[:-1]:
        lines = [line for line in block.split("\n") if line.startswith(("id: ", "event: ", "data: "))]
        fields = dict(line.split(": ", 1) for line in lines)
        if len(fields) == 3:
            with contextlib.suppress(ValueError):
                found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def test_a_running_job_is_cancelled_within_two_seconds(served):
    job = _stylized(served)
    _until(served, job, lambda told: _frames(told) >= 1)
    began = time.monotonic()
    assert served.ask("POST", f"/api/jobs/{job}/cancel").status == 202
    told = served.wait(job)
    assert told["state"] == "cancelled"
    assert time.monotonic() - began < 2.0
    assert served.ask("POST", f"/api/jobs/{job}/cancel").status in (202, 409)


def test_one_key_makes_one_job_however_often_it_is_sent(served):
    headers = {"Idempotency-Key": "one-key"}
    ids = set()

    def send():
        ids.add(_submit(served, "filter", {"name": "great-wave"}, headers=headers))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 1
    body = {"kind": "filter", "inputs": {"source": served.clip}, "parameters": {"name": "great-wave", "strength": 0.1}}
    other = served.ask("POST", "/api/jobs", body, headers)
    assert other.json()["type"] == "/problems/key-reused"
    served.wait(ids.pop())


def test_a_film_that_breaks_off_is_delivered_as_far_as_it_goes(served, files, tmp_path):
    whole = make_clip(tmp_path / "whole.mkv", width=46, height=34, num_frames=60)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    media = served.upload(cut)["id"]
    job = _submit(served, "filter", {"name": "great-wave"}, {"source": media}, sign=False)
    told = served.wait(job)
    assert told["state"] == "partial", told
    assert told["notices"]
    assert len(_result(served, job)) > 1000


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"inputs": {"source": "m_0000000000000000000000"}}, "/inputs/source"),
        ({"inputs": {}}, "/inputs/source"),
        ({"parameters": {"name": "great-wave", "strength": 2}}, "/parameters/strength"),
        ({"parameters": {"name": "great-wav"}}, "/parameters/name"),
        ({"parameters": {"name": "great-wave", "mask": "/etc/passwd"}}, "/parameters/mask"),
        ({"parameters": {"name": "great-wave", "mask": "media:m_0000000000000000000000"}}, "/parameters/mask"),
        ({"result": {"suffix": ".exe"}}, "/result/suffix"),
        ({"recipe": {"step": []}}, "/recipe"),
        ({"webhook": {"url": "https://example.com/", "secret": "s" * 30}}, "/webhook/url"),
        ({"max_cost": -1}, "/max_cost"),
        ({"nothing": 1}, "/nothing"),
    ],
)
def test_what_is_not_allowed_is_refused_with_a_pointer_to_it(served, change, pointer):
    body = {"kind": "filter", "inputs": {"source": served.clip}, "parameters": {"name": "great-wave"}, **change}
    answer = served.ask("POST", "/api/jobs", body)
    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_what_is_said_wrongly_about_a_painting_is_told_with_its_name(served):
    body = {"kind": "stylize", "inputs": {"source": served.clip}, "parameters": {"style": f"media:{served.style}:x:y"}}
    answer = served.ask("POST", "/api/jobs", body)
    assert answer.status == 422, answer.body
    assert "style.png" in answer.json()["detail"]
    assert served.style not in answer.json()["detail"]


def test_a_picture_is_refused_where_a_film_is_wanted(served):
    body = {"kind": "datamosh", "inputs": {"source": served.style}, "parameters": {}}
    told = served.ask("POST", "/api/jobs", body).json()
    assert told["errors"][0]["pointer"] == "/inputs/source"
    assert "a picture" in told["detail"]


def test_a_preview_of_one_frame_is_a_small_picture(served):
    wish = {"at": "0.1s", "size": 32}
    job = _submit(served, "filter", {"name": "great-wave"}, preview=wish)
    told = served.wait(job)
    assert (told["state"], told["lane"]) == ("done", "preview"), told
    assert told["results"][0]["role"] == "preview"
    assert _result(served, job)[:4] == b"\x89PNG"


def test_frames_are_separated_filtered_and_put_together_again(served):
    first = served.wait(_submit(served, "frames", {}))
    assert (first["state"], first["told"]["pictures"]) == ("done", 8), first
    painted = served.wait(
        _submit(served, "filter_frames", {"name": "great-wave", "frames": [1, 3]}, {"frameset": first["frameset"]})
    )
    assert painted["state"] == "done", painted
    film = _submit(served, "film", {}, {"frameset": painted["frameset"]})
    told = served.wait(film)
    assert (told["state"], told["told"]["frames"]) == ("done", 8), told
    media = served.ask("GET", f"/api/media/{told['results'][0]['id']}").json()
    assert media["name"] == "clip-film.mp4"


def test_a_job_that_has_ended_can_be_removed_with_what_it_made(served):
    job = _submit(served, "filter", {"name": "great-wave"})
    told = served.wait(job)
    assert served.ask("DELETE", f"/api/jobs/{job}").status == 204
    assert served.ask("GET", f"/api/jobs/{job}").status == 404
    assert served.ask("GET", f"/api/media/{told['results'][0]['id']}").status == 404
    assert not (served.data / "jobs" / job).exists()


def test_what_is_unchanged_is_not_sent_again_and_a_change_can_be_waited_for(served):
    job = _stylized(served)
    first = served.ask("GET", f"/api/jobs/{job}")
    answer = served.ask("GET", f"/api/jobs/{job}?wait=30", headers={"If-None-Match": first.headers["etag"]}, timeout=40)
    assert answer.status == 200
    assert answer.headers["etag"] != first.headers["etag"]
    served.ask("POST", f"/api/jobs/{job}/cancel")
    served.wait(job)
    last = served.ask("GET", f"/api/jobs/{job}")
    assert served.ask("GET", f"/api/jobs/{job}", headers={"If-None-Match": last.headers["etag"]}).status == 304


def test_jobs_of_others_are_not_there(served):
    job = _submit(served, "filter", {"name": "great-wave"})
    made = served.ask("POST", "/api/tokens", {"name": "stranger"}).json()
    for method, path in (
        ("GET", ""), ("GET", "/events"), ("GET", "/results"), ("GET", "/manifest"), ("GET", "/preview"),
        ("GET", "/log"), ("POST", "/cancel"), ("POST", "/retry"), ("DELETE", ""),
    ):  # fmt: skip
        answer = served.ask(method, f"/api/jobs/{job}{path}", token=made["secret"])
        assert answer.status == 404, path
    stolen = {"kind": "filter", "inputs": {"source": served.clip}, "parameters": {"name": "great-wave"}}
    assert served.ask("POST", "/api/jobs", stolen, token=made["secret"]).status == 422
    served.wait(job)


def test_jobs_are_found_by_state_kind_and_the_names_of_their_media(served):
    job = _submit(served, "filter", {"name": "great-wave", "strength": 0.123})
    served.wait(job)
    for query in ("state=done", "kind=filter", "search=0.123", "search=clip.mp4", f"search={job}"):
        assert job in [one["id"] for one in served.ask("GET", f"/api/jobs?{query}&limit=200").json()["jobs"]], query
    for query in ("state=failed", "kind=stylize", "search=nothing-like-it"):
        assert job not in [one["id"] for one in served.ask("GET", f"/api/jobs?{query}&limit=200").json()["jobs"]], query


def _children(pid: int) -> set[int]:
    found = set()
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = place.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                child = int(place.parent.name)
                found |= {child} | _children(child)
    return found


@pytest.fixture
def own_service(tmp_path, files, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "home"))
    with running_service(tmp_path) as service:
        service.clip, service.style = (service.upload(file)["id"] for file in files)
        yield service


def test_a_killed_server_goes_on_where_it_was_with_the_same_bytes(
    own_service, files, tmp_path, mutoscope_command, monkeypatch
):
    service = own_service
    job = _stylized(service, seed=7)
    waiting = _submit(service, "filter", {"name": "great-wave"}, sign=False)
    _until(service, job, lambda told: _frames(told) >= 4)
    assert service.process is not None
    children = _children(service.process.pid)
    assert children
    service.kill(signal.SIGKILL)
    end = time.monotonic() + 5
    while any(Path(f"/proc/{child}").exists() and _is_running(child) for child in children):
        assert time.monotonic() < end, "children outlive the server"
        time.sleep(0.05)
    service.restart()
    told = service.wait(job)
    assert told["state"] == "done", told
    assert told["told"]["reused"] >= 1, "finished pieces were computed again"
    assert told["attempts"] == 0
    assert service.wait(waiting)["state"] == "done"
    style, result = files[1], tmp_path / "cli.mp4"
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "fresh"))
    options = [word for name, value in SLOW.items() for word in ("-o", f"{name}={value}")]
    assert mutoscope_command("stylize", files[0], result, "--style", style, "--seed", 7, *options).code == 0
    assert _result(service, job) == result.read_bytes()
    made = service.ask("GET", "/api/media?role=result&limit=200").json()
    items = next(value for value in made.values() if isinstance(value, list))
    assert len(items) == 2, "an output was produced twice"


def _is_running(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_server_that_is_stopped_gives_its_jobs_back_within_ten_seconds(own_service):
    service = own_service
    job = _stylized(service)
    _until(service, job, lambda told: _frames(told) >= 1)
    began = time.monotonic()
    assert service.kill(signal.SIGTERM) == 0
    assert time.monotonic() - began < 10.5
    service.restart()
    assert service.wait(job)["state"] == "done"


def test_a_job_whose_process_dies_three_times_has_failed_and_others_go_on(own_service):
    service = own_service
    job = _stylized(service)
    killed = 0
    for _ in range(3):
        # A new process each time: the old one may still be going down.
        _until(service, job, lambda told, old=killed: _job_process(service, job) not in (0, old))
        killed = _job_process(service, job)
        os.kill(killed, signal.SIGKILL)
    told = service.wait(job)
    assert (told["state"], told["attempts"]) == ("failed", 3)
    assert service.wait(_submit(service, "filter", {"name": "great-wave"}))["state"] == "done"


def _job_process(service, job):
    """Find the process that works in the folder of a job."""
    folder = str(service.data / "jobs" / job)
    assert service.process is not None
    for child in _children(service.process.pid):
        with contextlib.suppress(OSError):
            if str(Path(f"/proc/{child}/cwd").readlink()) == folder:
                return child
    return 0
