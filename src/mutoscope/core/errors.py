"""What a person is told when something goes wrong: one line each.

Every message says what was wrong, what was expected, and what to do. The command line prints it and exits
with `exit_code`; the service sends it as problem+json.
"""

__all__ = [
    "IncompleteError",
    "InputError",
    "MutoscopeError",
    "OutputError",
    "ParameterError",
    "TruncatedInputError",
    "WeightsError",
]


class MutoscopeError(Exception):
    """The parent of every error that reaches a person."""

    exit_code = 2


class InputError(MutoscopeError):
    """A source that is missing, unreadable, empty, too large or not what it says."""


class ParameterError(MutoscopeError):
    """A parameter that does not exist or lies outside its bounds.

    Attributes:
        field: its name, where one is at fault: a form shows the message beside it.

    """

    field: str | None = None


class OutputError(MutoscopeError):
    """A place that cannot be written: missing folder, full disk, format that cannot hold the film."""


class WeightsError(MutoscopeError):
    """Weights that are absent, incomplete or not the expected bytes."""


class TruncatedInputError(InputError):
    """The source broke off. What decoded before was delivered under the final name."""

    exit_code = 3


class IncompleteError(MutoscopeError):
    """Something of the result is missing. The rest was delivered under the final name."""

    exit_code = 3
