"""Requests and answers about recipes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Difference",
    "EstimateWish",
    "RecipeCard",
    "RecipeLine",
    "RecipePage",
    "RecipePair",
    "RecipeText",
    "RecipeToKeep",
    "RecipeVerdict",
]

_EXAMPLE: dict[str, Any] = {"step": [{"effect": "filter.play", "params": {"name": "great-wave", "strength": 0.8}}]}
_TOML = 'mutoscope = 1\n\n[[step]]\neffect = "filter.play"\n\n[step.params]\nname = "great-wave"\n'

Said = Annotated[dict[str, Any] | str, Field(examples=[_EXAMPLE, _TOML])]


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class _Asked(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


class RecipeText(_Asked):
    """A recipe as an object, or as a text."""

    recipe: Said
    """Plain values, or a text in TOML or JSON. Files are references, `media:m_…`."""

    format: Literal["toml", "json"] | None = None
    """Of a text; told from its first sign without it."""


class RecipeToKeep(RecipeText):
    """A recipe that is to be kept."""

    name: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field("", examples=["Dusk, softly"])
    """What it is called; its own name, or "recipe", without it."""


class RecipeVerdict(_Told):
    """Whether a recipe can be run."""

    valid: bool
    """Whether it can."""

    recipe: dict[str, Any] | None = None
    """As plain values, without what was not said."""

    toml: str | None = None
    """The same as TOML."""

    order: list[str] = []
    """Names of its steps in the order in which they run."""

    media: list[str] = []
    """Ids of the media that it names."""

    detail: str | None = None
    """What is wrong, in one line."""

    line: int | None = None
    """In which line of the text, from 1."""

    pointer: str | None = None
    """JSON pointer to the field, within the recipe."""


class RecipeLine(_Told):
    """A recipe of the list."""

    id: str
    """By which jobs take it."""

    name: str
    """What it is called."""

    effects: list[str]
    """Of its steps, in order."""

    created_at: str
    """When it was first kept, RFC 3339."""

    changed_at: str
    """When it was last changed."""


class RecipeCard(RecipeLine):
    """A recipe that is kept."""

    recipe: dict[str, Any]
    """Plain values."""

    version: int
    """Rises with each change; the ETag holds it."""


class RecipePage(_Told):
    """A page of recipes."""

    items: list[RecipeLine]
    """Newest first."""

    next: str | None
    """`cursor` of the next page; null at the end."""


class EstimateWish(_Asked):
    """What is to be reckoned: a recipe on a film."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"source": "m_0123456789abcdefghijkl", "recipe": _EXAMPLE}]}
    )

    source: Annotated[str, Field(pattern=r"^[mf]_[0-9A-Za-z]{22}$")]
    """Media that it would work on."""

    recipe: Said | None = None
    """A recipe, as in `/api/recipes/validate`."""

    format: Literal["toml", "json"] | None = None
    """Of a text."""

    recipe_id: Annotated[str, Field(pattern=r"^r_[0-9A-Za-z]{22}$")] | None = None
    """A recipe that you keep, instead."""

    suffix: Annotated[str, Field(pattern=r"^\.[a-z0-9]{2,5}$")] = ".mp4"
    """Container of the result."""


class RecipePair(_Asked):
    """Two recipes."""

    a: Said
    """The one before: an object, a text, or the id of one that you keep."""

    b: Said
    """The one after."""


class Difference(_Told):
    """What differs."""

    same: bool
    """Whether nothing does."""

    lines: list[str]
    """One for each difference, from `a` to `b`."""
