"""Between the records of a piece and the packets of FFmpeg."""

import io
from collections import deque
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, cast, get_args

import numpy as np
import torch
from av.packet import Packet, PacketSideData, PktSideDataT
from av.video.stream import VideoStream
from PIL import Image

from mutoscope.core.clip import Clip
from mutoscope.video.pieces import Record

__all__ = ["DecodingClock", "packet_of", "picture_of", "record_of"]

_SIDE_KINDS: tuple[PktSideDataT, ...] = ("matroska_block_additional",)
"""Side data that is a part of the picture: the alpha of VP9. The rest is the encoder's own notes."""


class DecodingClock:
    """Gives rising decoding times to the packets of joined pieces: the times of showing, `depth` places later.

    Each piece was coded as a film of its own; their own decoding times overlap where one ends and the next begins.

    Args:
        depth: the largest `reorder_depth` of the pieces.
        step: usual distance of two frames, for the times before the first.

    """

    def __init__(self, depth: int, step: int) -> None:
        self._depth, self._step = depth, step
        self._times: deque[int] = deque()
        self._begun = False

    def coming(self, pts: Iterable[int]) -> None:
        """Tell the times of showing of the next piece, in any order."""
        shown = sorted(pts)
        if shown and not self._begun:
            self._times.extend(shown[0] - self._step * (self._depth - i) for i in range(self._depth))
            self._begun = True
        self._times.extend(shown)

    def next(self) -> int:
        """Give the decoding time of the next packet."""
        return self._times.popleft()


def record_of(packet: "Packet[Any]") -> Record:
    """Take a packet out of FFmpeg's hands."""
    pts = packet.pts or 0
    side = tuple((kind, bytes(packet.get_sidedata(kind))) for kind in _SIDE_KINDS if packet.has_sidedata(kind))
    dts = pts if packet.dts is None else packet.dts
    return Record(pts, dts, packet.duration or 0, packet.is_keyframe, bytes(packet), side)


def packet_of(record: Record, pts: int, dts: int, time_base: Fraction, stream: VideoStream) -> "Packet[Any]":
    """Make a packet of a stream from a record."""
    packet: Packet[Any] = Packet(record.data)
    packet.stream = stream
    packet.pts, packet.dts, packet.duration = pts, dts, record.duration
    packet.time_base = time_base
    packet.is_keyframe = record.is_key
    for name, data in record.side:
        number = get_args(PktSideDataT).index(name)
        side = cast("Any", PacketSideData)(number, len(data))
        side.update(data)
        side.to_packet(packet, move=True)
    return packet


def picture_of(record: Record, time_base: Fraction) -> Clip:
    """Read a record whose data is a png that `save_picture` wrote."""
    with Image.open(io.BytesIO(record.data), formats=["PNG"]) as image:
        x_HWC = torch.from_numpy(np.array(image.convert("RGBA" if image.has_transparency_data else "RGB")))
    x_CHW = x_HWC.permute(2, 0, 1).to(torch.float32) / 255
    alpha = x_CHW[None, 3:] if len(x_CHW) == 4 else None
    return Clip(x_CHW[None, :3].contiguous(), (record.pts,), time_base, alpha)
