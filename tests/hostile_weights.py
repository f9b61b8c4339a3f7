"""Hostile files that pretend to be weights or numbers."""

import io
import json
import pickle
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["arrays", "pickles", "safetensors"]

Made = tuple[str, bytes]


class _Touch:
    """Makes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return (os.system, ("touch mutoscope-was-here /tmp/mutoscope-was-here",))


def pickles(folder: Path, chance: random.Random) -> Iterator[Made]:
    for protocol in range(6):
        content = pickle.dumps(_Touch(), protocol)
        for name in ("weights.pth", "weights.safetensors", "film.mp4")[: 3 if protocol % 2 else 2]:
            yield name, content
    torch = io.BytesIO()
    with zipfile.ZipFile(torch, "w") as archive:
        archive.writestr(zipfile.ZipInfo("archive/data.pkl"), pickle.dumps(_Touch(), 2))
    for name in ("weights.pth", "weights.safetensors", "numbers.npz"):
        yield name, torch.getvalue()
    yield "model.h5", b"\x89HDF\r\n\x1a\n" + bytes(200)


def safetensors(folder: Path, chance: random.Random) -> Iterator[Made]:
    def file(header: object, data: int = 0, length: int | None = None) -> Made:
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        return "weights.safetensors", (length or len(text)).to_bytes(8, "little") + text + bytes(data)

    def one(**changed: object) -> dict[str, object]:
        return {"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16], **changed}}

    yield file(one(), 16, 2**62)
    yield file(one(), 16, 2**40)
    yield file(b"{" * 900_000)
    yield file(b'{"a":' * 50_000 + b"1" + b"}" * 50_000)
    yield file(b"{" + b" " * 2_000_000 + b"}")
    yield file({**one(), "b": {"dtype": "F32", "shape": [2, 2], "data_offsets": [8, 24]}}, 24)
    yield file({**one(), "b": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}, 16)
    yield file({**one(), "b": {"dtype": "F32", "shape": [2, 2], "data_offsets": [64, 80]}}, 80)
    yield file(one(), 4)
    yield file(one(), 4000)
    yield file(one(data_offsets=[16, 0]), 16)
    yield file(one(data_offsets=[-16, 16]), 16)
    yield file(one(shape=[2**40, 2**40]), 16)
    yield file(one(shape=[-2, -2]), 16)
    yield file(one(shape=[1] * 1000), 16)
    yield file(one(shape="22"), 16)
    yield file(one(dtype="OBJECT"), 16)
    yield file(one(dtype=["F32"]), 16)
    yield file({"a": 7}, 16)
    yield file({"a": {}}, 0)
    yield file([1, 2, 3], 0)
    yield file({"__metadata__": [1, 2]}, 0)
    yield file(one(data_offsets=[0, True]), 1)
    yield file({f"t{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 2**61]} for i in range(5000)}, 0)


def arrays(folder: Path, chance: random.Random) -> Iterator[Made]:
    objects = io.BytesIO()
    np.savez(objects, z=np.array([_Touch()], dtype=object))
    yield "numbers.npz", objects.getvalue()
    bare = io.BytesIO()
    np.save(bare, np.zeros(3))
    yield "numbers.npz", bare.getvalue()
    good = bare.getvalue()

    def archive(*members: tuple[str, bytes], how: int = zipfile.ZIP_STORED) -> Made:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", how) as file:
            for name, content in members:
                file.writestr(zipfile.ZipInfo(name), content, how)
        return "numbers.npz", packed.getvalue()

    def header(text: str) -> bytes:
        line = text.encode() + b"\n"
        return b"\x93NUMPY\x01\0" + len(line).to_bytes(2, "little") + line

    yield archive(("z.npy", header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }") + b"cos\nsystem\n."))
    yield archive(("z.npy", header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }")))
    yield archive(("z.npy", header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }") + bytes(4)))
    yield archive(("z.npy", header("__import__('os').system('touch mutoscope-was-here')")))
    yield archive(("z.npy", header("(" * 60_000)))
    yield archive(("z.npy", header("{'descr': " + "[" * 3000 + "]" * 3000 + "}")))
    yield archive(("z.npy", b"\x93NUMPY\x02\0\xff\xff\xff\xff" + bytes(100)))
    yield archive(("z.npy", b"nothing"))
    yield archive(("z.npy", good), ("data.pkl", pickle.dumps(_Touch())))
    yield archive(("z.npy", good), ("../../../tmp/mutoscope-was-here.npy", good))
    yield archive(("z.npy", good + bytes(128 << 20)), how=zipfile.ZIP_DEFLATED)
    yield archive(*[(f"{number}.npy", good) for number in range(3000)])
    whole = archive(("z.npy", good))[1]
    for part in (0.3, 0.6, 0.95):
        yield "numbers.npz", whole[: int(len(whole) * part)]
    bent = bytearray(whole)
    bent[bent.index(b"PK\x01\x02") + 10] = 99  # a way of packing that does not exist
    yield "numbers.npz", bytes(bent)
