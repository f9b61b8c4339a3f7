"""A form with one file, taken apart in pieces of any size."""

import pytest

from mutoscope.service.problems import Problem
from mutoscope.service.routes.forms import FileForm, is_form

TYPE = "multipart/form-data; boundary=xx"
FILE = b"\x00\r\n--x\r\n--xy" * 50


def form(*parts: tuple[str, bytes]) -> bytes:
    return b"".join(b"--xx\r\n" + head.encode() + b"\r\n\r\n" + body + b"\r\n" for head, body in parts) + b"--xx--\r\n"


def part(name: str, filename: str | None = None) -> str:
    return f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")


WHOLE = form((part("name"), b"called so.mp4"), (part("file", "clip.mp4"), FILE))


@pytest.mark.parametrize("step", [1, 2, 7, 64, 10_000])
def test_however_it_is_cut_the_same_comes_out(step):
    taken = FileForm(TYPE)
    found = b"".join(taken.feed(WHOLE[at : at + step]) for at in range(0, len(WHOLE), step))
    assert found == FILE
    assert taken.filename == "clip.mp4"
    assert taken.told() == {"name": "called so.mp4"}


def test_a_name_is_taken_as_it_was_sent():
    taken = FileForm(TYPE)
    taken.feed(form((part("file", "../ö.mp4"), b"x")))
    assert taken.filename == "../ö.mp4"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (WHOLE[:-10], 400),
        (b"no form at all", 400),
        (form((part("name"), b"only a name")), 422),
        (form((part("a", "a.mp4"), b"1"), (part("b", "b.mp4"), b"2")), 422),
        (form((part("name"), bytes(5000))), 413),
        (form(*[(part(f"n{number}"), b"") for number in range(20)]), 400),
        (form((part("file", "a.mp4") + "\r\nX: " + "y" * 100_000, b"1")), 400),
    ],
)
def test_what_is_no_form_with_one_file_is_told_so(body, status):
    taken = FileForm(TYPE)
    with pytest.raises(Problem) as met:
        taken.feed(body)
        taken.told()
    assert met.value.kind.status == status


def test_a_form_without_a_boundary_is_none():
    for type_ in ("multipart/form-data", "multipart/form-data; boundary="):
        with pytest.raises(Problem):
            FileForm(type_)
    assert is_form("Multipart/Form-Data; boundary=x")
    assert not is_form("multipart/mixed; boundary=x")
    assert not is_form(None)
