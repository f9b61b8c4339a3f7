"""More than 300 files that strangers might send, through the sandbox."""

import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from hostile_corpus import MARKER, make_corpus
from mutoscope.service.problems import Problem
from mutoscope.service.sandbox.sandbox import Sandbox
from mutoscope.service.settings import Settings

_MOST_S = 10.0


@pytest.mark.slow
def test_every_hostile_file_is_refused_or_taken_with_care(tmp_path):
    """Slow: writes and reads 575 files."""
    corpus = make_corpus(tmp_path / "corpus")
    settings = Settings(data=tmp_path / "data")
    limits = {"pixels": settings.media_pixels, "seconds": settings.media_seconds, "frames": settings.media_frames}
    sandbox = Sandbox(settings)
    drawer = tmp_path / "drawer"
    drawer.mkdir()
    sandbox.start()
    refused: Counter[str] = Counter()
    refusals: list[tuple[str, str]] = []
    try:
        with pytest.raises(Problem):  # it is no object; what is waited for is that all is loaded
            sandbox.run("os:getpid", {})
        pid = sandbox.pid
        for one in corpus:
            args = {"path": str(one.path), "name": one.name, "limits": limits, "poster": str(drawer / "poster.jpg")}
            start = time.monotonic()
            try:
                target = "mutoscope.service.sandbox.tasks.look:look"
                told = sandbox.run(target, args, reads=[one.path], writes=[drawer])
            except Problem as problem:
                refused[one.kind] += 1
                refusals.append((problem.kind.name, problem.detail))
            else:
                assert told["notices"] or one.may_pass, one
                assert (told.get("width") or 0) * (told.get("height") or 0) <= limits["pixels"], one
                assert (told.get("num_frames") or 0) <= limits["frames"], one
            assert time.monotonic() - start < _MOST_S, one
        assert sandbox.pid == pid
    finally:
        sandbox.stop()

    assert {name for name, _ in refusals} == {"media-refused"}
    assert not [detail for _, detail in refusals if str(tmp_path) in detail]
    assert len(corpus) >= 300
    assert len({one.kind for one in corpus}) >= 12
    assert all(refused[one.kind] for one in corpus if not one.may_pass and "GAB2" not in one.kind)
    assert not [*tmp_path.rglob(f"{MARKER}*"), *Path(tempfile.gettempdir()).glob(f"{MARKER}*")]
    assert [path for path in drawer.iterdir() if path.name != "poster.jpg"] == []
