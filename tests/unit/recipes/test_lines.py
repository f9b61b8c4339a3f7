"""Lines of fields: found in any TOML and JSON that reads, else the nearest parent's."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutoscope.recipes.lines import line_of

TOML = '''# step = 1
mutoscope = 1 # [film]
"quoted \\u00e9.key" = 2
a.b . 'c' = 3

[film]
size = 640
note = """
[film]
size = 3 \\"""
"""
other = \'\'\'x
seed = 9
\'\'\'\'\'
list = [
  1, # ]
  "]",
  [2],
]
seed = 7

[[step]]
effect = "a#b[c"
[step.params]
strength = 1
[[step.keys]]
x = 1
[[step.keys]]
x = 2

[[step]]
effect = "b"
params = { strength = 2, deep = { er = 3 } }
[[step.keys]]
x = 3
[ last ]
z=1'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("mutoscope",), 2),
        (("quoted é.key",), 3),
        (("a", "b", "c"), 4),
        (("a",), 4),
        (("film",), 6),
        (("film", "size"), 7),
        (("film", "other"), 12),
        (("film", "list"), 15),
        (("film", "list", 2), 15),
        (("film", "seed"), 20),
        (("film", "nothing"), 6),
        (("step",), 22),
        (("step", 0, "effect"), 23),
        (("step", 0, "params", "strength"), 25),
        (("step", 0, "keys", 1, "x"), 29),
        (("step", 1), 31),
        (("step", 1, "params", "strength"), 33),
        (("step", 1, "params", "deep", "er"), 33),
        (("step", 1, "keys", 0, "x"), 35),
        (("last", "z"), 37),
        (("nothing",), None),
        ((), None),
    ],
)
def test_lines_of_toml(path, line):
    assert tomllib.loads(TOML)["film"]["seed"] == 7
    assert line_of(TOML, path, is_json=False) == line
    assert line_of(TOML.replace("\n", "\r\n"), path, is_json=False) == line


JSON = """
{"mutoscope": 1,
 "esc\\u0061ped": [
   {"x": "}],\\"x\\""},
   [], {},
   {"y": [1,
     2], "x":
     3}
 ],
 "z": {}}"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("mutoscope",), 2),
        (("escaped",), 3),
        (("escaped", 0, "x"), 4),
        (("escaped", 3), 6),
        (("escaped", 3, "y", 1), 7),
        (("escaped", 3, "x"), 7),
        (("escaped", 9, "x"), 3),
        (("z", "nothing"), 10),
        (("z", 0), 10),
        (("nothing",), None),
        ((0,), None),
    ],
)
def test_lines_of_json(path, line):
    json.loads(JSON)
    assert line_of(JSON, path, is_json=True) == line


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
trees = st.recursive(leaves, lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text(max_size=4), t, max_size=3))


def paths(value, head=()):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield (*head, key)
        yield from paths(one, (*head, key))


def lines_of_dump(value, line=1):
    """Count lines as `json.dumps(indent=1)` breaks them: one for each key or element, one for each full bracket."""
    if not isinstance(value, dict | list) or not value:
        return [], line
    found = []
    for one in value.values() if isinstance(value, dict) else value:
        line += 1
        inner, end = lines_of_dump(one, line)
        found += [line, *inner]
        line = end
    return found, line + 1


@given(st.dictionaries(st.text(max_size=4), trees, max_size=4))
def test_every_field_of_any_json_is_found(value):
    text = json.dumps(value, indent=1, ensure_ascii=False)
    expected, _ = lines_of_dump(value)

    assert [line_of(text, path, is_json=True) for path in paths(value)] == expected


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


scalars = st.one_of(
    st.integers(-9, 9).map(str),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=6).map(quoted),
    st.sampled_from(['"""a\n[b]\n"""', "'''\nx = 1\n'''", '["]", \n "#"]', "[[1], # ]\n [2]]", '{ p = "}" }', "1 # ="]),
)
keys = st.sampled_from(["a", "b-1", '"q.r"', "'s t'", "d.e", "f . g"])
tables = st.lists(st.tuples(st.booleans(), st.dictionaries(keys, scalars, max_size=3)), max_size=5)


@given(tables)
def test_every_field_of_any_toml_is_found(rows):
    text, expected, count = "top = 1\n", {("top",): 1}, 0
    for is_step, fields in rows:
        if is_step:
            path = ("step", count)
            count += 1
            text += "[[step]]\n"
        else:
            path = (f"t{len(text)}",)
            text += f"[{path[0]}] # [x]\n"
        expected[path] = text.count("\n")
        for key, value in fields.items():
            parts = tuple(part.strip("\"' ") for part in ([key] if key[0] in "\"'" else key.split(".")))
            expected[(*path, *parts)] = text.count("\n") + 1
            text += f"{key} = {value}\n"
    tomllib.loads(text)

    assert {path: line_of(text, path, is_json=False) for path in expected} == expected
