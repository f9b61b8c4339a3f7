"""`mutoscope filters` as a person types it."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from mutoscope.filters.files import load_filter
from mutoscope.filters.network import fold_sides
from mutoscope.filters.shelf import find, shelf
from mutoscope.testing.media import make_clip
from mutoscope.video.read import read_picture


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def photo(tmp_path):
    y, x = np.mgrid[:70, :90]
    path = tmp_path / "photo.png"
    Image.fromarray(np.stack([x * 2, y * 3, (x + y) % 256], 2).astype(np.uint8)).save(path)
    return path


def foreign(path, *, shape=(1, 3, "h", "w"), nodes=None, inputs=1, kind=TensorProto.FLOAT, gain=0.5):
    """A fast-neural-style model as others export it: 0..255 in, 0..255 out."""
    taken = [helper.make_tensor_value_info(f"in{i}", kind, list(shape)) for i in range(inputs)]
    given = helper.make_tensor_value_info("out", kind, list(shape))
    constants = [numpy_helper.from_array(np.array(gain, np.float32), "gain")]
    made = nodes or [helper.make_node("Mul", ["in0", "gain"], ["out"])]
    graph = helper.make_graph(made, "g", taken, [given], constants)
    domains = [helper.make_opsetid("", 17), helper.make_opsetid("strange.ops", 1)]
    onnx.save(helper.make_model(graph, opset_imports=domains, ir_version=8), path)
    return path


def test_the_shelf_holds_at_least_32_in_less_than_12_megabytes(mutoscope_command):
    done = mutoscope_command("filters")

    items = shelf()
    assert done.code == 0
    assert len(items) >= 32
    assert all(item.name in done.out for item in items)
    assert all(item.path.stat().st_size <= 50_000 for item in items)
    folder = items[0].path.parent
    assert sum(path.stat().st_size for path in folder.iterdir()) < 12_000_000


def test_every_card_names_its_picture_and_licence():
    for item in shelf():
        assert item.card.style.title, item.name
        assert item.card.style.artist, item.name
        assert item.card.style.licence not in ("", "unknown"), item.name
        assert len(item.card.style.sha256) == 64, item.name
        assert len(item.card.palette) == 16, item.name
        assert item.card.training.steps > 1000, item.name


def test_filters_are_drawn_on_a_sheet(photo, tmp_path, mutoscope_command):
    done = mutoscope_command("filters", "--sheet", tmp_path / "sheet.jpg", "--picture", photo)

    assert done.code == 0, done.err
    assert read_picture(tmp_path / "sheet.jpg").size[1] == 1600


def test_an_export_plays_in_plain_onnxruntime_with_the_same_picture(tmp_path, mutoscope_command):
    done = mutoscope_command("filters", "export", "great-wave", tmp_path / "wave.onnx")

    assert done.code == 0, done.err
    x = torch.rand(1, 3, 45, 67, generator=torch.Generator().manual_seed(1))
    session = onnxruntime.InferenceSession(str(tmp_path / "wave.onnx"))
    played = session.run(None, {"frames": x.numpy()})[0]
    filter_ = load_filter(find("great-wave").path)
    wanted = filter_.network(fold_sides(x), filter_.style)[:, :, :45, :67].numpy()
    assert np.abs(played - wanted).max() < 1 / 255


def test_an_exported_filter_comes_back(photo, tmp_path, mutoscope_command):
    mutoscope_command("filters", "export", "mosaic", tmp_path / "m.safetensors")
    mutoscope_command("filters", "export", "mosaic", tmp_path / "m.onnx")

    assert mutoscope_command("filters", "import", tmp_path / "m.safetensors", "--name", "tiles").code == 0
    assert mutoscope_command("filters", "import", tmp_path / "m.onnx", "-n", "tiles-2", "--range", "0..1").code == 0

    painted = []
    for name in ("mosaic", "tiles", "tiles-2"):
        out = tmp_path / f"{name}.png"
        assert mutoscope_command("filter", photo, out, "-n", name, "-o", "precision=float32").code == 0
        painted.append(np.asarray(Image.open(out)).astype(int))
    assert np.abs(painted[1] - painted[0]).max() <= 1
    assert np.abs(painted[2] - painted[0]).max() <= 1


@pytest.mark.parametrize("shape", [(1, 3, "h", "w"), (1, 3, 64, 64)], ids=["any size", "fixed size"])
def test_a_foreign_model_plays_like_any_filter(shape, photo, tmp_path, mutoscope_command):
    foreign(tmp_path / "Dark Look.onnx", shape=shape)

    assert mutoscope_command("filters", "import", tmp_path / "Dark Look.onnx").code == 0
    done = mutoscope_command("filter", photo, tmp_path / "out.png", "-n", "dark-look")

    assert done.code == 0, done.err
    was, now = (np.asarray(Image.open(p)).astype(float) for p in (photo, tmp_path / "out.png"))
    assert now.shape == was.shape
    assert np.abs(now.mean() - was.mean() / 2) < 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shape": (3, "h", "w")}, "takes 3x?x?; expected 1x3xHxW"),
        ({"shape": (1, 1, "h", "w")}, "takes 1x1x?x?"),
        ({"inputs": 2}, "takes 2 inputs"),
        ({"kind": TensorProto.DOUBLE, "nodes": [helper.make_node("Identity", ["in0"], ["out"])]}, "no 32-bit floats"),
        ({"nodes": [helper.make_node("Paint", ["in0"], ["out"], domain="strange.ops")]}, "operators of 'strange.ops'"),
        ({"gain": 1e-9}, "paints one plain colour"),
    ],
)
def test_foreign_models_are_checked(options, said, tmp_path, mutoscope_command):
    done = mutoscope_command("filters", "import", foreign(tmp_path / "m.onnx", **options))

    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1
    assert not list((tmp_path / "data").rglob("*.onnx"))


def test_a_wrong_range_is_told(tmp_path, mutoscope_command):
    mutoscope_command("filters", "export", "mosaic", tmp_path / "m.onnx")

    done = mutoscope_command("filters", "import", tmp_path / "m.onnx", "--name", "m", "--range", "0..255")

    assert done.code == 2
    assert "try --range 0..1" in done.err


def test_a_model_that_was_changed_after_the_check_is_refused(photo, tmp_path, mutoscope_command):
    foreign(tmp_path / "a.onnx")
    foreign(tmp_path / "b.onnx", gain=0.7)
    mutoscope_command("filters", "import", tmp_path / "a.onnx")
    (tmp_path / "data" / "filters" / "a.onnx").write_bytes((tmp_path / "b.onnx").read_bytes())

    done = mutoscope_command("filter", photo, tmp_path / "out.png", "-n", "a")

    assert done.code == 2
    assert "is not the file that was checked" in done.err


def test_a_broken_filter_or_film_does_not_stop_the_others(tmp_path, mutoscope_command):
    folder = tmp_path / "footage"
    folder.mkdir()
    make_clip(folder / "a.mp4", width=96, height=64, num_frames=4)
    (folder / "b.mp4").write_bytes(b"no film")
    Image.new("RGB", (400, 6)).save(folder / "banner.png")

    done = mutoscope_command("filters", "try", folder, "-n", "mosaic")

    assert done.code == 0, done.err
    assert "left out" in done.err
    assert "banner.png" in done.out
    assert mutoscope_command("filters", "try", folder, "-n", "mosaik").code == 2


def test_garbage_is_not_imported(tmp_path, mutoscope_command):
    (tmp_path / "a.onnx").write_bytes(b"not a model")
    (tmp_path / "b.safetensors").write_bytes(b"\x80\x04]q.")
    (tmp_path / "c.pth").write_bytes(b"x")

    for name, said in {"a.onnx": "is not an ONNX model", "b.safetensors": "not a whole", "c.pth": "neither"}.items():
        done = mutoscope_command("filters", "import", tmp_path / name)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert said in done.err


def test_names_are_held_and_given_back(tmp_path, mutoscope_command):
    mutoscope_command("filters", "export", "mosaic", tmp_path / "mine.safetensors")
    assert mutoscope_command("filters", "import", tmp_path / "mine.safetensors").code == 0

    again = mutoscope_command("filters", "import", tmp_path / "mine.safetensors")
    shipped = mutoscope_command("filters", "remove", "mosaic")
    removed = mutoscope_command("filters", "remove", "mine")

    assert again.code == 2
    assert "there is a filter 'mine' already" in again.err
    assert shipped.code == 2
    assert "came with Mutoscope" in shipped.err
    assert removed.code == 0
    assert mutoscope_command("filters", "show", "mine").code == 2


def test_a_card_is_shown_as_json(mutoscope_command):
    done = mutoscope_command("filters", "show", "great-wave")

    assert json.loads(done.out)["style"]["artist"].startswith("Katsushika Hokusai")


def test_pairs_of_filter_and_footage_are_sorted(tmp_path, mutoscope_command):
    folder = tmp_path / "footage"
    folder.mkdir()
    make_clip(folder / "a.mp4", width=96, height=64, num_frames=4)
    (folder / "notes.txt").write_text("no footage")

    done = mutoscope_command("filters", "try", folder, "-n", "mosaic", "-n", "woodcut", "--sheet", tmp_path / "s.png")

    assert done.code == 0, done.err
    rows = [line.split() for line in done.out.splitlines() if "a.mp4" in line]
    assert {row[0] for row in rows} == {"mosaic", "woodcut"}
    assert float(rows[0][1]) >= float(rows[1][1])
    assert all(0 <= float(part) <= 1 for row in rows for part in row[1:5])
    assert (tmp_path / "s.png").exists()


def test_a_folder_without_footage_is_told(tmp_path, mutoscope_command):
    done = mutoscope_command("filters", "try", tmp_path)

    assert done.code == 2
    assert "holds no film or picture" in done.err


def test_the_fastest_runtime_is_measured_and_kept(tmp_path, mutoscope_command):
    done = mutoscope_command("doctor", "--tune")

    assert done.code == 0, done.err
    table = json.loads((tmp_path / "cache" / "runtimes.json").read_text())
    (found,) = table.values()
    fastest = min(found["milliseconds"], key=found["milliseconds"].get)
    assert f"{found['runtime']} {found['precision']}" == fastest
    assert "measured here" in mutoscope_command("doctor").out
    assert "frames/s at 640x360" in mutoscope_command("filters").out
