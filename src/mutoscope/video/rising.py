"""Time stamps that rise, whatever the file says."""

from fractions import Fraction

from mutoscope.video.info import VideoInfo

__all__ = ["rising", "usual_step"]


def usual_step(info: VideoInfo) -> int:
    """Give the usual distance of two frames, in units of the film's time base, at least one."""
    rate = info.frame_rate or Fraction(25)
    return max(1, round(1 / (rate * info.time_base)))


def rising(pts: int | None, last: int | None, step: int) -> int:
    """Give a time stamp that is larger than the last one: some files repeat one or leave it out."""
    if pts is None:
        return 0 if last is None else last + step
    return pts if last is None or pts > last else last + 1
