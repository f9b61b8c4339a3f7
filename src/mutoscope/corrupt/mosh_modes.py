"""The modes of datamosh: which packets a decoder is given for each frame of a film.

A mode yields for each frame its packets: None where the film is whole and passes as it is, none where the last picture
is held, else those whose last picture is shown. A film is coded only where it is broken: what a decoder needs of the
time before is the frame before, as a keyframe.
"""

import math
from collections.abc import Callable, Iterator

from numpy.random import default_rng

from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.datamosh_params import DatamoshParams, MoshMode
from mutoscope.corrupt.mosh_moments import Chances, Moment, MotionFilm, Starts
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.video.mosh import MoshEncoder
from mutoscope.video.mosh_packets import damage

__all__ = ["MODES", "Encoders", "Mode", "Told"]

Told = tuple[Moment, list[bytes] | None]
Mode = Callable[[Iterator[Moment], "Encoders", DatamoshParams, Context], Iterator[Told]]

_LOST_ONE_OF = 3
_NOISE_PARTS = 8


class Encoders:
    """The encoder of a film; a new one where the size of its frames changes, or where nothing before may count."""

    def __init__(self, params: DatamoshParams) -> None:
        self._params = params
        self._made: tuple[tuple[int, int], MoshEncoder] | None = None

    def forget(self) -> None:
        """Begin with a new one: what an encoder tells of a shot hangs a little on the shots that it has seen."""
        self._made = None

    def of(self, size: tuple[int, int]) -> MoshEncoder:
        """Give the encoder of a size."""
        if self._made is None or self._made[0] != size:
            p = self._params
            parts = _NOISE_PARTS if p.mode == "noise" else 1
            self._made = size, MoshEncoder(size, p.mosh_codec, p.quality, parts=parts)
        return self._made[1]


class _Healing:
    """Says until when the picture stays broken."""

    def __init__(self) -> None:
        self._end = -math.inf

    def begin(self, now: float, length: float | None) -> None:
        self._end = math.inf if length is None else now + length

    def heal(self) -> None:
        self._end = -math.inf

    def is_broken(self, now: float) -> bool:
        return now < self._end - 1e-6


def melt(frames: Iterator[Moment], encoders: Encoders, params: DatamoshParams, ctx: Context) -> Iterator[Told]:
    """Lose keyframes: those of a film's shots, or that of a second film; without either, packets within a shot."""
    way = _melt_into if "motion" in ctx.inputs else _melt_at if params.times else _melt_cuts
    yield from way(frames, encoders, params, ctx)


def _melt_cuts(frames: Iterator[Moment], encoders: Encoders, params: DatamoshParams, ctx: Context) -> Iterator[Told]:
    """Lose the keyframe of every shot but the first."""
    shots: Shots | None = ctx.side.get("shots")
    healing = _Healing()
    for m in frames:
        encode = encoders.of(m.frame.size).encode
        whole = not healing.is_broken(m.seconds)
        if m.before is None:
            _refuse_whole_film(shots)
            healing.heal()
            yield m, None
        elif m.is_cut:
            healing.begin(m.seconds, params.at(m.seconds).length)
            packets = [encode(m.pixels_before, key=True)] if whole else []
            encode(m.pixels, key=True)
            yield m, packets
        else:
            yield m, None if whole else [encode(m.pixels)]


def _melt_at(frames: Iterator[Moment], encoders: Encoders, params: DatamoshParams, ctx: Context) -> Iterator[Told]:
    """Lose the keyframe of a cut that is meant; elsewhere every third packet, in whose place the one before comes."""
    starts, healing = Starts(params.times_s, ctx.side.get("shots")), _Healing()
    count: int | None = None  # packets since it began within a shot
    last = b""
    for m in frames:
        encode = encoders.of(m.frame.size).encode
        if m.is_cut:
            healing.heal()
        whole = not healing.is_broken(m.seconds)
        if starts.reached(m):
            healing.begin(m.seconds, params.at(m.seconds).length)
            packets = [encode(m.pixels_before, key=True)] if whole else []
            count = None if m.is_cut else 0
            last = encode(m.pixels, key=m.is_cut)
            yield m, packets if m.is_cut else [*packets, last]
        elif whole:
            yield m, None
        else:
            packet = encode(m.pixels)
            count = None if count is None else count + 1
            if count is None or count % _LOST_ONE_OF:
                last = packet
            yield m, [last]


def _refuse_whole_film(shots: Shots | None) -> None:
    if shots is not None and not shots.cuts_pts:
        raise ParameterError(
            "the film has no cut whose keyframe could be lost; say when it melts (--at 2s), give a second film, or "
            "take --mode bloom."
        )


def _melt_into(frames: Iterator[Moment], encoders: Encoders, params: DatamoshParams, ctx: Context) -> Iterator[Told]:
    """Lose the keyframe of a second film, from a time on."""
    starts, healing = Starts(params.times_s or (0.0,)), _Healing()
    film: MotionFilm | None = None
    begun_s = 0.0
    for m in frames:
        encode = encoders.of(m.frame.size).encode
        if m.before is None:
            healing.heal()
        whole = not healing.is_broken(m.seconds)
        if starts.reached(m):
            healing.begin(m.seconds, params.at(m.seconds).length)
            packets = [encode(m.pixels_before, key=True)] if whole else []
            film, begun_s = MotionFilm(ctx.inputs.get("motion")), m.seconds
            encode(film.at(0, m.frame.size)[0], key=True)
            yield m, packets
        elif film is None or whole:
            yield m, None
        else:
            moving, is_new = film.at(m.seconds - begun_s, m.frame.size)
            packet = encode(moving, key=is_new)
            yield m, [] if is_new else [packet]


def transplant(frames: Iterator[Moment], encoders: Encoders, params: DatamoshParams, ctx: Context) -> Iterator[Told]:
    """Give keyframes of the film, and between them the motion of another."""
    from_s = params.times_s[0] if params.times else -math.inf
    healing = _Healing()
    film: MotionFilm | None = None
    begun_s = 0.0
    for m in frames:
        if m.seconds < from_s - 1e-6:
            yield m, None
            continue
        if film is None:
            film, begun_s = MotionFilm(ctx.inputs.get("motion")), m.seconds
        encode = encoders.of(m.frame.size).encode
        moving, is_new = film.at(m.seconds - begun_s, m.frame.size)
        if m.is_cut or not healing.is_broken(m.seconds):
            healing.begin(m.seconds, params.at(m.seconds).length)
            packets = [encode(m.pixels, key=True)]
            encode(moving, key=True)
            yield m, packets
        else:
            packet = encode(moving, key=is_new)
            yield m, [] if is_new else [packet]


def bloom(frames: Iterator[Moment], encoders: Encoders, params: DatamoshParams, ctx: Context) -> Iterator[Told]:
    """Repeat the packet of a moment; then the film's own motion goes on, on what became of the picture."""
    starts, places, healing = Starts(params.times_s, ctx.side.get("shots")), _Places(params, ctx), _Healing()
    left, packet = 0, b""
    for m in frames:
        if m.is_cut:
            healing.heal()
            encoders.forget()
        encode = encoders.of(m.frame.size).encode
        whole = not healing.is_broken(m.seconds)
        left = 0 if whole else left
        if starts.reached(m, after_cut=True) if params.times else places.chosen(m, is_free=left == 0):
            now = params.at(m.seconds)
            healing.begin(m.seconds, now.length)
            packets = [encode(m.pixels_before, key=True)] if whole else []
            if left:  # it is repeated still: the encoder has not seen the frame before
                encode(m.pixels_before, key=True)
            packet, left = encode(m.pixels), now.repeat
            yield m, [*packets, packet]
        elif whole:
            yield m, None
        elif left:
            left -= 1
            if not left:
                encode(m.pixels, key=True)  # what follows tells how the film goes on from here
            yield m, [packet]
        else:
            yield m, [encode(m.pixels)]


class _Places:
    """Chooses moments of strong motion; the first one of a film soon, so that a short one is not left as it is."""

    def __init__(self, params: DatamoshParams, ctx: Context) -> None:
        self._params, self._ctx = params, ctx
        self._wait_s = self._patience_s = self._usual = 0.0

    def chosen(self, m: Moment, *, is_free: bool) -> bool:
        """Say, frame by frame, whether this is one; only frames of which `is_free` holds can be."""
        every = self._params.at(m.seconds).every
        if m.is_cut:
            shots: Shots | None = self._ctx.side.get("shots")
            is_first = shots is None or shots.index(m.pts) == 0
            self._patience_s = min(_SOON_S, every) if is_first else 0.25 * every
            self._wait_s, self._usual = self._patience_s * Chances(self._ctx, m.pts).share(), 0.0
            return False
        self._usual = m.change if self._usual == 0 else 0.8 * self._usual + 0.2 * m.change
        if not is_free:
            return False
        self._wait_s -= m.step_s
        if self._wait_s > 0 or (m.change < self._usual and self._wait_s > -self._patience_s):
            return False
        self._wait_s, self._patience_s = every * (0.5 + Chances(self._ctx, m.pts).share()), 0.5 * every
        return True


_SOON_S = 0.1


def noise(frames: Iterator[Moment], encoders: Encoders, params: DatamoshParams, ctx: Context) -> Iterator[Told]:
    """Overwrite bytes, and lose packets, in bursts; the first one of a shot comes soon."""
    if params.amount == 0 == params.drop and not (params.moves("amount") or params.moves("drop")):
        raise ParameterError("amount=0 and drop=0 leave the film as it is; raise one of them.")
    healing = _Healing()
    from_s = params.times_s[0] if params.times else -math.inf
    in_burst, is_first = False, True
    for m in frames:
        if m.is_cut:
            healing.heal()
            encoders.forget()
            in_burst, is_first = False, True
            yield m, None
            continue
        now, chances = params.at(m.seconds), Chances(ctx, m.pts)
        if in_burst and now.gap > 0:
            in_burst = chances.share() < math.exp(-m.step_s / now.burst)
        else:
            mean_s = now.gap * (_SOON if is_first else 1)
            in_burst = m.seconds >= from_s and (mean_s == 0 or chances.share() >= math.exp(-m.step_s / mean_s))
        whole = not healing.is_broken(m.seconds)
        if whole and not in_burst:
            yield m, None
            continue
        encode = encoders.of(m.frame.size).encode
        packets = [encode(m.pixels_before, key=True)] if whole else []
        packet = encode(m.pixels)
        if in_burst:
            is_first = False
            healing.begin(m.seconds, now.length)
            is_lost = chances.share() < now.drop
            damaged = damage(packet, math.ceil(len(packet) * now.amount / 1000), default_rng(chances.seed()))
            yield m, packets if is_lost else [*packets, damaged]
        else:
            yield m, [*packets, packet]


_SOON = 0.1

MODES: dict[MoshMode, Mode] = {"bloom": bloom, "melt": melt, "noise": noise, "transplant": transplant}
