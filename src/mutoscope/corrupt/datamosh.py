"""The effect that breaks a film between encoder and decoder."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

import torch
from torch import Tensor

from mutoscope.core.ahead import run_ahead
from mutoscope.core.clip import Clip
from mutoscope.corrupt.datamosh_params import DatamoshParams
from mutoscope.corrupt.mosh_modes import MODES, Encoders
from mutoscope.corrupt.mosh_moments import moments
from mutoscope.effects.protocol import Context, Memory
from mutoscope.video.mosh import MoshDecoder

__all__ = ["Datamosh"]


class Datamosh:
    """Break a film between encoder and decoder; every frame that comes in goes out, at its own time.

    Reading and encoding run ahead in a thread of their own while packets are decoded. The side input "motion" is the
    second film of melt and transplant; it is followed by time from its own beginning, and begins again at its end.
    """

    analyses: ClassVar[tuple[str, ...]] = ("shots",)
    reads_ahead: ClassVar[int] = 4

    def __init__(self, params: DatamoshParams) -> None:
        self.params = params

    @property
    def memory(self) -> Memory:
        """A lost keyframe lets the picture live on in the next shot; elsewhere a cut heals."""
        return "film" if self.params.mode in ("melt", "transplant") else "shot"

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the broken clips.

        Raises:
            ParameterError: the mode needs a second film or a cut, and there is none; or it would change nothing.
            InputError: nothing moves in the second film.

        """
        told = MODES[self.params.mode](moments(clips, ctx), Encoders(self.params), self.params, ctx)
        decoder: MoshDecoder | None = None
        for m, packets in run_ahead(told, depth=1):
            if packets is None:
                decoder = None
                yield m.frame
                continue
            if decoder is None:
                decoder = MoshDecoder(m.frame.size, self.params.mosh_codec)
            for packet in packets:
                decoder.decode(packet)
            yield _mixed(m.frame, decoder.picture, self.params.at(m.seconds).strength)


def _mixed(frame: Clip, broken_CHW: Tensor | None, strength: float) -> Clip:
    if broken_CHW is None or strength == 0:
        return frame
    broken_1CHW = broken_CHW[None]
    return frame.with_pixels(
        broken_1CHW if strength == 1 else torch.lerp(frame.pixels_TCHW, broken_1CHW, strength).clamp_(0, 1)
    )
