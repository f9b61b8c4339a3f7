"""Budgets and promises of the code's form."""

import ast
import functools
import json
import re
import runpy
from pathlib import Path

import pytest

import mutoscope

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "mutoscope"
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 600
MOST_FUNCTION_LINES = 60
PUBLIC_NAMES = Path(__file__).with_name("public_names.json")


@functools.cache
def public_names() -> dict[str, list[str]]:
    """`__all__` of every module, read without importing it."""
    names = {}
    for path in FILES:
        module = ".".join(("mutoscope", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if getattr(target, "id", "") == "__all__":
                names[module] = sorted(ast.literal_eval(node.value))
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_and_functions_keep_their_budget(path):
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            told = ast.get_docstring(node) is not None
            lines = node.end_lineno - node.body[0].end_lineno if told else node.end_lineno - node.lineno
            assert lines <= MOST_FUNCTION_LINES, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_say_what_they_are_and_what_is_public(path):
    if path.name == "__init__.py" and not path.read_text(encoding="utf-8"):
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert ast.get_docstring(tree)
    module = ".".join(("mutoscope", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    assert module in public_names()


def test_public_names_change_only_on_purpose():
    # To change them on purpose: python tests/arch/test_structure.py
    assert public_names() == json.loads(PUBLIC_NAMES.read_text(encoding="utf-8"))


def test_every_exported_name_exists():
    for name in mutoscope.__all__:
        assert getattr(mutoscope, name) is not None
    assert set(mutoscope.__all__) <= set(dir(mutoscope))


def test_no_module_asks_for_global_chance():
    banned = re.compile(r"manual_seed\(|torch\.rand\w*_like|np\.random|random\.seed")
    for path in FILES:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not banned.search(line) or "Generator()" in line or "generator" in line, f"{path.name}: {line}"


def test_the_reference_is_what_the_parameters_say():
    page = runpy.run_path(str(ROOT / "docs" / "generate_reference.py"))["page"]()

    assert (ROOT / "docs" / "reference" / "effects.md").read_text(encoding="utf-8") == page, "run: make docs"


def test_the_api_reference_is_what_the_server_describes():
    made = runpy.run_path(str(ROOT / "docs" / "generate_api.py"))

    told = made["page"](made["description"]())

    assert (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8") == told, "run: make docs"


def test_every_dependency_is_justified_in_the_adr():
    text = (ROOT / "docs" / "adr" / "0002-dependencies.md").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = project.split("dependencies = [", 1)[1].split("]", 1)[0]

    for name in re.findall(r'"([a-z0-9-]+)', block):
        assert name in text


def test_every_bundled_file_is_credited():
    notice = (ROOT / "NOTICE.md").read_text(encoding="utf-8")

    for path in (PACKAGE / "data").iterdir():
        if path.suffix not in (".py", ".pyc") and path.is_file():
            assert path.name in notice


if __name__ == "__main__":
    PUBLIC_NAMES.write_text(json.dumps(public_names(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
