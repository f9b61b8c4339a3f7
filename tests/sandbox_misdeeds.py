"""What a decoder that was taken over might try; run inside of the sandbox by its tests."""

import ctypes
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from mutoscope.core.errors import InputError
from mutoscope.service.sandbox.child import tell

__all__ = []


def read(path):
    return {"bytes": len(Path(path).read_bytes())}


def write(path):
    return {"bytes": Path(path).write_bytes(b"x" * 1000)}


def fill(path, size):
    with Path(path).open("wb") as file:
        file.writelines(bytes(1 << 16) for _ in range(size >> 16))
    return {}


def reach(family):
    with socket.socket(getattr(socket, family)):
        return {}


def start(program):
    return {"code": subprocess.run([program], check=False).returncode}


def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return {"pid": pid}


def signal_somebody(pid):
    os.kill(pid, signal.SIGKILL)
    return {}


def open_rights(path):
    Path(path).chmod(0o777)
    return {}


def eat():
    kept = []
    while True:
        kept.append(bytearray(64 << 20))


def loop():
    while True:
        pass


def sleep():
    time.sleep(600)


def abort():
    os.abort()


def segfault():
    ctypes.string_at(1)


def leave(code):
    os._exit(code)


def refuse(path):
    raise InputError(f"{path} is no film; give another.")


def wrong():
    return {}["nothing"]


def environment():
    return {
        "variables": dict(os.environ),
        "folder": str(Path.cwd()),
        "open": len(os.listdir("/proc/self/fd")),
        "processors": len(os.sched_getaffinity(0)),
    }


def call(number):
    """Make a call of the kernel by its number; gives the error."""
    libc = ctypes.CDLL(None, use_errno=True)
    failed = libc.syscall(number, 0, 0, 0, 0, 0) == -1
    return {"errno": ctypes.get_errno() if failed else 0}


def threads():
    found = []
    one = threading.Thread(target=found.append, args=[1])
    one.start()
    one.join()
    return {"found": found}


def chatter(number):
    for one in range(number):
        tell({"type": "progress", "number": one})
    return {"last": number}


def mumble():
    tell({"type": "progress", "text": "é\udcff\n", "number": 1})
    print("to the log", flush=True)
    return {}


def flood():
    from mutoscope.service.sandbox import child

    while True:
        child._channel.sendall(b"x" * (1 << 20))


def babble():
    from mutoscope.service.sandbox import child

    for line in (b"[" * 1_000_000, b'{"type": 7}', b"[1]", b"\xff\xfe", b"", b'{"type": ["done"]}', b"nothing"):
        child._channel.sendall(line + b"\n")
    return {"said": True}


def descend():
    pid = os.fork()
    if pid == 0:
        time.sleep(600)
    tell({"type": "progress", "pid": pid})
    time.sleep(600)
