"""Parameters of the identity: none."""

from mutoscope.effects.params import Params

__all__ = ["IdentityParams"]


class IdentityParams(Params):
    """Nothing to set."""
