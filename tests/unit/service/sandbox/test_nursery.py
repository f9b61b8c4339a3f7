"""A child does no harm, and whatever becomes of it is told."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mutoscope.service.sandbox.jail import Jail, capabilities
from mutoscope.service.sandbox.nursery import Nursery

TESTS = str(Path(__file__).parents[3])
needs_landlock = pytest.mark.skipif(capabilities()["files"].startswith("not"), reason="the kernel has no Landlock")
needs_seccomp = pytest.mark.skipif(capabilities()["network"].startswith("not"), reason="the kernel has no seccomp")


@pytest.fixture(scope="module")
def nursery(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", TESTS)
        patch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
        patch.setenv("MUTOSCOPE_DROPBOX_TOKEN", "hush")
        one = Nursery([], "test", folder=tmp_path_factory.mktemp("nursery"))
        one.start()
        yield one
        one.stop()


def last(nursery, name, jail=None, *, seconds=20.0, **args):
    child = nursery.begin(f"sandbox_misdeeds:{name}", args, jail or Jail(), seconds=seconds)
    *_, final = child.messages()
    return final


def is_gone(pid):
    """Whether a process has ended, or waits only to be buried by whoever adopts orphans."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def test_a_result_comes_back(nursery):
    assert last(nursery, "chatter", number=3) == {"type": "done", "result": {"last": 3}}


def test_messages_come_in_order_before_the_result(nursery):
    found = list(nursery.begin("sandbox_misdeeds:chatter", {"number": 500}, Jail()).messages())

    assert [one["number"] for one in found[:-1]] == list(range(500))


def test_what_is_no_text_is_sent_all_the_same_and_prints_go_to_the_log(nursery, tmp_path):
    log = tmp_path / "log"
    first, final = nursery.begin("sandbox_misdeeds:mumble", {}, Jail(), log=log).messages()

    assert first == {"type": "progress", "text": "é?\n", "number": 1}
    assert final["type"] == "done"
    assert log.read_text() == "to the log\n"


@needs_landlock
def test_only_what_is_given_can_be_read(nursery, tmp_path):
    given, other = tmp_path / "given", tmp_path / "other"
    for path in (given, other):
        path.write_bytes(b"12345")

    assert last(nursery, "read", Jail(reads=[given]), path=str(given))["result"] == {"bytes": 5}
    for path in (other, "/etc/passwd", "/etc/shadow", f"/proc/{os.getpid()}/environ"):
        final = last(nursery, "read", Jail(reads=[given]), path=str(path))
        assert (final["type"], final["error"]) == ("failed", "PermissionError")


@needs_landlock
def test_only_what_is_given_can_be_written(nursery, tmp_path):
    place, other = tmp_path / "place", tmp_path / "other"
    for folder in (place, other):
        folder.mkdir()

    assert last(nursery, "write", Jail(writes=[place]), path=str(place / "new"))["type"] == "done"
    for path in (other / "new", tmp_path / "new", "/tmp/new-of-mutoscope"):
        assert last(nursery, "write", Jail(reads=[tmp_path], writes=[place]), path=str(path))["type"] == "failed"
    assert not (other / "new").exists()


@needs_seccomp
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_UNIX"])
def test_there_are_no_sockets(nursery, family):
    assert last(nursery, "reach", family=family)["error"] == "PermissionError"
    if family in ("AF_INET", "AF_UNIX"):
        assert last(nursery, "reach", Jail(network=True), family=family)["type"] == "done"


@needs_seccomp
def test_no_program_and_no_process_is_started_unless_that_is_allowed(nursery):
    assert last(nursery, "start", program="/usr/bin/true")["type"] == "failed"
    assert last(nursery, "fork")["error"] == "PermissionError"
    assert last(nursery, "threads")["result"] == {"found": [1]}
    allowed = Jail(processes=True)
    assert last(nursery, "start", allowed, program="/usr/bin/true")["result"] == {"code": 0}
    assert last(nursery, "fork", allowed)["type"] == "done"


@needs_seccomp
def test_nobody_else_is_signalled_and_no_rights_are_opened(nursery, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("secret")
    mine.chmod(0o600)

    assert last(nursery, "signal_somebody", pid=nursery.pid)["error"] == "PermissionError"
    assert last(nursery, "open_rights", Jail(reads=[mine]), path=str(mine))["error"] == "PermissionError"
    assert mine.stat().st_mode & 0o777 == 0o600


@needs_seccomp
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
@pytest.mark.parametrize(
    ("name", "number"), [("ptrace", 101), ("mount", 165), ("keyctl", 250), ("bpf", 321), ("io_uring_setup", 425)]
)
@pytest.mark.parametrize("jail", [Jail(), Jail(network=True, processes=True)], ids=["decoder", "job"])
def test_calls_of_no_business_are_refused(nursery, name, number, jail):
    assert last(nursery, "call", jail, number=number)["result"] == {"errno": errno.EPERM}, name


def test_memory_has_an_end(nursery):
    final = last(nursery, "eat", Jail(memory_bytes=256 << 20))

    assert (final["type"], final["error"]) == ("failed", "MemoryError")


def test_files_have_an_end(nursery, tmp_path):
    final = last(nursery, "fill", Jail(writes=[tmp_path], file_bytes=1 << 20), path=str(tmp_path / "big"), size=8 << 20)

    assert final["type"] in ("failed", "died")
    assert (tmp_path / "big").stat().st_size == 1 << 20


def test_an_endless_loop_ends_at_its_time(nursery):
    start = time.monotonic()
    final = last(nursery, "loop", seconds=0.4)

    assert final == {"type": "died", "exit": -signal.SIGKILL, "reason": "time"}
    assert time.monotonic() - start < 5


def test_computing_has_an_end_of_its_own(nursery):
    final = last(nursery, "loop", Jail(cpu_seconds=1))

    assert (final["reason"], final["exit"]) == ("crash", -signal.SIGXCPU)


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [("abort", {}, -signal.SIGABRT), ("segfault", {}, -signal.SIGSEGV), ("leave", {"code": 7}, 7)],
)
def test_a_crash_is_told(nursery, name, args, code):
    assert last(nursery, name, **args) == {"type": "died", "exit": code, "reason": "crash"}


def test_a_flood_of_nonsense_is_cut_off(nursery):
    assert last(nursery, "flood")["reason"] == "flood"


def test_babble_is_passed_over(nursery):
    assert list(nursery.begin("sandbox_misdeeds:babble", {}, Jail()).messages()) == [
        {"type": "done", "result": {"said": True}}
    ]


def test_a_refusal_names_no_place_of_this_machine(nursery, tmp_path):
    path = tmp_path / "film.mp4"
    path.touch()

    final = last(nursery, "refuse", Jail(reads=[path]), path=str(path))

    assert final["problem"] == {"name": "media-refused", "detail": "film.mp4 is no film; give another."}
    assert "trace" not in final


def test_our_own_mistake_tells_the_log_and_not_the_person(nursery):
    final = last(nursery, "wrong")

    assert final["problem"] == {
        "name": "internal",
        "detail": "internal error (KeyError); the server's log tells more.",
    }
    assert "sandbox_misdeeds.py" in final["trace"]


def test_secrets_stay_outside_and_what_is_temporary_is_private(nursery):
    told = last(nursery, "environment")["result"]
    again = last(nursery, "environment")["result"]

    assert "hush" not in json.dumps(told)
    assert told["variables"]["TMPDIR"] == told["variables"]["HOME"] == told["folder"] != again["folder"]
    assert not Path(told["folder"]).exists()
    assert told["open"] == 5  # three of the usual, the channel, and the listing itself


def test_decoders_get_as_many_processors_as_are_lent(nursery):
    assert last(nursery, "environment", Jail(cores=1))["result"]["processors"] == 1


def test_variables_of_its_own_are_set(nursery):
    child = nursery.begin("sandbox_misdeeds:environment", {}, Jail(), environment={"MUTOSCOPE_DATA": "/x"})
    *_, final = child.messages()

    assert final["result"]["variables"]["MUTOSCOPE_DATA"] == "/x"


def test_it_can_be_stopped_and_killed(nursery):
    for way, code in (("stop", -signal.SIGTERM), ("kill", -signal.SIGKILL)):
        child = nursery.begin("sandbox_misdeeds:sleep", {}, Jail())
        getattr(child, way)()
        *_, final = child.messages()
        assert final == {"type": "died", "exit": code, "reason": "crash"}


def test_what_it_started_ends_with_it(nursery):
    child = nursery.begin("sandbox_misdeeds:descend", {}, Jail(processes=True))
    messages = child.messages()
    below = next(messages)["pid"]
    child.kill()
    list(messages)

    assert is_gone(below)


def test_a_killed_nursery_takes_its_children_along_and_comes_back(nursery):
    child = nursery.begin("sandbox_misdeeds:sleep", {}, Jail())
    pid, before = child.pid, nursery.pid
    os.kill(before, signal.SIGKILL)
    *_, final = child.messages()

    assert final == {"type": "died", "exit": None, "reason": "nursery"}
    assert is_gone(pid)
    assert last(nursery, "chatter", number=1)["type"] == "done"
    assert nursery.pid != before


def test_it_has_one_thread(nursery):
    assert len(list(Path(f"/proc/{nursery.pid}/task").iterdir())) == 1


def test_all_end_when_the_server_is_killed(tmp_path):
    script = f"""
import time
from pathlib import Path
from mutoscope.service.sandbox.jail import Jail
from mutoscope.service.sandbox.nursery import Nursery
one = Nursery([], "test", folder=Path({str(tmp_path)!r}))
child = one.begin("sandbox_misdeeds:sleep", {{}}, Jail())
print(one.pid, child.pid, flush=True)
time.sleep(600)
"""
    environment = {**os.environ, "PYTHONPATH": TESTS}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment) as server:
        pids = [int(word) for word in server.stdout.readline().split()]
        assert len(list(tmp_path.iterdir())) == 1
        server.kill()

    assert all(is_gone(pid) for pid in pids)
    assert list(tmp_path.iterdir()) == []
