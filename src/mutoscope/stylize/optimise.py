"""Stylization of a film by optimisation: Gatys et al. (2016) per frame, Ruder et al. (2016) between frames."""

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.progress import Progress
from mutoscope.effects.protocol import Context
from mutoscope.effects.protocol import Memory as HowFar
from mutoscope.effects.shots import Shots
from mutoscope.effects.style_list import StyleList
from mutoscope.stylize.colours import MatchedColours
from mutoscope.stylize.multipass import several_passes
from mutoscope.stylize.painter import Painter, painter_for
from mutoscope.stylize.params import OptimiseParams
from mutoscope.stylize.scene import Scene, Scenery
from mutoscope.stylize.temporal import Past, Window, carry_over, hold, settled_age

__all__ = ["Optimise"]


class Optimise:
    """Paint a film like a picture, steadily.

    The first frame of a shot is painted from coarse to fine. Each later one starts from earlier results carried along
    the optical flow, and a temporal loss holds it there wherever the flow can be trusted. At a cut all memory is
    dropped. With several passes a shot is gone through backwards and forwards again (Ruder et al. 2016, section 4.3).
    """

    analyses: ClassVar[tuple[str, ...]] = ("shots",)
    piece_frames: ClassVar[int] = 24

    def __init__(self, params: OptimiseParams) -> None:
        self.params = params

    @property
    def memory(self) -> HowFar:
        """A frame needs earlier ones only; with several passes, the whole shot."""
        return "carried" if self.params.passes == 1 else "shot"

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the painted clips.

        Raises:
            InputError: a style picture or a mask cannot be read, or does not fit the film.
            WeightsError: the backbone's weights are not to be had.

        """
        run = _Run(self.params, ctx)
        if self.params.passes > 1:
            yield from several_passes(clips, run, ctx)
            return
        for clip in clips:
            yield Clip.join([run.next_frame(frame) for frame in clip.frames()])
        run.leave()


class _Run:
    """One call of the effect: what has been seen of the shot so far."""

    def __init__(self, params: OptimiseParams, ctx: Context) -> None:
        self.params, self.ctx = params, ctx
        self._painter: Painter | None = None
        self._scenery: Scenery | None = None
        self._window = Window(params.lookback)
        self._window.unpack(ctx.carry.before, ctx.device)
        self._colours = MatchedColours.unpack(ctx.carry.before)
        self._last_pts = int(ctx.carry.before["pts"][0]) if "pts" in ctx.carry.before else 0

    @property
    def painter(self) -> Painter:
        """Made when the first frame is there: an empty film needs none."""
        if self._painter is None:
            more = [file for text in self.params.regions for file in StyleList.parse(text).files]
            self._painter = painter_for(self.params, self.ctx.device, tuple(dict.fromkeys(more)))
        return self._painter

    def scene(self, frame: Clip) -> Scene:
        """Gather what is known of a frame; in the order of time."""
        self._scenery = self._scenery or Scenery(self.params, self.ctx)
        return self._scenery.scene(frame)

    def begins_shot(self, pts: int) -> bool:
        """Tell whether a cut lies between the frame before and this one, and forget what was before it."""
        shots: Shots | None = self.ctx.side.get("shots")
        is_cut = shots is not None and shots.is_cut_between(self._last_pts, pts)
        if is_cut:
            self._window.clear()
        self._last_pts = pts
        return is_cut or self._window.last is None

    def next_frame(self, frame: Clip) -> Clip:
        """Paint a frame and remember it."""
        scene = self.scene(frame)
        is_first = self.begins_shot(frame.pts_T[0])
        return scene.finish(self.paint(scene, is_first=is_first))

    def paint(self, scene: Scene, *, is_first: bool) -> Tensor:
        """Paint a scene, 1,3,H,W, and remember it."""
        painter, params, content = self.painter, scene.params, scene.content
        generator = self.ctx.generator(scene.frame.pts_T[0], "jitter")
        # A shot that fades in shows its colours later.
        if params.colours == "match" and (is_first or self._colours is None or self._colours.is_flat):
            self._colours = MatchedColours.of(content)
        painter.recolour = self._colours
        if is_first:
            after_step = _step_counter(self.ctx, painter.num_steps(*scene.frame.size))
            x = painter.paint(content, params, generator, after_step, mix=scene.mix, regions=scene.regions)
            age = settled_age(content, self.ctx.device)
        else:
            said = carry_over(self._window.look_back(), content, scene.guide_11HW, params, self.ctx.device)
            x = painter.repaint(content, said.memory, params, generator, mix=scene.mix, regions=scene.regions)
            x, age = hold(x, said, params.hold), said.age_11HW
        self._window.push(Past(content, x, age, scene.guide_11HW))
        return x

    def leave(self) -> None:
        """Hand on what the next piece of the shot needs."""
        if packed := self._window.pack():
            colours = {} if self._colours is None else self._colours.pack()
            self.ctx.carry.after.update({**packed, **colours, "pts": torch.tensor([self._last_pts])})


def _step_counter(ctx: Context, total: int) -> Callable[[], None]:
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        ctx.report(Progress("first frame", done, total, "steps"))

    return count
