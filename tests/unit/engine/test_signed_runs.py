"""What runs have made is signed, without a path; its recipe runs on other footage; its digest is the unsigned one."""

import json
import shutil

import pytest

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.engine.histories import (
    history_lines,
    init_signing,
    recipe_from_film,
    result_digest,
    sign_by_hand,
    verify,
)
from mutoscope.engine.replay import replay
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.engine.sign import made_by, record_of, sign_result
from mutoscope.filters.shelf import find
from mutoscope.provenance.history import history_of
from mutoscope.recipes.manifest import Manifest, read_manifest
from mutoscope.recipes.rows import Result, UsedFile, UsedWeights
from mutoscope.storage.hashing import hash_file
from mutoscope.testing.media import make_picture


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("MUTOSCOPE_SIGN_CERT", raising=False)
    monkeypatch.delenv("MUTOSCOPE_SIGN_KEY", raising=False)


@pytest.fixture
def ada():
    return init_signing("Ada Lovelace")


@pytest.fixture
def made(film, recipe, tmp_path):
    """Run a recipe with a mask that lies elsewhere; give the result and its manifest."""

    def run(name="out.mp4", steps='[[step]]\neffect = "frame.identity"\nmask = "in/mask.png"\n'):
        (tmp_path / "in").mkdir(exist_ok=True)
        make_picture(tmp_path / "in/mask.png", width=46, height=34)
        done = run_recipe(recipe(steps), film, tmp_path / name, work=tmp_path / "work", sign=False)
        return done, read_manifest(done.manifest)

    return run


def manifest(tmp_path, *steps, files=(), weights=()):
    recipe = {"mutoscope": 1, "step": list(steps)}
    source = UsedFile(path=str(tmp_path / "clip.mp4"), sha256="a" * 64, bytes=1, role="source")
    result = Result(path=str(tmp_path / "out.mp4"), sha256="b" * 64, bytes=2, frames=7)
    return Manifest(kind="film", recipe=recipe, inputs=(source, *files), weights=weights, result=result)


def test_without_a_certificate_nothing_is_signed(made, film):
    done, told = made()
    before = done.path.read_bytes()
    assert sign_result(done.path, told, [film]) == []
    assert done.path.read_bytes() == before
    with pytest.raises(InputError, match="mutoscope sign init"):
        sign_result(done.path, told, [film], sign=True)


def test_init_says_plainly_that_nobody_else_knows_the_signer(ada):
    text = " ".join(ada)
    assert "Ada Lovelace" in text
    assert "on no public trust list" in text


def test_a_run_is_signed_and_keeps_its_digest(made, film, ada):
    done, told = made()
    assert sign_result(done.path, told, [film]) == ["signed by Ada Lovelace"]
    verdict = verify(done.path)
    assert (verdict.state, verdict.generation.record.unsigned_sha256) == ("trusted", told.result.sha256)
    assert hash_file(done.path) != told.result.sha256
    assert result_digest(done.path) == told.result.sha256
    assert verdict.lines()[1].startswith("Made from film.mp4 by frame.identity (mask mask.png)")


def test_an_altered_result_has_its_own_digest(made, film, ada):
    done, told = made()
    sign_result(done.path, told, [film])
    done.path.write_bytes(done.path.read_bytes() + b"\0")
    assert result_digest(done.path) == hash_file(done.path) != told.result.sha256


def test_who_does_not_want_a_signature_gets_none(made, film, ada):
    done, told = made()
    assert sign_result(done.path, told, [film], sign=False) == []
    assert verify(done.path).exit_code == 2


def test_a_result_that_cannot_be_signed_stands_and_says_so(made, film, ada, monkeypatch):
    done, told = made()
    before = done.path.read_bytes()
    monkeypatch.setattr("mutoscope.storage.atomic.os.access", lambda *_: False)
    (line,) = sign_result(done.path, told, [film])
    assert line.startswith("out.mp4 was not signed: the folder")
    assert done.path.read_bytes() == before


def test_pictures_and_webm_get_a_sidecar(made, film, ada, tmp_path):
    done, told = made("frame_%03d.png")
    assert sign_result(done.path, told, [film], numbers=done.numbers) == [
        "signed by Ada Lovelace in frame.history.json"
    ]
    assert verify(done.path).state == "trusted"
    assert result_digest(done.path) == told.result.sha256
    (tmp_path / "frame_999.png").write_bytes(b"an older one")
    assert verify(done.path).state == "trusted"
    assert verify(tmp_path / "frame_999.png").state == "unsigned"


def test_no_path_goes_into_the_history(made, film, ada, tmp_path):
    done, told = made()
    sign_result(done.path, told, [film])
    assert str(tmp_path).encode() not in done.path.read_bytes()
    assert str(tmp_path) not in "\n".join(history_lines(done.path))


def test_undeclared_paths_are_cut_down_to_names(tmp_path):
    step = {"effect": "gone.plugin", "params": {"lut": "/home/ada/secret/a.cube", "deep": ["C:\\Users\\ada\\b.cube"]}}
    text = record_of(manifest(tmp_path, step)).recipe
    assert json.loads(text)["step"][0]["params"] == {"lut": "a.cube", "deep": ["b.cube"]}


def test_two_files_of_one_name_are_told_apart(tmp_path):
    step = {"effect": "frame.identity", "mask": str(tmp_path / "a/m.png"), "inputs": {"x": str(tmp_path / "b/m.png")}}
    files = [
        UsedFile(path=str(tmp_path / folder / "m.png"), sha256=folder * 64, bytes=1, role=f"step 1 {role}")
        for folder, role in (("a", "mask"), ("b", "x"))
    ]
    record = record_of(manifest(tmp_path, step, files=files))
    plain = json.loads(record.recipe)["step"][0]
    assert (plain["mask"], plain["inputs"]["x"]) == ("m.png", "m-2.png")
    assert [(one.name, one.sha256[0]) for one in record.materials] == [("m.png", "a"), ("m-2.png", "b")]


def test_a_filter_says_whose_painting_it_was_trained_from(tmp_path):
    used = UsedWeights(name="filter great-wave", sha256="c" * 64, licence="public domain", source="")
    step = {"effect": "filter.play", "params": {"name": "great-wave", "strength": 0.8}}
    record = record_of(manifest(tmp_path, step, weights=[used]))
    (wave,) = record.materials
    assert (wave.kind, wave.name, wave.sha256) == ("filter", "great-wave", "c" * 64)
    assert (wave.title, wave.artist) == ("The Great Wave off Kanagawa", "Katsushika Hokusai")
    assert record.steps[0].materials == ("great-wave",)
    assert record.source_type == "compositeWithTrainedAlgorithmicMedia"
    assert (record.figures["frames"], record.unsigned_sha256) == (7, "b" * 64)


def test_a_painting_that_is_known_is_named(tmp_path):
    known = find("starry-night").card.style
    path = str(tmp_path / "IMG_1.jpg")
    step = {"effect": "stylize.optimise", "params": {"style": path}}
    row = UsedFile(path=path, sha256=known.sha256, bytes=1, role="step 1 style")
    (picture,) = record_of(manifest(tmp_path, step, files=[row])).materials
    assert (picture.kind, picture.name, picture.artist) == ("style picture", "IMG_1.jpg", "Vincent van Gogh")


def test_glitch_without_a_network_is_algorithmic(tmp_path):
    assert record_of(manifest(tmp_path, {"effect": "corrupt.datamosh"})).source_type == "algorithmicMedia"


def test_what_no_recipe_made_has_a_record_too(tmp_path, ada):
    model = tmp_path / "model.bin"
    model.write_bytes(b"numbers")
    record = made_by("autoencode.walk", {"seed": 3, "out": str(tmp_path / "x.mp4")}, {"model": model})
    assert record.source_type == "trainedAlgorithmicMedia"
    assert record.steps[0].params == {"seed": 3, "out": "x.mp4"}
    path = make_picture(tmp_path / "walk.png", width=17, height=23)
    assert sign_result(path, record) == ["signed by Ada Lovelace"]
    assert history_of(path)[-1].actions[0] == "c2pa.created"


def test_the_recipe_of_a_film_runs_on_other_footage(made, film, ada, tmp_path):
    done, told = made()
    sign_result(done.path, told, [film])
    other = shutil.copy(film, tmp_path / "other.mp4")
    (tmp_path / "moved").mkdir()
    mask = (tmp_path / "in/mask.png").rename(tmp_path / "moved/renamed.png")
    with pytest.raises(ParameterError, match=r"out\.mp4 was made with mask\.png \(step 1 mask, sha256 [0-9a-f]{16}…\)"):
        recipe_from_film(done.path)
    recipe = recipe_from_film(done.path, [mask])
    again = run_recipe(recipe, other, tmp_path / "again.mp4", work=tmp_path / "work2", sign=False)
    assert read_manifest(again.manifest).result.sha256 == told.result.sha256


def test_a_file_of_the_same_name_and_other_bytes_is_not_taken(made, film, ada, tmp_path):
    done, told = made()
    sign_result(done.path, told, [film])
    make_picture(tmp_path / "mask.png", width=44, height=34)
    with pytest.raises(ParameterError, match="not here"):
        recipe_from_film(done.path)
    shutil.copy(tmp_path / "in/mask.png", tmp_path / "mask.png")
    assert recipe_from_film(done.path).step[0].mask == str(tmp_path / "mask.png")


def test_a_film_without_recipe_is_refused(made, film, ada, tmp_path):
    with pytest.raises(InputError, match="no signed history"):
        recipe_from_film(film)
    sign_by_hand(film)
    with pytest.raises(InputError, match="has no recipe"):
        recipe_from_film(film)
    done, told = made()
    sign_result(done.path, told, [film])
    done.path.write_bytes(done.path.read_bytes() + b"\0")
    with pytest.raises(InputError, match="cannot be believed"):
        recipe_from_film(done.path)


def test_signing_by_hand_takes_parents_and_folders(film, ada, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.png", "b.jpg"):
        make_picture(folder / name, width=17, height=23)
    assert sign_by_hand(folder).place == folder / "frames.history.json"
    assert verify(folder).state == "trusted"
    picture = make_picture(tmp_path / "still.png", width=17, height=23)
    sign_by_hand(film)
    sign_by_hand(picture, [film])
    assert [one.name for one in history_of(picture)] == ["film.mp4", "still.png"]
    assert verify(picture).lines()[1] == "Made from film.mp4, nobody wrote down how."
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no picture"):
        sign_by_hand(tmp_path / "empty")


def test_a_filter_of_ones_own_must_be_on_the_shelf(film, ada, tmp_path):
    path = tmp_path / "dusk.safetensors"
    path.write_bytes(b"weights")
    row = UsedFile(path=str(path), sha256="d" * 64, bytes=1, role="step 1 filter dusk")
    step = {"effect": "filter.play", "params": {"name": "dusk"}}
    sign_result(film, record_of(manifest(tmp_path, step, files=[row])))
    with pytest.raises(ParameterError, match=r"dusk\.safetensors \(step 1 filter dusk, .*put it into .*filters"):
        recipe_from_film(film, [path])


def test_a_run_signs_by_itself_and_a_replay_leaves_the_signature(film, recipe, ada, tmp_path):
    done = run_recipe(
        recipe('[[step]]\neffect = "frame.identity"\n'), film, tmp_path / "out.mp4", work=tmp_path / "work"
    )
    assert "signed by Ada Lovelace" in done.notices
    signed = done.path.read_bytes()
    replay(done.manifest, work=tmp_path / "work")
    assert done.path.read_bytes() == signed
    assert verify(done.path).state == "trusted"


def test_a_digest_that_a_stranger_claims_does_not_count(made, film, ada, tmp_path, monkeypatch):
    done, told = made()
    sign_result(done.path, told, [film])
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "elsewhere"))
    assert result_digest(done.path) == hash_file(done.path)


def test_what_was_made_before_there_was_a_certificate_can_be_signed_by_hand(made, ada):
    done, told = made()
    sign_by_hand(done.path)
    assert verify(done.path).lines()[1].startswith("Made from film.mp4 by frame.identity")
    assert result_digest(done.path) == told.result.sha256


def test_a_manifest_of_other_bytes_is_not_believed(made, film, ada):
    done, _ = made()
    done.path.write_bytes(film.read_bytes())
    sign_by_hand(done.path)
    assert verify(done.path).lines()[1] == "How it was made was not recorded."
