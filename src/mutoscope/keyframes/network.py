"""The small network that paints a frame like its keyframes (Texler et al. 2020, made light).

Differs from Texler et al. (2020): beside the frame it sees the painted keyframe itself, carried along the flow to
this frame, and how far that can be trusted. So it need not learn the painting by heart: it goes on with the strokes
where the carried picture has holes. It works on 4x4 blocks, as few operations as two cores do in real time.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.keyframes.fill import BORROWED, certain_of

__all__ = ["BLOCK_PX", "SIZES", "KeyframeNetwork", "Size", "empty_network", "new_network"]

BLOCK_PX = 4
"""The network sees a frame in blocks of this size; sides are padded to a multiple and cropped again."""

_IN = 7
_RIM_PX = 8
"""A frame is continued by this much: convolutions pad with zeros (a copy less for each), and the rim takes the harm."""


_BORROWED_PART = 0.65


@dataclass(frozen=True)
class Size:
    """Sizes of a network.

    Attributes:
        width: channels at a quarter of the frame's size.
        blocks: residual blocks there.
        head: channels at half the size.

    """

    width: int
    blocks: int
    head: int


SIZES = {"cpu": Size(48, 5, 16), "tiny": Size(8, 1, 4)}
"""`cpu` is for two cores, `tiny` for tests."""


class KeyframeNetwork(nn.Module):
    """Paints frames.

    Args:
        size: how large it is.

    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        width, head = size.width, size.head
        self.stem = _conv(_IN * BLOCK_PX**2, width)
        self.firsts = nn.ModuleList(_conv(width, width) for _ in range(size.blocks))
        self.seconds = nn.ModuleList(_conv(width, width) for _ in range(size.blocks))
        self.widen = _conv(width, 4 * head)
        self.join = _conv(head + 4 * _IN, head)
        self.out = _conv(head, 12)

    def forward(
        self, frame_p_NCHW: Tensor, carried_NCHW: Tensor, trust_N1HW: Tensor, dtype: torch.dtype = torch.float32
    ) -> Tensor:
        """Paint frames.

        Args:
            frame_p_NCHW: denoised frames, 0..1.
            carried_NCHW: the painted keyframe as it would look now, 0..1.
            trust_N1HW: 1 where it can be trusted, `BORROWED` where its strokes belong to something that looks alike, 0
                where it shows nothing of worth.
            dtype: precision of the network's arithmetic, which its numbers have.

        Returns:
            N,3,H,W float32, about 0..1; not clamped, so that training feels what is too much.

        """
        height, width = frame_p_NCHW.shape[2:]
        share = (trust_N1HW / BORROWED).clamp(max=1)
        shown = carried_NCHW * share
        x = torch.cat([frame_p_NCHW, shown, trust_N1HW], 1)
        rim = _RIM_PX
        x = nnf.pad(x, (rim, rim - width % -BLOCK_PX, rim, rim - height % -BLOCK_PX), mode="replicate")
        x = x.to(dtype).contiguous(memory_format=torch.channels_last)
        h = torch.relu(self.stem(nnf.pixel_unshuffle(x, BLOCK_PX)))
        for first, second in zip(self.firsts, self.seconds, strict=True):
            h = h + second(torch.relu(first(h)))
        h = nnf.pixel_shuffle(torch.relu(self.widen(h)), 2)
        h = torch.relu(self.join(torch.cat([h, nnf.pixel_unshuffle(x, 2)], 1)))
        change = nnf.pixel_shuffle(self.out(h), 2).float()[:, :, rim : rim + height, rim : rim + width]
        # What the picture is before anything is learned: the carried painting, and a part of the frame where it is
        # borrowed only, so that forms are there to begin with.
        kept = share * (_BORROWED_PART + (1 - _BORROWED_PART) * certain_of(trust_N1HW))
        painted: Tensor = change + torch.lerp(frame_p_NCHW, carried_NCHW, kept)
        return painted


def empty_network(size: Size) -> KeyframeNetwork:
    """Make a network without numbers, to load some into; no chance is asked for."""
    with torch.device("meta"):
        network = KeyframeNetwork(size)
    network.to_empty(device="cpu")
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):  # load_state_dict copies into this layout
            layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)
    return network


def new_network(size: Size, generator: torch.Generator) -> KeyframeNetwork:
    """Make a network of seeded noise (He et al. 2015) that changes nothing yet."""
    network = empty_network(size)
    for parameter in network.parameters():
        if parameter.ndim > 1:
            nn.init.kaiming_uniform_(parameter, a=5**0.5, generator=generator)
        else:
            nn.init.zeros_(parameter)
    nn.init.zeros_(network.out.weight)
    return network


def _conv(fan_in: int, fan_out: int) -> nn.Conv2d:
    return nn.Conv2d(fan_in, fan_out, 3, padding=1)
