"""Write docs/reference/api.md from the service's own description; a test compares them."""

import json
from pathlib import Path
from typing import Any

from mutoscope.service.app import make_app
from mutoscope.service.problems import CATALOGUE
from mutoscope.service.settings import Settings

PAGE = Path(__file__).parent / "reference" / "api.md"

HEAD = """# Reference: the API

Written by `make docs` from the description that the server gives at `/openapi.json` (OpenAPI 3.1). `/explorer` on a
running server lists the same, and runs it.

In the lines for curl, `$URL` is the address and `$TOKEN` the token that `mutoscope serve` prints. The lines for Python
need nothing but Python:

```python
import json, os, urllib.request

def ask(method, path, body=None, **headers):
    raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}", "Content-Type": "application/json", **headers}
    request = urllib.request.Request(os.environ["URL"] + path, data=raw, headers=headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.read()
```
"""

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


def page(description: dict[str, Any]) -> str:
    parts = [HEAD, "## Problems\n", _problems()]
    nouns: dict[str, list[str]] = {}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                nouns.setdefault(operation["tags"][0], []).append(_operation(description, path, method, operation))
    for tag in description["tags"]:
        parts += [f"## {tag['name']}\n", tag["description"] + "\n", *nouns[tag["name"]]]
    return "\n".join(parts)


def _problems() -> str:
    rows = [f"| `/problems/{kind.name}` | {kind.status} | {kind.title} |" for kind in CATALOGUE.values()]
    told = "Every error is `application/problem+json` of one of these types; `errors` points at the fields at fault."
    return told + "\n\n" + "\n".join(["| type | status | meaning |", "|---|---|---|", *rows]) + "\n"


def _operation(description: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> str:
    parts = [f"### {method.upper()} {path}\n", operation.get("summary", "") + "\n"]
    if told := operation.get("description"):
        parts.append(told.strip() + "\n")
    if rows := [_parameter(one) for one in operation.get("parameters", ()) if one["in"] != "cookie"]:
        parts += ["| parameter | in | type | meaning |", "|---|---|---|---|", *rows, ""]
    kind, example = _body(description, operation)
    statuses = ", ".join(code for code in operation["responses"] if code[0] in "23")
    others = ", ".join(code for code in operation["responses"] if code[0] in "45")
    parts.append(f"Answers {statuses}; problems {others}.\n")
    parts += ["```sh", _curl(path, method, operation, kind, example), "```", ""]
    parts += ["```python", _python(path, method, kind, example), "```", ""]
    return "\n".join(parts)


def _parameter(one: dict[str, Any]) -> str:
    schema = one.get("schema", {})
    kinds = [part.get("type", "") for part in schema.get("anyOf", [schema])]
    told = " or ".join(kind for kind in kinds if kind and kind != "null")
    need = ", required" if one.get("required") and one["in"] != "path" else ""
    meaning = (one.get("description") or schema.get("description") or "").replace("|", "\\|").replace("\n", " ")
    return f"| `{one['name']}` | {one['in']} | {told}{need} | {meaning} |"


def _body(description: dict[str, Any], operation: dict[str, Any]) -> tuple[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return "", None
    kind, spec = next(iter(content.items()))
    if kind != "application/json":
        return kind, None
    if "example" in spec:
        return kind, spec["example"]
    if "examples" in spec:
        first = next(iter(spec["examples"].values()))
        return kind, first.get("value", first)
    return kind, _example(description, spec.get("schema", {}))


def _example(description: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> Any:
    """Make the smallest value that a schema describes: required fields, examples and defaults first."""
    if "$ref" in schema:
        return _example(description, description["components"]["schemas"][schema["$ref"].rpartition("/")[2]], depth)
    if examples := schema.get("examples"):
        return examples[0] if isinstance(examples, list) else next(iter(examples.values()))
    if said := [schema[name] for name in ("example", "const", "default") if name in schema]:
        return said[0]
    if parts := [schema[name][0] for name in ("oneOf", "anyOf", "allOf") if name in schema]:
        return _example(description, parts[0], depth)
    if "enum" in schema:
        return schema["enum"][0]
    return _plain_example(description, schema, depth)


def _plain_example(description: dict[str, Any], schema: dict[str, Any], depth: int) -> Any:
    if schema.get("type") == "object":
        wanted = schema.get("required", ())
        found = {name: one for name, one in schema.get("properties", {}).items() if name in wanted or "examples" in one}
        return {name: _example(description, one, depth + 1) for name, one in found.items()} if depth < 4 else {}
    if schema.get("type") == "array":
        return [_example(description, schema.get("items", {}), depth + 1)] if depth < 4 else []
    return {"string": "…", "integer": 1, "number": 1.0, "boolean": True}.get(schema.get("type", ""))


def _curl(path: str, method: str, operation: dict[str, Any], kind: str, example: Any) -> str:
    words = ["curl -sS"]
    if method == "head":
        words.append("-I")
    elif method != "get":
        words.append(f"-X {method.upper()}")
    if operation.get("security"):
        words.append('-H "Authorization: Bearer $TOKEN"')
    if kind == "multipart/form-data":
        words.append("-F file=@clip.mp4")
    elif kind == "application/json":
        text = json.dumps(example, ensure_ascii=False).replace("'", "'\\''")
        words.append(f"--json '{text}'")
    elif kind:
        words.append(f"-H 'Content-Type: {kind}' --data-binary @part")
    words.append(f'"$URL{_filled(path)}"')
    return " ".join(words)


def _python(path: str, method: str, kind: str, example: Any) -> str:
    if kind == "multipart/form-data":  # a bare file is the shorter way without a library for forms
        return f"ask('POST', '{path}?name=clip.mp4', open('clip.mp4', 'rb').read(), **{{'Content-Type': 'video/mp4'}})"
    said = [repr(method.upper()), f"f{path!r}" if "{" in path else repr(path)]
    if kind == "application/json":
        said.append(repr(example))
    elif kind:
        said.append("open('part', 'rb').read()")
        return f"ask({', '.join(said)}, **{{'Content-Type': {kind!r}}})"
    return f"ask({', '.join(said)})"


def _filled(path: str) -> str:
    """Write the holes of a path as shell variables: $id."""
    return path.replace("{", "$").replace("}", "")


def description() -> dict[str, Any]:
    return make_app(Settings()).openapi()


def write() -> None:
    PAGE.write_text(page(description()), encoding="utf-8")
    print("wrote docs/reference/api.md")


if __name__ == "__main__":
    write()
