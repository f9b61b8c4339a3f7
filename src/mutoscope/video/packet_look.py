"""What the packets of a film allow: where it may be cut without coding it anew, and what it goes together with."""

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mutoscope.video.decode import Decoding
from mutoscope.video.info import VideoInfo

__all__ = ["PacketLook", "Run", "look_at_packets", "starts_anew"]

_START_CODE = b"\x00\x00\x01"
_H264_IDR = 5
_HEVC_IDR = (19, 20)


@dataclass(frozen=True)
class Run:
    """Packets that can be decoded by themselves, and are shown without a gap.

    Attributes:
        path: their film.
        key: time stamp of the first one; the others are shown later.
        pts: time stamps in the order of decoding.
        end: time stamp of the frame that follows them, or where the last one ends.
        time_base: seconds per unit.

    """

    path: Path
    key: int
    pts: tuple[int, ...]
    end: int
    time_base: Fraction

    @property
    def seconds(self) -> Fraction:
        """How long it is shown."""
        return (self.end - self.key) * self.time_base


@dataclass(frozen=True)
class PacketLook:
    """The packets of a film's picture track.

    Attributes:
        info: the film.
        pts: time stamps in the order of decoding.
        shown: the same, in order of showing.
        keys: places in `pts` at which a decoder may begin that knows nothing of what came before.
        kind: what must be alike in films that share a track, in words: codec, size, rate, and a digest of all else.
        end: time stamp of the end.

    """

    info: VideoInfo
    pts: "array[int]"
    shown: "array[int]"
    keys: "array[int]"
    kind: tuple[str, ...]
    end: int

    def run(self, start: int, end: int | None) -> Run | None:
        """Give the packets of a span that can be copied: from its first key frame on, to where nothing is left open.

        A frame that is shown before the end may need one that is shown after it; such a tail of a few frames is left
        out.

        Args:
            start: time stamp of the first frame.
            end: time stamp of the first frame after it; None at the end of the film.

        Returns:
            None where no key frame lies in the span.

        """
        limit = self.end if end is None else end
        place = next((k for k in self.keys if start <= self.pts[k] < limit), None)
        if place is None:
            return None
        key = self.pts[place]
        first = bisect_left(self.shown, key)
        taken: list[int] = []
        closed, last = 0, key
        for pts in self.pts[place:]:
            if pts >= limit:
                break
            if pts < key:
                continue  # a leading picture: it needs what came before the key frame
            taken.append(pts)
            last = max(last, pts)
            if bisect_right(self.shown, last) - first == len(taken):
                closed = len(taken)
        after = first + closed
        return Run(
            path=self.info.path,
            key=key,
            pts=tuple(taken[:closed]),
            end=self.shown[after] if after < len(self.shown) else self.end,
            time_base=self.info.time_base,
        )


def look_at_packets(info: VideoInfo) -> PacketLook | None:
    """Look at the packets of a film without decoding them; None where they do not tell their times.

    Raises:
        InputError: it cannot be opened.

    """
    pts, keys, last = array("q"), array("q"), 0
    with Decoding(info.path) as decoding:
        context = decoding.stream.codec_context
        extradata = bytes(context.extradata or b"")
        for packet in decoding.container.demux(decoding.stream):
            if packet.size == 0:
                continue
            if packet.pts is None:
                return None
            if packet.is_keyframe and starts_anew(info.codec, bytes(packet), extradata):
                keys.append(len(pts))
            pts.append(packet.pts)
            last = max(last, packet.pts + (packet.duration or 0))
        profile = str(context.profile)
    shown = array("q", sorted(pts))
    if not shown or len(set(shown)) != len(shown):
        return None
    step = max(1, round(1 / ((info.frame_rate or 25) * info.time_base)))
    return PacketLook(info, pts, shown, keys, _kind(info, profile, extradata), max(last, shown[-1] + step))


def starts_anew(codec: str, data: bytes, extradata: bytes) -> bool:
    """Tell whether a key frame's packet forgets all that came before it.

    A recovery point of H.264 and a clean random access point of HEVC are marked as key frames, but count on; behind
    the packets of another place they are not decoded right.
    """
    if codec == "h264":
        return any(unit[0] & 31 == _H264_IDR for unit in _units(data, extradata, 4))
    if codec == "hevc":
        return any(unit[0] >> 1 & 63 in _HEVC_IDR for unit in _units(data, extradata, 21))
    return True


def _units(data: bytes, extradata: bytes, length_at: int) -> Iterator[bytes]:
    """Yield the beginnings of the NAL units of a packet (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1; Annex B)."""
    if extradata[:1] == b"\x01" and len(extradata) > length_at:
        size = (extradata[length_at] & 3) + 1
        place = 0
        while place + size < len(data):
            length = int.from_bytes(data[place : place + size], "big")
            yield data[place + size : place + size + 1]
            place += size + length
        return
    place = data.find(_START_CODE)
    while 0 <= place < len(data) - len(_START_CODE):
        yield data[place + 3 : place + 4]
        place = data.find(_START_CODE, place + 3)


def _kind(info: VideoInfo, profile: str, extradata: bytes) -> tuple[str, ...]:
    rest = (
        profile,
        info.pixel_format,
        str(info.sample_aspect_ratio),
        str(info.rotation),
        info.color_primaries,
        info.color_transfer,
        info.color_matrix,
        info.color_range,
        hashlib.sha256(extradata).hexdigest(),
    )
    rate = "variable" if info.frame_rate is None else f"{float(info.frame_rate):.3f}"
    return info.codec, f"{info.width}x{info.height}", rate, hashlib.sha256("|".join(rest).encode()).hexdigest()[:8]
