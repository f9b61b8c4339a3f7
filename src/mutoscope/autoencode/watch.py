"""The watch: looks at the same frames again and again, keeps the best moment, and goes back when they suffer."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from torch import Tensor

from mutoscope.autoencode.phases import Phase

__all__ = ["Reading", "Verdict", "Watch"]

Verdict = Literal["go on", "best", "go back"]

_COMFORT = 0.7
"""Share of the dB that may be lost beyond which the push is lowered."""
_ROOM = 0.4
"""Share below which it is raised again."""
_SOFTER, _HARDER = 0.8, 1.1
_MOST_FALLS = 4
_COLLAPSE_DB = 4.0
"""A training that is adversarial throughout may swing by so much."""


@dataclass(frozen=True)
class Reading:
    """What the frames that are watched look like.

    Attributes:
        psnr: mean of the frames, dB.
        spectrum: distance of the power spectrum from the film's, dB.

    """

    psnr: float
    spectrum: float

    @property
    def is_finite(self) -> bool:
        """Whether both are numbers."""
        return math.isfinite(self.psnr) and math.isfinite(self.spectrum)


@dataclass
class Watch:
    """Remembers the end of the first phase and the best moment since, and says when to go back.

    Attributes:
        give_up_db: how many dB of PSNR the finish may cost.
        push: how hard the discriminator may push, 0..1.
        falls: how often the frames fell too far.
        given_up: why the discriminator may not push any more; empty while it may.
        before: the end of the first phase, read.
        best: the best moment of this phase, read.
        kept_before: networks at the end of the first phase.
        kept_best: networks of the best moment.

    """

    give_up_db: float
    push: float = 1.0
    falls: int = 0
    given_up: str = ""
    before: Reading | None = None
    best: Reading | None = None
    kept_before: dict[str, Tensor] = field(default_factory=dict)
    kept_best: dict[str, Tensor] = field(default_factory=dict)

    def judge(self, phase: Phase | None, reading: Reading) -> Verdict:
        """Say what to do after a look.

        In the first phase the highest PSNR is the best; in the finish the nearest spectrum among those moments that
        cost little enough; in a training that is adversarial throughout the newest, as long as frames do not collapse.
        """
        if phase == "finish":
            return self._judge_finish(reading)
        lowest = -math.inf if self.best is None or phase != "larsen" else self.best.psnr - _COLLAPSE_DB
        if not reading.is_finite or reading.psnr < lowest:
            self.falls += 1
            return "go back"
        return "best" if phase == "larsen" or self.best is None or reading.psnr >= self.best.psnr else "go on"

    def _judge_finish(self, reading: Reading) -> Verdict:
        assert self.before is not None
        cost = self.before.psnr - reading.psnr
        if not reading.is_finite or cost > self.give_up_db:
            self.falls += 1
            self.push *= 0.5
            if self.falls >= _MOST_FALLS:
                self.push = 0.0
                self.given_up = self._why(reading)
            return "go back"
        if cost > _COMFORT * self.give_up_db:
            self.push *= _SOFTER
        elif cost < _ROOM * self.give_up_db:
            self.push = min(1.0, self.push * _HARDER)
        return "best" if self.best is None or reading.spectrum <= self.best.spectrum else "go on"

    def begin_finish(self, reading: Reading, kept: Mapping[str, Tensor]) -> None:
        """Remember the end of the first phase, the best moment of it."""
        self.before = self.best = reading
        self.kept_before = self.kept_best = dict(kept)
        self.push, self.falls, self.given_up = 1.0, 0, ""

    def begin_again(self, now: Mapping[str, Tensor]) -> None:
        """Forget the finish: a longer time was asked for, and the first phase goes on from these networks."""
        self.before = self.best = None
        self.kept_before, self.kept_best = {}, dict(now)
        self.falls = 0

    def reason_to_roll_back(self, final: Mapping[str, float], before: Mapping[str, float]) -> str:
        """Say why the end of the first phase is better than the finish, by what was measured of both; or nothing."""
        if before["psnr"] - final["psnr"] > self.give_up_db:
            return f"the finish cost {before['psnr'] - final['psnr']:.1f} dB, more than {self.give_up_db:g}"
        if final["spectrum"] >= before["spectrum"]:
            return f"the finish brought the power spectrum no nearer to the film's ({before['spectrum']:.2f} dB off)"
        return ""

    def numbers(self) -> dict[str, Any]:
        """Give all but the networks, as JSON has it."""
        readings = {"before": self.before, "best": self.best}
        plain = {name: None if value is None else asdict(value) for name, value in readings.items()}
        return {"push": self.push, "falls": self.falls, "given_up": self.given_up, **plain}

    def recall(self, numbers: Mapping[str, Any]) -> None:
        """Take what `numbers` gave."""
        self.push, self.falls, self.given_up = numbers["push"], numbers["falls"], numbers["given_up"]
        self.before, self.best = (
            None if numbers[name] is None else Reading(**numbers[name]) for name in ("before", "best")
        )

    def _why(self, reading: Reading) -> str:
        if not reading.is_finite:
            return "numbers were not finite in the finish"
        return f"the discriminator cost more than {self.give_up_db:g} dB again and again"
