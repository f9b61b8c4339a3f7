"""Films in a Dropbox, through its own SDK: tokens renew themselves, bytes are checked, nobody's work is overwritten."""

import random
import sys

import pytest

from dropbox_server import ACCESS, APP_KEY, REFRESH, DropboxServer
from mutoscope.core.errors import InputError, OutputError
from mutoscope.storage import opened
from mutoscope.storage.dropbox_login import Login, begin_login, find_login
from mutoscope.storage.opened import open_files
from mutoscope.storage.places import (
    check_store,
    fetch,
    list_uris,
    open_read,
    open_write,
    put,
    remove,
    stat,
    write_place,
)
from mutoscope.storage.protocol import RefusedError
from mutoscope.storage.stores import Store, add_store

FILM = random.Random(5).randbytes(20 * 2**20 + 3)


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """A server, and an SDK that knows no other: it reads its hosts as it is imported."""

    def forget():
        for name in [one for one in sys.modules if one == "dropbox" or one.startswith("dropbox.")]:
            del sys.modules[name]

    server = DropboxServer(tmp_path_factory.mktemp("dropbox"))
    forget()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DROPBOX_API_HOST", "DROPBOX_API_CONTENT_HOST"):
            patch.setenv(name, server.host)
        import dropbox

        assert server.host == dropbox.session.API_HOST
        yield server
    forget()
    server.close()


@pytest.fixture
def box(account, tmp_path, monkeypatch):
    account.reset()
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(account.ca))
    for name in ("DROPBOX_APP_SECRET", "DROPBOX_ACCESS_TOKEN", "MUTOSCOPE_DROPBOX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DROPBOX_REFRESH_TOKEN", REFRESH)
    monkeypatch.setenv("DROPBOX_APP_KEY", APP_KEY)
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))
    add_store("team", "dropbox://Team", write=True)
    yield account
    for files in opened._open.values():
        if getattr(files, "_client_made", None) is not None:
            files._client_made.close()
    opened._open.clear()


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(FILM)
    return path


def test_what_is_written_is_read(box, film):
    put(film, "dropbox://Team/out/film.mp4")
    assert box.files["/Team/out/film.mp4"][0] == FILM
    assert fetch("store://team/out/film.mp4").read_bytes() == FILM
    with open_read("dropbox://Team/out/film.mp4") as stream:
        stream.seek(-9, 2)
        assert stream.read() == FILM[-9:]
    assert stat("store://team/out/film.mp4").size == len(FILM)
    assert box.asked.count("files/upload_session/append_v2") == 1


def test_a_small_page_is_one_request(box):
    with open_write("store://team/index.html") as stream:
        stream.write(b"<p>")
    assert box.files["/Team/index.html"][0] == b"<p>"
    assert box.asked.count("files/upload") == 1


def test_a_folder_is_listed_page_by_page(box):
    for name in ("a.mp4", "b.mp4", "c.mp4", "d.mov"):
        box.put(f"/Team/in/{name}", b"x")
    box.put("/Team/in/deep/e.mp4", b"x")
    box.put("/other/f.mp4", b"x")
    assert list_uris("store://team/in/**/*.mp4") == [
        f"store://team/in/{name}" for name in ("a.mp4", "b.mp4", "c.mp4", "deep/e.mp4")
    ]
    assert check_store("team").ok


def test_a_token_that_expires_is_renewed(box, film):
    box.put("/Team/a.mp4", b"x")
    assert stat("store://team/a.mp4").size == 1
    box.tokens.clear()  # four hours later
    assert stat("store://team/a.mp4").size == 1
    assert box.refreshed == 2


def test_an_access_token_alone_tells_when_it_has_expired(box, monkeypatch):
    monkeypatch.delenv("DROPBOX_REFRESH_TOKEN")
    monkeypatch.setenv("DROPBOX_ACCESS_TOKEN", ACCESS)
    with pytest.raises(InputError, match=r"expired.*stores login dropbox") as told:
        stat("store://team/a.mp4")
    assert ACCESS not in str(told.value)


def test_a_revoked_token_is_told(box, monkeypatch):
    monkeypatch.setenv("DROPBOX_REFRESH_TOKEN", "revoked-and-secret")
    with pytest.raises(InputError, match="does not accept the token") as told:
        stat("store://team/a.mp4")
    assert "revoked-and-secret" not in f"{told.value!r}{told.value.__cause__!r}"
    assert told.value.__suppress_context__


def test_dropbox_is_waited_for_where_it_says_so(box, film):
    box.trouble = [429, 503, "drop"]
    put(film, "store://team/film.mp4")
    assert box.files["/Team/film.mp4"][0] == FILM


@pytest.mark.parametrize("lost_at", range(1, 4))
def test_an_answer_that_was_lost_spoils_nothing(box, film, lost_at):
    # requests: metadata, start, append, finish
    box.trouble = [*([""] * lost_at), "lost"]
    put(film, "store://team/film.mp4")
    assert box.files["/Team/film.mp4"][0] == FILM
    assert len(box.revisions) == 1


@pytest.mark.parametrize("size", [3, 9 * 2**20])
def test_what_came_meanwhile_is_not_overwritten(box, size):
    with pytest.raises(OutputError, match="came meanwhile"), write_place("store://team/a.mp4") as path:
        path.write_bytes(bytes(size))
        box.put("/Team/a.mp4", b"theirs")
    with pytest.raises(OutputError, match="came meanwhile"), write_place("store://team/a.mp4") as path:
        path.write_bytes(bytes(size))
        box.put("/Team/a.mp4", b"theirs again")
    assert box.files["/Team/a.mp4"][0] == b"theirs again"
    with write_place("store://team/a.mp4") as path:
        path.write_bytes(bytes(size))
    assert box.files["/Team/a.mp4"][0] == bytes(size)


def test_bytes_that_arrive_damaged_are_told(box, film):
    box.damage = True
    with pytest.raises(OutputError, match="other bytes arrived"):
        put(film, "store://team/film.mp4")
    with pytest.raises(InputError, match="other bytes came"):
        fetch("store://team/film.mp4")


def test_what_is_not_there_is_told(box):
    with pytest.raises(InputError, match="does not exist"):
        fetch("dropbox://Team/none.mp4")
    remove("store://team/none.mp4")


def test_a_reader_keeps_the_revision_that_it_began_with(box):
    box.put("/Team/a.mp4", b"old")
    files = open_files(Store("team", "dropbox://Team", "rw"))
    found = files.stat("a.mp4")
    box.files["/Team/b.mp4"] = box.files["/Team/a.mp4"]  # the fake finds a revision by any name
    box.put("/Team/a.mp4", b"new")
    assert files.read("a.mp4", 0, 3, found) == b"old"


def test_an_authority_that_nobody_knows_is_refused(box, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.delenv("CURL_CA_BUNDLE")
    with pytest.raises(InputError, match="certificate is not trusted"):
        stat("store://team/a.mp4")


def test_credentials_come_from_a_file_that_only_its_owner_reads(box, monkeypatch, tmp_path):
    monkeypatch.delenv("DROPBOX_REFRESH_TOKEN")
    with pytest.raises(InputError, match="no credentials"):
        stat("store://team/a.mp4")
    path = tmp_path / "dropbox.toml"
    monkeypatch.setenv("MUTOSCOPE_DROPBOX", str(path))
    path.write_text(f'app_key = "{APP_KEY}"\nrefresh_token = "{REFRESH}"\n')
    path.chmod(0o644)
    with pytest.raises(InputError, match="can be read by others; run chmod 600"):
        stat("store://team/a.mp4")
    path.chmod(0o600)
    box.put("/Team/a.mp4", b"x")
    assert stat("store://team/a.mp4").size == 1
    path.write_text("[broken secret-in-the-file")
    with pytest.raises(RefusedError, match="cannot be read as TOML") as told:
        find_login()
    assert "secret-in-the-file" not in str(told.value)


def test_a_person_logs_in_once_and_for_good(box, monkeypatch):
    monkeypatch.delenv("DROPBOX_REFRESH_TOKEN")
    page, finish = begin_login(APP_KEY)
    assert page.startswith("https://www.dropbox.com/oauth2/authorize?")
    assert "code_challenge" in page
    with pytest.raises(InputError, match="did not accept the code") as told:
        finish("wrong-and-secret")
    assert "wrong-and-secret" not in str(told.value)
    path = finish(" right ")
    assert path.stat().st_mode & 0o777 == 0o600
    box.put("/Team/a.mp4", b"x")
    assert stat("store://team/a.mp4").size == 1
    assert begin_login("other", "second")[1]("right") == path
    assert find_login("second").app_key == "other"
    assert find_login().app_key == APP_KEY


def test_no_text_shows_a_token():
    login = Login(APP_KEY, "hunter2", REFRESH, ACCESS)
    assert not any(secret in f"{login!r} {login}" for secret in ("hunter2", REFRESH, ACCESS))
