"""Completes the OpenAPI description: what all operations share is said once, here."""

from typing import Any

from mutoscope.service.problems import CATALOGUE, ProblemBody

__all__ = ["completed"]

_EVERYWHERE = (
    "bad-request",
    "foreign-origin",
    "too-large",
    "misdirected",
    "invalid",
    "too-many",
    "internal",
    "not-ready",
)
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_TAGS = {
    "media": "Films, pictures and sounds: take in, look at, take out.",
    "uploads": "Uploads that go on after they broke off (tus 1.0).",
    "framesets": "A film as pictures: separate, filter one or all, reassemble.",
    "jobs": "Whatever takes long: submit, watch, cancel, fetch.",
    "effects": "What can be done to frames, and with which parameters.",
    "filters": "The shelf of trained filters.",
    "models": "Networks that have seen one film.",
    "recipes": "Chains of effects as data.",
    "sort": "Which seconds are usable, and what you think of them.",
    "stores": "Named places: folders, S3, Dropbox, the web.",
    "cost": "What a job will take, and what jobs have taken.",
    "provenance": "Who made a file, of what.",
    "guidelines": "The rules of use.",
    "tokens": "Who may come in.",
    "usage": "What each token has used.",
    "health": "Whether the server lives, and is ready.",
    "metrics": "Numbers for Prometheus.",
}


def completed(description: dict[str, Any]) -> dict[str, Any]:
    """Add the problems that any operation may answer with, and the words for nouns."""
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    problem = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["ProblemBody"] = problem
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for operations in description["paths"].values():
        for method, operation in operations.items():
            if method in _METHODS:
                _complete(operation)
    used = {tag for operations in description["paths"].values() for one in operations.values() for tag in one["tags"]}
    description["tags"] = [{"name": name, "description": told} for name, told in _TAGS.items() if name in used]
    return description


def _complete(operation: dict[str, Any]) -> None:
    answers = operation.setdefault("responses", {})
    if answers.get("422", {}).get("content", {}).get("application/json"):
        del answers["422"]  # FastAPI's own shape of it, which is never sent
    names = (*_EVERYWHERE, "token-wanted") if operation.get("security") else _EVERYWHERE
    for name in names:
        kind = CATALOGUE[name]
        told = f"`/problems/{name}`: {kind.title}."
        answer = answers.setdefault(str(kind.status), {"description": told})
        answer.setdefault(
            "content", {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
        )
    for parameter in operation.get("parameters", ()):
        _require(parameter, answers)
    # In order of status, as one reads them.
    operation["responses"] = dict(sorted(answers.items()))


def _require(parameter: dict[str, Any], answers: dict[str, Any]) -> None:
    """Say of a header that it must be sent, where a problem of ours answers its absence, and not FastAPI's own."""
    wanted = {"tus-resumable": "412", "if-match": "428"}
    if wanted.get(parameter["name"].lower(), "") in answers:
        schema = parameter["schema"]
        parameter["required"] = True
        parameter["schema"] = next((one for one in schema.get("anyOf", ()) if one.get("type") == "string"), schema)
        if parameter["name"].lower() == "tus-resumable":
            parameter["schema"] = {"type": "string", "enum": ["1.0.0"]}
