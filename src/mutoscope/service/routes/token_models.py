"""Requests and answers about tokens, and about whoever asks."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema

__all__ = ["Amount", "MadeToken", "Me", "NewToken", "TokenCard", "TokenChange", "TokenPage"]

_MOST = (1 << 53) - 1  # whole numbers beyond are not the same in every JSON reader
_Count = Annotated[int, Field(ge=0, le=_MOST, strict=True)]
_Money = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False, strict=True)]  # else false would be 0.0
_Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class _Asked(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


class TokenLimits(_Asked):
    """What a token may use; null leaves it to the server's own limit."""

    max_jobs: _Count | None = Field(default=None, examples=[20])
    """Jobs that may wait and run at once."""

    max_bytes: _Count | None = Field(default=None, examples=[10_000_000_000])
    """Bytes that may be kept."""

    max_cost: _Money | None = Field(default=None, examples=[5.0])
    """What all its jobs may cost, in the currency of the price book."""


class NewToken(TokenLimits):
    """A token that is to be made."""

    name: _Name = Field(examples=["the cutting room"])
    """What a person calls it."""

    owner: Annotated[str, Field(max_length=24)] | None = None
    """Whose media, jobs and filters it opens: `owner` of another token. Without it, those of somebody new."""

    is_admin: bool = False
    """Whether it may make and revoke tokens, and name stores."""


_NotNull = WithJsonSchema(TypeAdapter(_Name).json_schema())  # it may be left out, not taken away


class TokenChange(TokenLimits):
    """New limits, and a new name; what is left out stays."""

    name: Annotated[_Name | None, _NotNull] = Field(default=None, examples=["the cutting room"])
    """What a person calls it."""


class TokenCard(_Told):
    """What is known of a token; never its secret."""

    id: str
    """By which it is revoked."""

    name: str
    """What a person calls it."""

    owner: str
    """Tokens of one owner see the same things."""

    is_admin: bool
    """Whether it may make and revoke tokens."""

    created_at: str
    """When, RFC 3339."""

    revoked_at: str | None
    """When it was revoked, if it was."""

    max_jobs: int | None
    """Its own limit; null: the server's."""

    max_bytes: int | None
    """Its own limit; null: the server's."""

    max_cost: float | None
    """Its own limit; null: the server's."""

    guidelines: str | None
    """Version of the rules of use that was accepted."""

    guidelines_at: str | None
    """When it was accepted."""


class MadeToken(TokenCard):
    """A token that was just made."""

    secret: str
    """Shown this once; only a digest of it is kept."""


class TokenPage(_Told):
    """All tokens."""

    items: list[TokenCard]
    """Newest first, revoked ones too."""


class Amount(_Told):
    """How much of a limit is used."""

    used: int | float
    """So far."""

    limit: int | float | None
    """Most that may be; null where there is no limit."""


class Me(_Told):
    """Who is asking."""

    token: str
    """Id of the token."""

    name: str
    """What it is called."""

    owner: str
    """Whose media, jobs and filters are seen."""

    is_admin: bool
    """Whether tokens may be made, and stores named."""

    jobs: Amount
    """Jobs that wait and run."""

    bytes: Amount
    """Bytes that are kept."""

    cost: Amount
    """What jobs have cost, in the currency of the price book."""

    guidelines: str | None
    """Version of the rules of use that was accepted."""

    guidelines_accepted: bool
    """Whether that is the version that holds now."""
