"""Surgery on packets: numbers of H.264 frames that follow each other again, and seeded damage."""

import re
from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

__all__ = ["FrameNumbers", "damage"]

_START = re.compile(rb"\x00\x00\x01")
_PLAIN_SLICE, _KEY_SLICE, _SETTINGS = 1, 5, 7
_HEADER_BYTES = 12
_SPARED_BYTES = 16
"""After a start code: what a decoder cannot read at all without, in both codecs."""


class FrameNumbers:
    """Renumbers H.264 frames, so that a decoder misses none: it makes up pictures for gaps, and drops repetitions.

    The numbers stand at a fixed width in the headers of slices, so that they can be overwritten in place.
    """

    def __init__(self) -> None:
        self._bits = 4
        self._last = 0

    def renumber(self, packet: bytes) -> bytes:
        """Give the packet with the number after that of the last one that was counted."""
        number = (self._last + 1) % (1 << self._bits)
        out = bytearray(packet)
        for begin, end in reversed(list(_units(packet))):
            kind = packet[begin] & 31
            if kind == _SETTINGS:
                self._bits = _width_of_numbers(packet[begin + 1 : end])
            elif kind == _PLAIN_SLICE:
                head = slice(begin + 1, min(end, begin + 1 + _HEADER_BYTES))
                out[head] = _with_number(packet[head], number, self._bits)
        return bytes(out)

    def count(self, packet: bytes) -> None:
        """Note that a packet was decoded."""
        is_key = any(packet[begin] & 31 == _KEY_SLICE for begin, _ in _units(packet))
        self._last = 0 if is_key else (self._last + 1) % (1 << self._bits)


def damage(packet: bytes, num_bytes: int, chance: Generator) -> bytes:
    """Overwrite bytes of a packet at places of chance, never those of headers.

    Args:
        packet: of MPEG-4 or H.264.
        num_bytes: how many, as far as there are any.
        chance: of places and values.

    No start code comes or goes by it: what is written is never 0 to 3.

    """
    begins = [begin for begin, _ in _units(packet)]
    free = np.ones(len(packet), bool)
    free[: (begins[0] if begins else 0) + _SPARED_BYTES] = False
    for begin in begins:
        free[max(0, begin - 4) : begin + _SPARED_BYTES] = False
    places = np.flatnonzero(free)
    if not len(places) or num_bytes < 1:
        return packet
    chosen = chance.choice(places, min(num_bytes, len(places)), replace=False)
    out = np.frombuffer(packet, np.uint8).copy()
    out[chosen] = chance.integers(4, 256, len(chosen), dtype=np.uint8)
    return out.tobytes()


def _units(packet: bytes) -> Iterator[tuple[int, int]]:
    """Yield begin and end of what lies behind each start code."""
    begins = [match.end() for match in _START.finditer(packet)]
    ends = [begin - 3 for begin in begins[1:]] + [len(packet)]
    yield from ((begin, end) for begin, end in zip(begins, ends, strict=True) if begin < end)


class _Bits:
    def __init__(self, data: bytes) -> None:
        self.text = "".join(f"{byte:08b}" for byte in data)
        self.at = 0

    def number(self, length: int) -> int:
        self.at += length
        return int(self.text[self.at - length : self.at] or "0", 2)

    def golomb(self) -> int:
        """Read an Exp-Golomb number (H.264, clause 9.1)."""
        zeros = self.text.find("1", self.at) - self.at
        if zeros < 0:
            return 0
        self.at += zeros
        return self.number(zeros + 1) - 1


def _unescaped(data: bytes) -> bytes:
    return data.replace(b"\x00\x00\x03", b"\x00\x00")


def _escaped(data: bytes) -> bytes:
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", data)


def _width_of_numbers(data: bytes) -> int:
    """Read from a sequence parameter set how many bits the number of a frame takes (clause 7.3.2.1)."""
    bits = _Bits(_unescaped(data[:32]))
    profile = bits.number(8)
    bits.number(16)
    bits.golomb()
    if profile >= 100:  # High and above tell more about colour, which x264 does for none of the formats used here
        for _ in range(3):
            bits.golomb()
        bits.number(2)
    return bits.golomb() + 4


def _with_number(head: bytes, number: int, width: int) -> bytes:
    """Overwrite the number in the header of a slice (clause 7.3.3)."""
    plain = _unescaped(head)
    bits = _Bits(plain)
    for _ in ("first block", "type", "settings"):
        bits.golomb()
    text = bits.text[: bits.at] + f"{number:0{width}b}" + bits.text[bits.at + width :]
    changed = int(text, 2).to_bytes(len(plain), "big")
    return _escaped(changed)
