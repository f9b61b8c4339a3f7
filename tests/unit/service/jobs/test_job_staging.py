"""Media of a job: only the owner's own, ready and of the right kind; laid out without copying where that can be."""

import os

import pytest

from mutoscope.service.database.migrate import migrate
from mutoscope.service.database.open import open_database
from mutoscope.service.database.tables import Frameset, Media
from mutoscope.service.jobs.kinds.table import KINDS
from mutoscope.service.jobs.staging import find_media, lay_out
from mutoscope.service.problems import Problem

CLIP, STYLE, FRAMES = "m_" + "c" * 22, "m_" + "s" * 22, "f_" + "f" * 22


@pytest.fixture
def data(tmp_path):
    for id_, suffix in ((CLIP, ".mp4"), (STYLE, ".png")):
        folder = tmp_path / "media" / id_
        folder.mkdir(parents=True)
        (folder / f"original{suffix}").write_bytes(b"bytes of " + id_.encode())
    frames = tmp_path / "framesets" / FRAMES
    frames.mkdir(parents=True)
    for number in (1, 2):
        (frames / f"frame_{number:06d}.png").write_bytes(b"x")
    return tmp_path


@pytest.fixture
def session(data):
    database = open_database(f"sqlite:///{data / 'x.sqlite'}")
    migrate(database)
    with database.writing() as session:
        for id_, kind, suffix, name in ((CLIP, "video", ".mp4", "my dog.mp4"), (STYLE, "picture", ".png", "wave.png")):
            session.add(
                Media(
                    id=id_, owner="t_me", token_id="t_me", name=name, state="ready", kind=kind, type="x/y",
                    suffix=suffix, bytes=31, path=f"media/{id_}/original{suffix}", created_at=1.0,
                )
            )  # fmt: skip
        session.add(
            Frameset(
                id=FRAMES, owner="t_me", token_id="t_me", media_id=CLIP, job_id="j_gone",
                path=f"framesets/{FRAMES}", created_at=1.0,
            )
        )  # fmt: skip
    with database.reading() as session:
        yield session
    database.close()


def _found(session, data, kind, body, owner="t_me"):
    return find_media(session, owner, KINDS[kind], body, data)


def test_references_become_names_in_the_folder_of_the_job(session, data):
    body = {"inputs": {"source": CLIP}, "parameters": {"style": f"0s: media:{STYLE}, 3s: media:{STYLE}:0.5"}}
    staged = _found(session, data, "stylize", body)
    assert staged.inputs == {"source": (f"in/{CLIP}.mp4",)}
    assert staged.values(body["parameters"]) == {"style": f"0s: in/{STYLE}.png, 3s: in/{STYLE}.png:0.5"}
    assert staged.titles[CLIP] == "my dog.mp4"


def test_files_are_linked_and_laid_out_twice_they_stay(session, data):
    job = data / "jobs" / "j_1"
    staged = _found(session, data, "film", {"inputs": {"frameset": FRAMES}})
    other = _found(session, data, "filter", {"inputs": {"source": CLIP}})
    for _ in range(2):
        lay_out(data, job, staged)
        lay_out(data, job, other)
    assert (job / f"in/{CLIP}.mp4").samefile(data / "media" / CLIP / "original.mp4")
    assert sorted(os.listdir(job / "in" / FRAMES)) == ["frame_000001.png", "frame_000002.png"]
    assert staged.titles[FRAMES] == "my dog.mp4"


def test_where_links_cannot_be_files_are_copied(session, data, monkeypatch):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    lay_out(data, data / "jobs" / "j_1", _found(session, data, "filter", {"inputs": {"source": CLIP}}))
    assert (data / "jobs" / "j_1" / f"in/{CLIP}.mp4").read_bytes() == b"bytes of " + CLIP.encode()


def test_what_reports_tell_lies_under_the_names_of_people(session, data):
    staged = _found(session, data, "sort", {"inputs": {"footage": [CLIP, CLIP]}})
    lay_out(data, data / "jobs" / "j_1", staged)
    assert os.listdir(data / "jobs" / "j_1" / "in" / "footage") == ["my-dog.mp4"]


def test_media_that_went_in_between_are_told_by_their_name(session, data):
    staged = _found(session, data, "filter", {"inputs": {"source": CLIP}})
    (data / "media" / CLIP / "original.mp4").unlink()
    with pytest.raises(Problem, match=r"my dog\.mp4 is no longer there"):
        lay_out(data, data / "jobs" / "j_1", staged)


@pytest.mark.parametrize(
    ("kind", "body", "pointer"),
    [
        ("filter", {"inputs": {"source": "m_" + "0" * 22}}, "/inputs/source"),
        ("datamosh", {"inputs": {"source": STYLE}}, "/inputs/source"),
        ("film", {"inputs": {"frameset": CLIP}}, "/inputs/frameset"),
        ("cross", {"inputs": {"films": [CLIP, STYLE], "models": []}}, "/inputs/films/1"),
        ("filter", {"inputs": {"source": CLIP}, "parameters": {"mask": "media:m_" + "0" * 22}}, "/parameters/mask"),
        (
            "recipe",
            {"inputs": {"source": [CLIP]}, "recipe": {"step": [{"mask": "media:m_" + "0" * 22}]}},
            "/recipe/step/0/mask",
        ),
    ],
)
def test_what_is_missing_or_of_the_wrong_kind_is_pointed_at(session, data, kind, body, pointer):
    with pytest.raises(Problem) as refused:
        _found(session, data, kind, body)
    assert refused.value.errors[0].pointer == pointer


def test_media_of_others_are_not_there(session, data):
    with pytest.raises(Problem, match="no media of that id"):
        _found(session, data, "filter", {"inputs": {"source": CLIP}}, owner="t_other")
    with pytest.raises(Problem, match="no frameset of that id"):
        _found(session, data, "film", {"inputs": {"frameset": FRAMES}}, owner="t_other")


def test_a_manifest_brings_the_media_that_it_was_made_of(session, data):
    manifest = data / "media" / STYLE / "original.png"
    manifest.write_text(f'{{"inputs": [{{"path": "../in/{CLIP}.mp4"}}, {{"path": "../in/m_{"0" * 22}.mp4"}}]}}')
    session.get(Media, STYLE).kind = "text"
    staged = _found(session, data, "replay", {"inputs": {"manifest": STYLE}})
    assert staged.names[CLIP] == f"in/{CLIP}.mp4"
    assert len(staged.names) == 2
