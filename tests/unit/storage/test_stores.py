"""Stores are named, rooted, and read-only unless a person says otherwise."""

from pathlib import Path

import pytest

from mutoscope.core.errors import InputError, OutputError, ParameterError
from mutoscope.storage.places import check_store, fetch, list_uris, open_read, put, write_place
from mutoscope.storage.stores import Store, add_store, covering, load_stores, remove_store, stores_file
from mutoscope.storage.uris import parse_uri


@pytest.fixture(autouse=True)
def _own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "own data"))
    monkeypatch.delenv("MUTOSCOPE_STORES", raising=False)


def test_a_store_is_only_read_unless_it_is_said(tmp_path):
    (tmp_path / "nas").mkdir()
    add_store("nas", str(tmp_path / "nas"))
    assert load_stores()["nas"].mode == "ro"
    with pytest.raises(OutputError, match="--write"), write_place("store://nas/a.txt") as path:
        path.write_text("a")
    remove_store("nas")
    add_store("nas", str(tmp_path / "nas"), write=True)
    with write_place("store://nas/a.txt") as path:
        path.write_text("a")
    assert (tmp_path / "nas" / "a.txt").read_text() == "a"


def test_what_no_store_covers_is_not_written(tmp_path):
    with pytest.raises(OutputError, match="stores add NAME s3://bucket --write"):
        put(tmp_path / "x", "s3://bucket/a.mp4")


def test_a_store_says_what_it_holds_and_keeps_what_a_person_wrote(tmp_path):
    stores_file().parent.mkdir(parents=True)
    stores_file().write_text('# mine\n[stores.a]\nuri = "s3://one"\n')
    add_store("b", "s3://two/deep", write=True, endpoint="https://s3.example.org", profile='odd"name')
    assert load_stores()["b"] == Store("b", "s3://two/deep", "rw", "https://s3.example.org", 'odd"name')
    remove_store("b")
    assert stores_file().read_text().startswith("# mine\n")
    assert set(load_stores()) == {"a", "data"}


@pytest.mark.parametrize(
    ("name", "uri", "why"),
    [
        ("Ä", "s3://b", "no name"),
        ("a/b", "s3://b", "no name"),
        ("data", "s3://b", "already"),
        ("g", "gdrive://x", "beta"),
        ("g", "s3://b/*.mp4", "cannot be the root"),
        ("g", "store://data", "cannot be the root"),
        ("g", "s3://b/../c", "leads out"),
        ("g", "https://h/?token=hunter2", "cannot be the root"),
    ],
)
def test_what_cannot_be_a_store_is_told(name, uri, why):
    with pytest.raises((InputError, ParameterError), match=why) as told:
        add_store(name, uri)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "text",
    [
        "not toml [",
        "stores = 3",
        "[stores.a]\n",
        '[stores.a]\nuri = "s3://b"\nsecret = "hunter2"\n',
        '[stores.a]\nuri = "s3://b"\nmode = "rwx"\n',
        '[stores.a]\nuri = "s3://b"\nmode = 3\n',
        '[stores.a]\nuri = "nonsense"\n',
    ],
)
def test_a_broken_file_of_stores_is_told_in_one_line(text):
    stores_file().parent.mkdir(parents=True)
    stores_file().write_text(text)
    with pytest.raises(InputError, match=r"stores\.toml") as told:
        load_stores()
    assert "\n" not in str(told.value)
    assert "hunter2" not in str(told.value)


def test_the_longest_root_wins():
    add_store("all", "s3://bucket")
    add_store("out", "s3://bucket/out", write=True)
    assert covering(parse_uri("s3://bucket/out/a.mp4"))[0].name == "out"
    assert covering(parse_uri("s3://bucket/out/a.mp4"))[1] == "a.mp4"
    # "outer" only begins with the same letters.
    assert covering(parse_uri("s3://bucket/outer/a.mp4"))[0].name == "all"


@pytest.fixture
def nas(tmp_path):
    root = tmp_path / "nas"
    (root / "in" / "deep").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("hunter2")
    for name in ("in/a.mp4", "in/b.mp4", "in/deep/c.mp4", "in/.hidden.mp4"):
        (root / name).write_bytes(name.encode())
    add_store("nas", str(root), write=True)
    return root


@pytest.mark.parametrize(
    "path", ["../secret.txt", "in/../../secret.txt", "%2e%2e/secret.txt", "in\\..\\..\\secret.txt"]
)
def test_no_path_leaves_a_folder(nas, path):
    with pytest.raises(InputError):
        open_read(f"store://nas/{path}")


def test_no_link_leads_out_of_a_folder(nas, tmp_path):
    (nas / "link.txt").symlink_to(tmp_path / "secret.txt")
    (nas / "up").symlink_to(tmp_path)
    (nas / "good.mp4").symlink_to(nas / "in" / "a.mp4")
    for path in ("link.txt", "up/secret.txt"):
        with pytest.raises(InputError, match="link that leads out"):
            fetch(f"store://nas/{path}")
    with pytest.raises(OutputError, match="link that leads out"), write_place("store://nas/up/new.txt") as path:
        path.write_text("x")
    assert not (tmp_path / "new.txt").exists()
    assert list_uris("store://nas/*") == ["store://nas/good.mp4"]
    assert fetch("store://nas/good.mp4").read_bytes() == b"in/a.mp4"


def test_patterns_stay_within_a_name_and_two_stars_do_not(nas):
    assert list_uris("store://nas/in/*.mp4") == ["store://nas/in/a.mp4", "store://nas/in/b.mp4"]
    assert list_uris("store://nas/**/c.mp4") == ["store://nas/in/deep/c.mp4"]
    assert list_uris("store://nas/in/") == ["store://nas/in/a.mp4", "store://nas/in/b.mp4"]
    with pytest.raises(InputError, match="nothing matches"):
        list_uris("store://nas/*.mov")


def test_brackets_are_a_pattern_or_else_a_name(nas):
    with write_place("store://nas/clip [1].mp4") as path:
        path.write_text("x")
    assert list_uris("store://nas/clip [1].mp4") == ["store://nas/clip [1].mp4"]
    assert list_uris("store://nas/in/[a-b].mp4") == ["store://nas/in/a.mp4", "store://nas/in/b.mp4"]
    with pytest.raises(OutputError, match="names no file"), write_place("store://nas/*.mp4"):
        pass


def test_a_store_can_be_tried(nas):
    assert check_store("nas").ok
    assert sorted(one.name for one in nas.iterdir()) == ["in"]
    with pytest.raises(InputError, match="no store"):
        check_store("other")


def test_what_came_meanwhile_is_not_overwritten(nas):
    with pytest.raises(OutputError, match="came meanwhile") as told, write_place("store://nas/new.txt") as path:
        path.write_text("ours")
        (nas / "new.txt").write_text("theirs")
    assert (nas / "new.txt").read_text() == "theirs"
    kept = Path(str(told.value).rpartition("kept as ")[2].removesuffix("."))
    assert kept.read_text() == "ours"
    with write_place("store://nas/new.txt") as path:
        path.write_text("ours")
    assert (nas / "new.txt").read_text() == "ours"


def test_nothing_appears_of_what_fails(nas):
    with pytest.raises(RuntimeError), write_place("store://nas/new.txt") as path:
        path.write_text("half")
        raise RuntimeError
    assert not (nas / "new.txt").exists()
    with pytest.raises(OutputError, match="nothing was written"), write_place("store://nas/new.txt"):
        pass
    assert not [one for one in nas.iterdir() if one.name != "in"]
