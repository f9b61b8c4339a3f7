"""Pictures to packets and back, in memory, so that packets can be dropped, repeated and swapped in between.

One picture gives one packet and one packet gives one picture: no reordered frames, one reference, keyframes only where
they are asked for, one thread. So a decoder that is given other packets than the encoder made goes on with what it
has, which is datamosh, and the count of frames stays.
"""

from fractions import Fraction
from typing import Literal

import av.error
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as nnf
from av.codec.context import CodecContext
from av.packet import Packet
from av.sidedata.motionvectors import MotionVectors
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from torch import Tensor

from mutoscope.video.frames import read_planes
from mutoscope.video.mosh_packets import FrameNumbers

__all__ = ["MoshCodec", "MoshDecoder", "MoshEncoder"]

MoshCodec = Literal["mpeg4", "h264"]

_MIN_SIDE_PX = 32
_NO_NEW_PIXELS = 100_000
"""Price of a block that tells pixels instead of motion, in packets between keyframes: without it they heal at once."""
_NO_KEYFRAME = 1_000_000_000
"""Score of a change of scene from which the encoder would make a keyframe by itself."""
_BT709, _LIMITED, _FULL = 1, 1, 2
_RATE = Fraction(25)
_SHARP = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
_X264_QP_OF_1 = 12
"""x264's quantiser that looks like 1 of MPEG-4; six steps double it."""


class MoshEncoder:
    """Turns pictures of one size into packets. Two encoders of the same settings make packets that fit together.

    Args:
        size: height and width; the codec's own limits (even, not tiny) are met by padding inside.
        codec: "mpeg4" or "h264".
        quality: quantiser, 1 (fine) to 31 (coarse), as MPEG-4 counts.
        parts: of a packet that can be decoded apart, so that damage stays local; about, MPEG-4 cuts by bytes.

    """

    def __init__(self, size: tuple[int, int], codec: MoshCodec, quality: int, *, parts: int = 1) -> None:
        self._size, self._padded = size, _padded(size)
        self._planar = VideoFrame(self._padded[1], self._padded[0], "gbrp")
        self._reformatter = VideoReformatter()
        self._count = 0
        height, width = self._padded
        context = CodecContext.create("libx264" if codec == "h264" else "mpeg4", "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base, context.framerate = 1 / _RATE, _RATE
        context.gop_size, context.max_b_frames, context.thread_count = 1 << 20, 0, 1
        context.options = _x264(quality, parts) if codec == "h264" else _mpeg4(quality, parts, height * width)
        self._context = context

    def encode(self, x_CHW: Tensor, *, key: bool = False) -> bytes:
        """Give the packet of a picture, float32 sRGB 0..1; the first one is a keyframe in any case."""
        height, width = self._size
        below, beside = self._padded[0] - height, self._padded[1] - width
        if below or beside:
            x_CHW = nnf.pad(x_CHW[None], (0, beside, 0, below), mode="replicate")[0]
        for first in range(0, self._padded[0], _STRIP_ROWS):
            _fill_strip(x_CHW[:, first : first + _STRIP_ROWS], self._planar, first)
        frame = self._reformatter.reformat(
            self._planar,
            format="yuv420p",
            src_colorspace=_BT709,
            dst_colorspace=_BT709,
            src_color_range=_FULL,
            dst_color_range=_LIMITED,
            interpolation=Interpolation.AREA,
            threads=1,
        )
        frame.pts, frame.time_base = self._count, 1 / _RATE
        frame.pict_type = PictureType.I if key else PictureType.NONE
        self._count += 1
        return b"".join(bytes(packet) for packet in self._context.encode(frame))


class MoshDecoder:
    """Turns packets into pictures, whatever became of the packets; one picture for each.

    Args:
        size: height and width of the pictures.
        codec: as they were encoded.
        vectors: whether `field` is wanted.

    Attributes:
        num_failed: packets that gave no picture; the one before was given again.

    """

    def __init__(self, size: tuple[int, int], codec: MoshCodec, *, vectors: bool = False) -> None:
        self.num_failed = 0
        self._size = size
        self._reformatter = VideoReformatter()
        self._numbers = FrameNumbers() if codec == "h264" else None
        context = CodecContext.create(codec, "r")
        assert isinstance(context, VideoCodecContext)
        # One thread: what a decoder makes of nonsense must not hang on who comes first.
        context.thread_count = 1
        context.options = {"flags": "low_delay", **({"flags2": "+export_mvs"} if vectors else {})}
        self._context = context
        self._frame: VideoFrame | None = None
        self._picture: Tensor | None = None

    def decode(self, packet: bytes) -> bool:
        """Take a packet; say whether a picture came of it."""
        data = packet if self._numbers is None else self._numbers.renumber(packet)
        try:
            frames = self._context.decode(Packet(data + _PADDING))
        except (av.error.FFmpegError, MemoryError):
            frames = []
        height, width = _padded(self._size)
        fitting = [frame for frame in frames if (frame.height, frame.width) == (height, width)]
        if not fitting:
            self.num_failed += 1
            return False
        if self._numbers is not None:
            self._numbers.count(packet)
        # Of several, the last: the others were made up for packets that are missing.
        self._frame, self._picture = fitting[-1], None
        return True

    @property
    def picture(self) -> Tensor | None:
        """The last picture, 3,H,W float32 sRGB 0..1, or None before the first."""
        if self._picture is None and self._frame is not None:
            planar = self._reformatter.reformat(
                self._frame,
                format="gbrp",
                src_colorspace=_BT709,
                dst_colorspace=_BT709,
                src_color_range=_LIMITED,
                dst_color_range=_FULL,
                interpolation=_SHARP,
                threads=1,
            )
            height, width = self._size
            padded_CHW = torch.empty(3, planar.height, planar.width)
            read_planes(planar, [*padded_CHW])
            self._picture = padded_CHW[:, :height, :width].contiguous()
        return self._picture

    def field(self) -> Tensor:
        """Give the motion that the last packet told.

        Returns:
            2,H,W float32 px, x then y: the pixel at q came from q + field(q) of the picture before. Zero where the
            packet told pixels instead of motion.

        """
        height, width = self._size
        return torch.from_numpy(_dense(self._vectors(), *_padded(self._size)))[:, :height, :width]

    def _vectors(self) -> "npt.NDArray[np.void] | None":
        data = None if self._frame is None else self._frame.side_data.get("MOTION_VECTORS")
        return data.to_ndarray() if isinstance(data, MotionVectors) else None


def _fill_strip(x_CHW: Tensor, frame: VideoFrame, first_row: int) -> None:
    """Write rows of float32 0..1 into planar RGB, rounded; a strip stays in the processor's cache, a frame does not."""
    scaled_CHW = (x_CHW * 255).add_(0.5).clamp_(0, 255).numpy()
    red_HW, green_HW, blue_HW = scaled_CHW
    for plane, scaled_HW in zip(frame.planes, (green_HW, blue_HW, red_HW), strict=True):
        rows_HW = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        strip_HW = rows_HW[first_row : first_row + scaled_HW.shape[0], : scaled_HW.shape[1]]
        np.copyto(strip_HW, scaled_HW, casting="unsafe")


_STRIP_ROWS = 32

_PADDING = bytes(64)
"""FFmpeg's decoders read beyond a packet's end, and PyAV lends them whatever lies there: the same packets gave other
pictures in other processes."""


def _padded(size: tuple[int, int]) -> tuple[int, int]:
    height, width = (max(_MIN_SIDE_PX, side + side % 2) for side in size)
    return height, width


def _mpeg4(quality: int, parts: int, num_px: int) -> dict[str, str]:
    options = {
        "qmin": str(quality),
        "qmax": str(quality),
        "intra_penalty": str(_NO_NEW_PIXELS),
        "sc_threshold": str(_NO_KEYFRAME),
    }
    if parts > 1:
        options["ps"] = str(max(_LEAST_PART_BYTES, num_px // _PX_PER_BYTE // parts))
    return options


_LEAST_PART_BYTES, _PX_PER_BYTE = 64, 100
"""A byte of a packet tells about a hundred pixels."""


def _x264(quality: int, parts: int) -> dict[str, str]:
    qp = min(51, _X264_QP_OF_1 + round(6 * float(np.log2(quality))))
    more = "scenecut=0:keyint=infinite:ref=1:weightp=0:8x8dct=0:cabac=0"
    return {
        "preset": "superfast",
        "tune": "zerolatency",
        "forced-idr": "1",
        "qp": str(qp),
        "x264-params": f"{more}:threads=1:slices={parts}",
    }


def _dense(vectors: "npt.NDArray[np.void] | None", height: int, width: int) -> npt.NDArray[np.float32]:
    """Spread vectors of blocks over their pixels."""
    cells_2hw = np.zeros((2, -(-height // _CELL_PX) + _SPARE, -(-width // _CELL_PX) + _SPARE), np.float32)
    if vectors is not None and len(vectors):
        told = vectors[vectors["source"] < 0]
        motion_2N = np.stack([told["motion_x"], told["motion_y"]]) / told["motion_scale"].astype(np.float32)
        top = (told["dst_y"].astype(np.int64) - told["h"] // 2) // _CELL_PX
        left = (told["dst_x"].astype(np.int64) - told["w"] // 2) // _CELL_PX
        rows, cols = np.maximum(told["h"] // _CELL_PX, 1), np.maximum(told["w"] // _CELL_PX, 1)
        for row in range(int(rows.max(initial=0))):
            for col in range(int(cols.max(initial=0))):
                inside = (rows > row) & (cols > col)
                cells_2hw[:, top[inside] + row, left[inside] + col] = motion_2N[:, inside]
    return cells_2hw.repeat(_CELL_PX, 1).repeat(_CELL_PX, 2)[:, :height, :width]


_CELL_PX = 4
"""The smallest block of both codecs."""
_SPARE = 16 // _CELL_PX
"""Blocks at the right and bottom edge reach beyond the picture."""
