"""What a job's process tells while it works: how far it is, four times a second at most, and a picture a second."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutoscope.core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PREVIEWS_KEPT", "Reporter", "Showing", "preview_name"]

_EVERY_S = 0.25
_SHOW_EVERY_S = 1.0
_MOST_PX = 640

PREVIEWS_KEPT = 20
"""So many pictures are kept beside the first one, the latest."""

Tell = Callable[[Mapping[str, Any]], None]


def preview_name(number: int) -> str:
    """Name the file of a preview picture."""
    return f"preview-{number:06d}.jpg"


@dataclass
class _Pace:
    """When a stage began and how far it was then."""

    began: float
    first: int
    last: int

    def rate(self, done: int, now: float) -> float:
        """Units a second since the stage began; 0 where nobody knows yet."""
        if done < self.last:  # the stage starts anew: the first frame of the next shot
            self.began, self.first = now, done
        self.last = done
        return (done - self.first) / (now - self.began) if now > self.began else 0.0


class Reporter:
    """A listener that tells a few of the progress records, always the last one of each stage."""

    def __init__(self, tell: Tell, clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._clock = tell, clock
        self._lock = threading.Lock()
        self._paces: dict[str, _Pace] = {}
        self._told_at = -_EVERY_S
        self._waiting: dict[str, Any] | None = None

    def __call__(self, progress: Progress) -> None:
        """Take a record."""
        with self._lock:
            now = self._clock()
            if self._waiting is not None and self._waiting["stage"] != progress.stage:
                self._send(now)
            pace = self._paces.setdefault(progress.stage, _Pace(now, progress.done, progress.done))
            rate = pace.rate(progress.done, now)
            left = None if not rate or not progress.total else max(0.0, (progress.total - progress.done) / rate)
            self._waiting = {
                "stage": progress.stage,
                "done": progress.done,
                "total": progress.total,
                "unit": progress.unit,
                "rate": round(rate, 3),
                "seconds_left": None if left is None else round(left, 1),
            }
            if now - self._told_at >= _EVERY_S:
                self._send(now)

    def flush(self) -> None:
        """Tell what waits."""
        with self._lock:
            self._send(self._clock())

    def _send(self, now: float) -> None:
        if self._waiting is not None:
            self._tell({"type": "progress", "progress": self._waiting})
            self._told_at, self._waiting = now, None


class Showing:
    """Takes frames that are made; keeps one a second as a small picture, the first one at once."""

    def __init__(self, folder: Path, tell: Tell, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._tell, self._clock = folder, tell, clock
        self._lock = threading.Lock()
        kept = sorted(folder.glob("preview-*.jpg"))
        self._number = int(kept[-1].stem.rpartition("-")[2]) if kept else 0
        self._shown_at = -_SHOW_EVERY_S

    def __call__(self, pixels_CHW: "Tensor", seconds: float | None) -> None:
        """Take a frame: sRGB, 0..1, and its time in s."""
        # Who makes frames does not wait for another thread's picture.
        if not self._lock.acquire(blocking=False):
            return
        try:
            now = self._clock()
            if now - self._shown_at >= _SHOW_EVERY_S:
                self._shown_at = now
                self._keep(pixels_CHW, seconds)
        finally:
            self._lock.release()

    def _keep(self, pixels_CHW: "Tensor", seconds: float | None) -> None:
        from mutoscope.core.clip import Clip
        from mutoscope.video.picture import save_picture, scale_picture

        clip = Clip(pixels_CHW.detach().float().cpu()[None].clamp(0, 1), (0,), Fraction(1))
        height, width = clip.size
        share = min(1.0, _MOST_PX / max(height, width))
        clip = scale_picture(clip, (max(1, round(width * share)), max(1, round(height * share))))
        self._number += 1
        final = self._folder / preview_name(self._number)
        temp = final.with_name(f".{final.name[:-4]}.part.jpg")
        save_picture(clip, temp)
        temp.replace(final)
        if self._number > PREVIEWS_KEPT + 1:
            (self._folder / preview_name(self._number - PREVIEWS_KEPT)).unlink(missing_ok=True)
        self._tell({"type": "preview", "number": self._number, "seconds": seconds})
