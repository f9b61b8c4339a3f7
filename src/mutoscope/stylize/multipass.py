"""Several passes over a shot, forwards and backwards (Ruder et al. 2016, section 4.3), from disk.

One pass forwards cannot know what comes: where the camera turns to something new, the edge of the frame is painted
anew again and again. Passes in both directions let each frame take from those after it as well.
"""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import OutputError
from mutoscope.core.progress import Progress
from mutoscope.effects.protocol import Context
from mutoscope.models.tensors import load_tensors, save_tensors
from mutoscope.stylize.objective import Memory
from mutoscope.stylize.painter import Painter
from mutoscope.stylize.scene import Scene
from mutoscope.stylize.temporal import Past, carry_over, hold, settled_age

__all__ = ["Run", "several_passes"]

_MIXED = 0.5
"""Delta of the paper: share of the neighbour in what a frame begins with."""


class Run(Protocol):
    """What a pass needs of the run of an effect."""

    @property
    def painter(self) -> Painter:
        """Paints."""

    def scene(self, frame: Clip) -> Scene:
        """Gather what is known of a frame."""

    def begins_shot(self, pts: int) -> bool:
        """Tell whether a frame is the first of its shot."""

    def paint(self, scene: Scene, *, is_first: bool) -> Tensor:
        """Paint a scene in the first pass."""


def several_passes(clips: Iterable[Clip], run: Run, ctx: Context) -> Iterator[Clip]:
    """Paint shot by shot, each in several passes; frames wait on disk, a few at a time are in memory.

    Raises:
        OutputError: there is no room on the disk for the frames of a shot.

    """
    shot = _Shot(run, ctx)
    try:
        for clip in clips:
            for frame in clip.frames():
                if run.begins_shot(frame.pts_T[0]) and len(shot):
                    yield from shot.finish()
                    shot.close()
                    shot = _Shot(run, ctx)
                shot.add(frame)
        if len(shot):
            yield from shot.finish()
    finally:
        shot.close()


class _Shot:
    """The frames of one shot on disk: as they were filmed, and as the latest pass left them."""

    def __init__(self, run: Run, ctx: Context) -> None:
        self._run, self._ctx = run, ctx
        self._scenes: list[Scene] = []
        # Removed by the system's own housekeeping where this process is killed.
        self._folder = tempfile.TemporaryDirectory(prefix="mutoscope-", ignore_cleanup_errors=True)

    def __len__(self) -> int:
        return len(self._scenes)

    def close(self) -> None:
        """Remove the frames."""
        self._folder.cleanup()

    def add(self, frame: Clip) -> None:
        """Paint a frame in the first pass."""
        scene = self._run.scene(frame)
        x = self._run.paint(scene, is_first=not self._scenes)
        number = len(self._scenes)
        pictures = {"content": frame.pixels_TCHW, **{f"mask{i}": mask for i, mask in enumerate(scene.masks)}}
        if frame.alpha_T1HW is not None:
            pictures["alpha"] = frame.alpha_T1HW
        if scene.guide_11HW is not None:
            pictures["guide"] = scene.guide_11HW
        self._keep(f"scene{number}", pictures)
        self._keep_result(number, x)
        # What is large waits on disk, the rest here.
        bare = replace(frame, pixels_TCHW=frame.pixels_TCHW[:, :, :1, :1].clone(), alpha_T1HW=None)
        self._scenes.append(replace(scene, frame=bare, masks=(), guide_11HW=None))

    def finish(self) -> Iterator[Clip]:
        """Go through the shot backwards, forwards … and give its frames."""
        count, passes = len(self), self._scenes[0].params.passes
        for number in range(1, passes):
            order = range(count) if number % 2 == 0 else range(count - 1, -1, -1)
            before: Past | None = None
            for done, index in enumerate(order, 1):
                before = self._again(index, number, before)
                self._ctx.report(Progress(f"pass {number + 1} of {passes}", done, count))
        for index in range(count):
            yield self._scene(index).finish(self._result(index))

    def _again(self, index: int, number: int, before: Past | None) -> Past:
        scene, x = self._scene(index), self._result(index)
        age = settled_age(scene.content, self._ctx.device)
        if before is not None:
            device, params = self._ctx.device, scene.params
            said = carry_over([before], scene.content, scene.guide_11HW, params, device)
            omega, trust = said.memory.warped_omega_1CHW, said.memory.weights_c_11HW
            memory = Memory(omega, trust, torch.lerp(x.to(device), omega, _MIXED * trust))
            generator = self._ctx.generator(scene.frame.pts_T[0], f"pass {number}")
            painter = self._run.painter
            content = scene.content
            x = painter.repaint(content, memory, params, generator, mix=scene.mix, regions=scene.regions)
            x = hold(x, said, params.hold)
            self._keep_result(index, x)
        return Past(scene.content, x, age, scene.guide_11HW)

    def _scene(self, index: int) -> Scene:
        scene, pictures = self._scenes[index], load_tensors(self._path(f"scene{index}"))
        frame = replace(scene.frame, pixels_TCHW=pictures["content"], alpha_T1HW=pictures.get("alpha"))
        masks = tuple(pictures[f"mask{i}"] for i in range(len(scene.mixes)))
        return replace(scene, frame=frame, masks=masks, guide_11HW=pictures.get("guide"))

    def _result(self, index: int) -> Tensor:
        return load_tensors(self._path(f"result{index}"))["x"].float()

    def _keep_result(self, index: int, x_1CHW: Tensor) -> None:
        self._keep(f"result{index}", {"x": x_1CHW.half()})

    def _keep(self, name: str, pictures: dict[str, Tensor]) -> None:
        try:
            save_tensors(pictures, self._path(name))
        except OSError as error:
            raise OutputError(
                f"the frames of a shot do not fit on the disk at {self._folder.name} ({error.strerror}); make room, "
                "set TMPDIR to a larger place, or take passes=1."
            ) from error

    def _path(self, name: str) -> Path:
        return Path(self._folder.name) / f"{name}.safetensors"
