import pytest

from mutoscope.core.errors import InputError
from mutoscope.sort.decisions import DECISION_COLUMNS, read_decisions
from mutoscope.sort.own_thresholds import Decision

HEAD = ",".join(DECISION_COLUMNS) + "\r\n"


def table(tmp_path, text):
    path = tmp_path / "decisions.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_keeps_and_rejects_are_read_and_unsure_is_left_out(tmp_path):
    rows = "a.mp4,0,50,0,2,reject,shaky,keep\r\na.mp4,50,60,2,2.4,keep,,reject\r\na.mp4,60,70,2.4,2.8,keep,,unsure\r\n"
    kept, rejected = Decision("a.mp4", 0, 50, True), Decision("a.mp4", 50, 60, False)
    assert read_decisions(table(tmp_path, HEAD + rows)) == ([kept, rejected], [])


def test_names_with_commas_quotes_and_line_ends_come_back(tmp_path):
    rows = '"day 2/a, ""b""\nc.mp4",0,50,0,2,keep,,reject\r\n'
    assert read_decisions(table(tmp_path, HEAD + rows))[0][0].path == 'day 2/a, "b"\nc.mp4'


def test_a_table_that_went_through_a_spreadsheet_is_read(tmp_path):
    text = "\ufeffdecision,end,first,path,mine\nKeep ,50,0,a.mp4,x\n"
    assert read_decisions(table(tmp_path, text)) == ([Decision("a.mp4", 0, 50, True)], [])


@pytest.mark.parametrize(("words", "left"), [(("keep", "reject"), [False]), (("keep", "unsure"), [])])
def test_the_last_word_about_a_range_counts(tmp_path, words, left):
    rows = "".join(f"a.mp4,0,50,0,2,keep,,{word}\r\n" for word in words)
    assert [one.keep for one in read_decisions(table(tmp_path, HEAD + rows))[0]] == left


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a.mp4,x,50,0,2,keep,,keep", "no numbers"),
        ("a.mp4,50,50,0,2,keep,,keep", "50..50 is no range"),
        ("a.mp4,-5,50,0,2,keep,,keep", "no range"),
        ("a.mp4,0,50,0,2,keep,,maybe", "'maybe' is no decision"),
        (",0,50,0,2,keep,,keep", "names no clip"),
        ("a.mp4,0", "no numbers"),
    ],
)
def test_a_row_that_is_none_is_listed_and_the_rest_is_read(tmp_path, row, says):
    decisions, skipped = read_decisions(table(tmp_path, f"{HEAD}{row}\r\nb.mp4,0,5,0,1,keep,,reject\r\n"))
    assert decisions == [Decision("b.mp4", 0, 5, False)]
    assert [one.name for one in skipped] == ["line 2"]
    assert says in skipped[0].reason


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column 'path'"),
        ("path,first,end\na,0,1\n", "no column 'decision'"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_table_of_something_else_is_refused(tmp_path, text, says):
    with pytest.raises(InputError, match=says):
        read_decisions(table(tmp_path, text))


def test_a_missing_table_is_told(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_decisions(tmp_path / "decisions.csv")
