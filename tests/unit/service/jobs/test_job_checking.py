"""What is refused before a job is queued, and which field is pointed at."""

import pytest

from mutoscope.service.jobs.kinds.checking import check_recipe, check_values
from mutoscope.service.jobs.kinds.table import KINDS
from mutoscope.service.problems import Problem

STAGED = {"in/m_a.jpg", "in/m_b.mp4"}


def _refused(kind, values):
    with pytest.raises(Problem) as refused:
        check_values(KINDS[kind], values, STAGED)
    assert refused.value.kind.name == "invalid"
    return refused.value.errors[0].pointer, refused.value.detail


@pytest.mark.parametrize(
    ("kind", "values", "pointer"),
    [
        ("filter", {"name": "great-wave", "strength": 3}, "/parameters/strength"),
        ("filter", {"name": "great-wave", "size": 3}, "/parameters/size"),
        ("filter", {"name": "great-wave", "strenght": 1}, "/parameters/strenght"),
        ("filter", {}, "/parameters"),
        ("stylize", {}, "/parameters/style"),
        ("keyframes", {}, "/parameters/keyframes"),
        ("train_filter", {}, "/parameters/name"),
        ("corrupt", {"layers": [{"size": "x"}]}, "/parameters/layers"),
        ("corrupt", {"layers": [{"effect": "corrupt.pixel_sort", "low": 7}]}, "/parameters/layers"),
        ("walk", {"bends": "decoder.2:turn:30"}, "/parameters/bends"),
        ("measure", {"flow": "x"}, "/parameters/flow"),
        ("filter", {"name": "great-wave", "mask": "nobody"}, "/parameters/mask"),
    ],
)
def test_a_wrong_value_is_refused_with_a_pointer_to_it(kind, values, pointer):
    assert _refused(kind, values)[0] == pointer


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("filter", {"file": "/etc/passwd"}),
        ("filter", {"name": "/etc/passwd"}),
        ("filter", {"name": "../../x.safetensors"}),
        ("filter", {"name": "great-wave", "mask": "/etc/passwd"}),
        ("filter", {"name": "great-wave", "mask": "subject=/etc/passwd"}),
        ("stylize", {"style": "/etc/passwd"}),
        ("stylize", {"style": "0s: in/m_a.jpg, 3s: in/m_a.jpg:0.5 + ../x.jpg"}),
        ("stylize", {"style": '"/etc/pass, wd":0.5 + in/m_a.jpg'}),
        ("stylize", {"style": "in/m_a.jpg", "weights": "/etc/passwd"}),
        ("stylize", {"style": "in/m_a.jpg", "mask": ["subject=in/m_a.jpg", "background=x.jpg"]}),
        ("stylize", {"style": "media:m_0123456789abcdefghijkl"}),
        ("keyframes", {"keyframes": ["/etc/passwd@0s"]}),
        ("sort", {"calibration": "~/.ssh/id_rsa"}),
        ("corrupt", {"layers": [{"size": [4, 2], "mask": "/etc/passwd"}]}),
        ("corrupt", {"layers": [{"effect": "autoencode.play", "model": "/etc/passwd"}]}),
    ],
)
def test_no_value_names_a_file_that_was_not_sent(kind, values):
    _refused(kind, values)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("filter", {"name": "great-wave", "strength": "0s:0, 4s:1", "mask": "in/m_a.jpg@2s"}),
        ("filter", {"file": "in/m_a.jpg"}),
        ("stylize", {"style": "0s: in/m_a.jpg, 3s: in/m_a.jpg:0.5"}),
        ("stylize", {"mask": ["subject=in/m_a.jpg", "background=in/m_b.mp4"]}),
        ("keyframes", {"keyframes": ["in/m_a.jpg@0s", "@2s"], "style": "in/m_a.jpg"}),
        ("autoencode", {"noise": 0.3, "bends": ["decoder.2:rotate:0..90"]}),
        ("corrupt", {"layers": [{"size": [4, 2]}, {"effect": "corrupt.pixel_sort", "mask": "subject"}]}),
        ("walk", {"bends": "decoder.2:rotate:0..90;decoder.1:scale:2"}),
    ],
)
def test_what_the_command_line_takes_is_taken(kind, values):
    check_values(KINDS[kind], values, STAGED)


@pytest.mark.parametrize("path", ["/etc/passwd", "../in/m_a.jpg", "in/m_c.jpg", "s3://bucket/x.png"])
@pytest.mark.parametrize("where", ["mask", "input", "file"])
def test_no_recipe_names_a_file_that_was_not_sent(path, where):
    step = {"effect": "filter.play", "params": {"name": "great-wave"}}
    step |= {"mask": {"mask": path}, "input": {"inputs": {"x": path}}, "file": {"params": {"file": path}}}[where]
    with pytest.raises(Problem) as refused:
        check_recipe({"step": [step]}, STAGED)
    assert refused.value.errors[0].pointer == "/recipe"


def test_a_recipe_may_name_what_was_sent_and_its_own_steps():
    check_recipe(
        {
            "step": [
                {"effect": "mask.box", "name": "left", "params": {"x": 0, "y": 0, "width": 0.5, "height": 1}},
                {"effect": "filter.play", "input": "source", "mask": "step:left", "params": {"file": "in/m_a.jpg"}},
            ]
        },
        STAGED,
    )
