"""`mutoscope sign`, `verify`, `history`, `run --from`, `publish`, `stores`, `estimate`, as a person types them."""

import json
from fractions import Fraction

import pytest

from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.info import probe


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def film(tmp_path):
    return make_clip(
        tmp_path / "clip.mp4", width=64, height=48, num_frames=20, sounds=[Sound(seconds=Fraction(20, 25))]
    )


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "shift.toml"
    path.write_text('mutoscope = 1\n[[step]]\neffect = "corrupt.channel_shift"\n', encoding="utf-8")
    return path


@pytest.fixture
def signed(film, recipe, tmp_path, mutoscope_command):
    assert mutoscope_command("sign", "init", "--name", "Ada Lovelace").code == 0
    assert mutoscope_command("run", recipe, film, tmp_path / "out.mp4").code == 0
    return tmp_path / "out.mp4"


def test_a_certificate_says_that_it_is_on_no_public_list(mutoscope_command):
    done = mutoscope_command("sign", "init", "--name", "Ada Lovelace")

    assert done.code == 0
    assert "no public trust list" in done.out
    again = mutoscope_command("sign", "init")
    assert again.code == 2
    assert len(again.err.splitlines()) == 1


def test_three_lines_tell_what_was_done_to_a_film(signed, mutoscope_command):
    done = mutoscope_command("verify", signed)

    assert done.code == 0
    lines = done.out.splitlines()
    assert len(lines) == 3
    assert "Ada Lovelace" in lines[0]
    assert "clip.mp4" in lines[1]
    assert "corrupt.channel_shift" in lines[1]


def test_a_film_that_was_altered_is_told(signed, mutoscope_command):
    data = bytearray(signed.read_bytes())
    place = data.index(b"mdat") + 200
    data[place] ^= 1
    signed.write_bytes(bytes(data))

    done = mutoscope_command("verify", signed)

    assert done.code == 3


def test_a_film_without_a_history_has_none(film, mutoscope_command):
    assert mutoscope_command("verify", film).code == 2


def test_without_a_certificate_nothing_is_signed_and_no_sign_leaves_it_out(film, recipe, tmp_path, mutoscope_command):
    mutoscope_command("run", recipe, film, tmp_path / "plain.mp4")
    mutoscope_command("sign", "init")
    mutoscope_command("run", recipe, film, tmp_path / "unsigned.mp4", "--no-sign")

    assert (tmp_path / "plain.mp4").read_bytes() == (tmp_path / "unsigned.mp4").read_bytes()
    assert mutoscope_command("verify", tmp_path / "unsigned.mp4").code == 2


def test_the_recipe_in_a_film_makes_the_same_of_other_footage(signed, film, recipe, tmp_path, mutoscope_command):
    other = make_clip(tmp_path / "other.mp4", width=50, height=34, num_frames=6)

    done = mutoscope_command("run", "--from", signed, other, tmp_path / "a.mp4", "--no-sign")
    mutoscope_command("run", recipe, other, tmp_path / "b.mp4", "--no-sign")

    assert done.code == 0, done.err
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_signed_result_can_be_replayed(signed, tmp_path, mutoscope_command):
    before = signed.read_bytes()

    assert mutoscope_command("replay", tmp_path / "out.mutoscope.json").code == 0
    assert signed.read_bytes() == before  # it stands: a replay compares what was there before it was signed

    signed.unlink()
    assert mutoscope_command("replay", tmp_path / "out.mutoscope.json").code == 0
    assert mutoscope_command("verify", signed).code == 0


def test_history_prints_generations_and_signing_by_hand_adds_one(signed, tmp_path, mutoscope_command):
    poster = tmp_path / "poster.png"
    mutoscope_command("frames", signed, tmp_path / "frames")
    (tmp_path / "frames" / "frame_000001.png").rename(poster)

    assert mutoscope_command("sign", poster, "--parent", signed).code == 0
    told = mutoscope_command("history", poster).out

    assert told.index("out.mp4") < told.index("poster.png")


def test_a_page_for_people_goes_into_a_folder_or_a_store(signed, tmp_path, mutoscope_command):
    done = mutoscope_command("publish", signed, tmp_path / "page")
    assert done.code == 0
    assert "corrupt.channel_shift" in (tmp_path / "page" / "index.html").read_text(encoding="utf-8")

    stored = mutoscope_command("publish", signed, "data://pages/out")
    assert stored.code == 0
    assert stored.out.strip() == "data://pages/out/index.html"


def test_films_and_results_may_be_addresses(film, recipe, tmp_path, mutoscope_command):
    first = mutoscope_command("run", recipe, film, "data://out/", "--publish", "data://pages")
    assert first.code == 0, first.err
    assert "data://out/clip.mp4" in first.out
    assert "data://pages/clip/index.html" in first.out

    second = mutoscope_command("run", recipe, "data://out/*.mp4", tmp_path / "again.mp4")
    assert second.code == 0, second.err
    assert probe(tmp_path / "again.mp4").width == 64
    told = json.loads((tmp_path / "again.mutoscope.json").read_text())
    assert told["inputs"][0]["path"] == "data://out/clip.mp4"
    assert mutoscope_command("replay", tmp_path / "again.mutoscope.json").code == 0


def test_stores_are_added_listed_tried_and_forgotten(tmp_path, mutoscope_command):
    (tmp_path / "nas").mkdir()

    assert mutoscope_command("stores", "add", "nas", tmp_path / "nas", "--write").code == 0
    assert "nas" in mutoscope_command("stores", "list").out
    assert mutoscope_command("stores", "check", "nas").code == 0
    assert mutoscope_command("stores", "remove", "nas").code == 0
    assert mutoscope_command("stores", "check", "nas").code == 2


def test_an_estimate_tells_time_and_money(film, recipe, tmp_path, mutoscope_command):
    done = mutoscope_command("estimate", recipe, film)
    assert done.code == 0, done.err
    assert "20 frames" in done.out
    assert "USD" in done.out

    numbers = json.loads(mutoscope_command("estimate", recipe, film, "--json").out)
    assert numbers["frames"] == 20


def test_a_run_stops_before_it_costs_more(film, recipe, tmp_path, mutoscope_command):
    dear = tmp_path / "dear.toml"
    dear.write_text("[machine.cpu]\nper_hour = 1e8\nby = 'core'\n", encoding="utf-8")

    done = mutoscope_command("run", recipe, film, tmp_path / "o.mp4", "--max-cost", "0.01", "--prices", dear)

    assert done.code == 3
    assert "--max-cost" in done.err
    assert not (tmp_path / "o.mp4").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "recipe.toml"),
        ("run", "RECIPE", "s3:///x.mp4", "OUT"),
        ("run", "RECIPE", "data://../x.mp4", "OUT"),
        ("run", "RECIPE", "FILM", "s3://nobodys-bucket/out/"),
        ("run", "RECIPE", "FILM", "OUT", "--max-cost", "-1"),
        ("run", "--from", "FILM", "FILM", "OUT"),
        ("estimate", "RECIPE", "FILM", "--prices", "FILM"),
        ("stores", "add", "Bad Name", "s3://x"),
        ("stores", "add", "g", "gdrive://x", "--write"),
        ("sign", "none.mp4"),
        ("history", "none.mp4"),
        ("publish", "FILM", "OUT"),
    ],
    ids=" ".join,
)
def test_bad_input_is_one_line(arguments, film, recipe, tmp_path, mutoscope_command):
    places = {"RECIPE": recipe, "FILM": film, "OUT": tmp_path / "o.mp4"}

    done = mutoscope_command(*(places.get(one, one) for one in arguments))

    assert done.code == 2, done.err
    assert len(done.err.splitlines()) == 1, done.err
    assert not (tmp_path / "o.mp4").exists()
