"""Let a package be called: `mutoscope.stylize(...)` is the job, `mutoscope.stylize.params` a module in it."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["make_callable"]


def make_callable(package: str, target: str) -> None:
    """Make a package's module callable.

    Importing `mutoscope.stylize.params` binds the package to the name `mutoscope.stylize`, which would hide a
    function of that name; so the package itself answers to a call.

    Args:
        package: the package's `__name__`.
        target: "module:function", imported at the first call: it may lie in a higher layer.
    """

    class CallablePackage(ModuleType):
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            module, _, name = target.partition(":")
            return getattr(import_module(module), name)(*args, **kwargs)

    sys.modules[package].__class__ = CallablePackage
