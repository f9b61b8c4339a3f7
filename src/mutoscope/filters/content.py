"""The frames that a filter learns to paint: photographs, the person's own footage, and flat scenes made by chance."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.errors import InputError
from mutoscope.core.random import generator
from mutoscope.ops.resize import resize
from mutoscope.video.info import probe
from mutoscope.video.read import open_video, read_picture

__all__ = ["ContentPictures", "Pictures", "load_footage", "load_photographs"]

_SHORT_SIDE_PX = 288
_FRAMES_PER_CLIP = 48
_LONGEST_SHAPE = 4
_FLAT_SHARE = 1 / 12


class Pictures(Protocol):
    """What a network learns to paint."""

    def batch(self, num: int, size: int, seed: int, step: int) -> Tensor:
        """Give N,3,size,size float32 0..1; the same for the same seed and step."""
        ...


class ContentPictures(Pictures):
    """Random crops of pictures; the same for the same seed and step.

    Args:
        pictures: 3,H,W uint8 each.
        footage: likewise; where there is some, half of all crops come from it.

    """

    def __init__(self, pictures: Sequence[Tensor], footage: Sequence[Tensor] = ()) -> None:
        self._pictures, self._footage = tuple(pictures), tuple(footage)

    def batch(self, num: int, size: int, seed: int, step: int) -> Tensor:
        """Draw crops: N,3,size,size float32 0..1, turned over left to right every second time."""
        chance = generator(seed, step, "content")
        return torch.cat([self._crop(size, chance) for _ in range(num)])

    def _crop(self, size: int, chance: torch.Generator) -> Tensor:
        which, flat, zoom, y, x, turn, tone, own = torch.rand(8, generator=chance).tolist()
        if flat < _FLAT_SHARE:
            return flat_scene(size, chance)
        pictures = self._footage if self._footage and own < 0.5 else self._pictures
        picture = pictures[int(which * len(pictures))]
        height, width = picture.shape[1:]
        # Film is shown larger than it is trained at: crops are also taken closer and from farther away.
        side = min(round(size * (0.75 + 0.75 * zoom)), height, width)
        top, left = round(y * (height - side)), round(x * (width - side))
        crop = resize(picture[None, :, top : top + side, left : left + side].float() / 255, size, size)
        crop = crop.pow(0.75 + 0.6 * tone)  # dark and pale takes of the same scene
        return crop.flip(3) if turn < 0.5 else crop


def flat_scene(size: int, chance: torch.Generator) -> Tensor:
    """Make a scene of large, calm areas, like sky and fog: 1,3,size,size."""
    cells = int(torch.randint(2, 5, (), generator=chance))
    coarse = torch.rand(1, 3, cells, cells, generator=chance)
    grey = coarse.mean(1, keepdim=True)
    return nnf.interpolate(torch.lerp(grey, coarse, 0.5), (size, size), mode="bicubic").clamp(0, 1)


def load_photographs(folder: Path) -> list[Tensor]:
    """Read the photographs of a folder as 3,H,W uint8, short side 288 px."""
    return [_fitted(read_picture(path).pixels_TCHW) for path in sorted(folder.glob("*.jpg"))]


def load_footage(paths: Sequence[Path]) -> list[Tensor]:
    """Read frames out of clips, spread over their length, as 3,H,W uint8, short side 288 px.

    Raises:
        InputError: a clip cannot be read or has no frames.

    """
    found: list[Tensor] = []
    for path in paths:
        frames = _sample(path)
        if not frames:
            raise InputError(f"{path} has no frames; give footage that plays.")
        found += frames
    return found


def _sample(path: Path) -> list[Tensor]:
    frames: list[Tensor] = []
    info = probe(path)
    shape = max(info.width, info.height) / max(1, min(info.width, info.height))
    # Small already when it is decoded; no larger than it is, and no endless panoramas.
    size = min(max(info.width, info.height), round(_SHORT_SIDE_PX * min(shape, _LONGEST_SHAPE)))
    with open_video(path, size=max(16, size)) as film:
        # How many frames come is often unknown: keep each, then every second, every fourth …
        every, number = 1, 0
        for clip in film:
            for frame in clip.frames():
                if number % every == 0:
                    frames.append(_fitted(frame.pixels_TCHW))
                    if len(frames) == 2 * _FRAMES_PER_CLIP:
                        frames, every = frames[::2], 2 * every
                number += 1
    return frames


def _fitted(x_1CHW: Tensor) -> Tensor:
    height, width = x_1CHW.shape[2:]
    scale = max(_SHORT_SIDE_PX / min(height, width), 1e-9)
    x_1CHW = resize(x_1CHW, max(1, round(height * scale)), max(1, round(width * scale)))
    return (x_1CHW[0] * 255).round().to(torch.uint8)
