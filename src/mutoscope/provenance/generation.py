"""One generation of a file, as its signed history tells it, and how far that can be believed."""

from dataclasses import dataclass
from typing import Literal

from mutoscope.provenance.record import History

__all__ = ["Generation", "State", "state_of"]

State = Literal["trusted", "unknown", "expired", "altered", "forged", "unsigned"]
"""How far a history can be believed: signer known here; unchanged, but by somebody unknown; unchanged, certificate run
out; other bytes than were signed; a signature that does not fit what it signs; none."""

_FORGED = ("claimSignature.", "claim.", "assertion.", "general.", "manifest.", "ingredient.", "signingCredential.")
_MEDIA = ("assertion.dataHash.", "assertion.bmffHash.", "assertion.boxesHash.", "assertion.collectionHash.")


@dataclass(frozen=True)
class Generation:
    """One generation.

    Attributes:
        name: of the file.
        state: how far it can be believed.
        signer: name in the certificate; empty where nobody signed.
        tool: program that signed it.
        actions: in C2PA's words, in order.
        record: what Mutoscope wrote about it; None for files of other programs.
        relation: "self", "parent" (it was worked on) or "material" (it went in).
        sha256: of the bytes that a sidecar speaks of, or that a later generation knows; may be empty.
        reason: code or words of what is wrong; empty where nothing is.

    """

    name: str
    state: State
    signer: str = ""
    tool: str = ""
    actions: tuple[str, ...] = ()
    record: History | None = None
    relation: Literal["self", "parent", "material"] = "self"
    sha256: str = ""
    reason: str = ""

    @property
    def signed(self) -> str:
        """When it was signed by the signer's own clock, as ISO 8601; empty where nobody said."""
        return self.record.signed if self.record is not None else ""


def state_of(codes: list[str]) -> tuple[State, str]:
    """Make a state and its reason of C2PA's codes of failure."""
    real = [code for code in codes if code != "signingCredential.untrusted"]
    expired = [code for code in real if code in ("signingCredential.expired", "claimSignature.outsideValidity")]
    media = [code for code in real if code.startswith(_MEDIA)]
    forged = [code for code in real if code not in expired and code not in media and code.startswith(_FORGED)]
    for state, found in (("forged", forged), ("altered", media), ("expired", expired)):
        if found:
            return state, found[0]  # type: ignore[return-value] # the words of State
    if real:
        return "forged", real[0]
    return ("unknown" if codes else "trusted"), ""
