"""Nothing of this machine's folders leaves it."""

from mutoscope.service.jobs.wording import plain_values, plain_words, without_places

FOLDER = "/srv/my data & more/jobs/j_1"


def test_messages_name_files_as_people_do():
    told = plain_words(
        f"{FOLDER}/in/m_a.mp4 is damaged; out/clip.mp4 holds the rest", FOLDER, {"in/m_a.mp4": "dog.mp4"}
    )
    assert told == "dog.mp4 is damaged; clip.mp4 holds the rest"


def test_values_are_changed_at_any_depth():
    told = plain_values({"a": [f"{FOLDER}/x", 3, None], "b": {"c": "in/m_a.mp4"}}, FOLDER, {"in/m_a.mp4": "dog.mp4"})
    assert told == {"a": ["x", 3, None], "b": {"c": "dog.mp4"}}


def test_texts_lose_the_folder_however_it_is_spelled(tmp_path):
    for name, before, after in (
        ("a.json", f'{{"root": "{FOLDER}/in/footage"}}', '{"root": "/footage"}'),
        (
            "b.fcpxml",
            'src="file:///srv/my%20data%20%26%20more/jobs/j_1/in/footage/x.mp4"',
            'src="file:///footage/x.mp4"',
        ),
        ("c.html", "<p>/srv/my data &amp; more/jobs/j_1/out/x.png", "<p>out/x.png"),
        ("d.mp4", f"{FOLDER}/", f"{FOLDER}/"),
    ):
        file = tmp_path / name
        file.write_text(before)
        without_places([file], FOLDER)
        assert file.read_text() == after, name


def test_a_file_that_shares_its_bytes_leaves_the_other_as_it_is(tmp_path):
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text(f"{FOLDER}/x")
    second.hardlink_to(first)
    without_places([second], FOLDER)
    assert first.read_text() == f"{FOLDER}/x"
