"""Who waits for a frame waits for nothing that waits for them."""

import threading
from pathlib import Path
from types import SimpleNamespace

from mutoscope.service.media.derived import Derived


def test_frames_asked_for_at_once_never_wait_for_each_other_for_ever(tmp_path, monkeypatch):
    """Locks are shared by many keys; with one for all of them every frame met itself when it wanted the index."""
    library = SimpleNamespace(path=lambda media: tmp_path / media.id, beside=lambda media: tmp_path)
    derived = Derived(library, None)
    derived._locks = (threading.Lock(),)
    derived._indexing = (threading.Lock(),)

    def run(media, source, task, args):
        if "out" in args:
            Path(args["out"]).write_bytes(b"png")
        return {"num_frames": 100}

    monkeypatch.setattr(derived, "_run", run)
    made = []
    films = [SimpleNamespace(id=f"m_{n}", kind="video", name="clip.mp4") for n in range(2)]
    threads = [
        threading.Thread(target=lambda film=film, n=n: made.append(derived.frame(film, n)), daemon=True)
        for film in films
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(made) == 16
