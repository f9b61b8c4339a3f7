"""How every error leaves the command line: one line on stderr and an exit code."""

import errno
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from mutoscope.core.errors import MutoscopeError

__all__ = ["run_guarded"]

_INTERRUPTED = 130
_OUR_FAULT = 70  # EX_SOFTWARE of sysexits.h


def run_guarded(command: Callable[[], object]) -> NoReturn:
    """Run a command; turn whatever it raises into one line and an exit code, then leave."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = command()
        if code == _INTERRUPTED:  # typer turns Ctrl-C into this code and says nothing
            raise KeyboardInterrupt
    except typer.Exit as done:
        code = done.exit_code
    except TyperException as error:
        line = _usage_line(error)
        code = _say(line, 2) if line else 0  # without a message it was no error: help was printed
    except MutoscopeError as error:
        code = _say(_one_line(str(error)), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = _say("stopped; nothing was written under the final name.", _INTERRUPTED)
    except BrokenPipeError:
        # The reader went away (a pipe into head): nothing is wrong, and stdout must not be flushed again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        code = _say(_os_error_line(error), 2)
    except MemoryError:
        code = _say("memory is used up; try a smaller --size.", 2)
    except Exception as error:  # the last guard: no traceback reaches a person
        if os.environ.get("MUTOSCOPE_TRACEBACK"):
            raise
        line = f"internal error: {type(error).__name__}: {error}; set MUTOSCOPE_TRACEBACK=1 and report it."
        code = _say(_one_line(line), _OUR_FAULT)
    sys.exit(code if isinstance(code, int) else 0)


def _usage_line(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else "mutoscope"
    told = error.format_message() if hasattr(error, "format_message") else str(error)
    return f"{_one_line(told)} See '{where} --help'." if told.strip() else ""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str, code: int) -> int:
    print(f"mutoscope: {line}", file=sys.stderr)  # noqa: T201 # this is the command line
    return code


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _os_error_line(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"the disk is full{where}; free some space and run the command again."
    return f"{error.strerror or error}{where}."
