"""Drive headless Chromium through its debugging pipe: standard library only. For tests of pages."""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

_START = """
import os, sys
a, b = os.dup({}), os.dup({})
os.dup2(os.dup(a), 3), os.dup2(os.dup(b), 4)
os.execv(sys.argv[1], sys.argv[1:])
"""


def find_browser():
    """Give the path of Chromium or Chrome, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Page:
    """A page in a browser of its own; a context manager."""

    def __init__(self, profile, timeout_s=60):
        self._timeout_s, self._number, self._session = timeout_s, 0, None
        self._buffer, self.said = b"", []
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        command = [
            find_browser(),
            "--headless=new",
            "--remote-debugging-pipe",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            f"--user-data-dir={profile}",
            "about:blank",
        ]
        # The browser talks on 3 and 4, whatever numbers the pipes have here.
        start = _START.format(to_read, to_write)
        self._process = subprocess.Popen(
            [sys.executable, "-c", start, *command],
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)

    def __enter__(self):
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._write)
        os.close(self._read)

    def call(self, method, **params):
        """Send a command of the DevTools protocol and wait for its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]

    def _next(self):
        until = time.monotonic() + self._timeout_s
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0, until - time.monotonic()))
            assert ready, "the browser does not answer"
            part = os.read(self._read, 1 << 16)
            assert part, "the browser has gone"
            self._buffer += part
        text, self._buffer = self._buffer.split(b"\0", 1)
        message = json.loads(text)
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.said.append(json.dumps(params["exceptionDetails"])[:500])
        elif method == "Log.entryAdded":
            self.said.append(params["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.said.append(json.dumps(params["args"])[:500])
        elif method == "Page.javascriptDialogOpening":
            self.said.append(f"dialog: {params['message']}")
        return message

    def resize(self, width, height, *, dark=False):
        """Give the window a size and a colour scheme."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, path):
        """Load a file and wait until it is there."""
        self.call("Page.navigate", url=path.absolute().as_uri())
        while self.run("document.readyState !== 'complete' || location.href === 'about:blank'"):
            select.select([], [], [], 0.02)
        self.settle()

    def settle(self):
        """Wait until what is to be drawn is drawn."""
        self.run(
            "new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(done), 60)))"
        )

    def run(self, expression):
        """Evaluate JavaScript; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key):
        """Press a key."""
        text = key if len(key) == 1 else None
        extra = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **extra)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def mouse(self, kind, x, y, **more):
        """Move, press or release the mouse."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def picture(self):
        """Give a PNG of what is seen."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
