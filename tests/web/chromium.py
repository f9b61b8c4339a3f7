"""Which browser drives the page, and how it is started: without a network."""

import os
import shutil

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def find_chromium() -> str | None:
    """Give the Chromium of this machine."""
    return os.environ.get("MUTOSCOPE_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
