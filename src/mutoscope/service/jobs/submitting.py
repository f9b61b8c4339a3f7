"""From a request to a queued job: all that can be checked is checked first, so that a job seldom fails at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import parse_time
from mutoscope.filters.shelf import find
from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Job, SavedRecipe
from mutoscope.service.jobs.folders import owner_data
from mutoscope.service.jobs.framesets import MAKES_FRAMESET, frameset_of
from mutoscope.service.jobs.kinds.bodies import BODIES, JobBody
from mutoscope.service.jobs.kinds.checking import check_recipe, check_values
from mutoscope.service.jobs.kinds.kind import JobKind
from mutoscope.service.jobs.kinds.table import KINDS
from mutoscope.service.jobs.queue import NewJob, Queue
from mutoscope.service.jobs.staging import Staged, find_media
from mutoscope.service.jobs.webhook_hosts import check_hook
from mutoscope.service.operations.quota import check_bytes, check_disk, check_submit
from mutoscope.service.problems import Problem
from mutoscope.service.recipe_text import RecipeRefused
from mutoscope.service.recipe_text import check_recipe as check_said
from mutoscope.service.security.callers import Caller
from mutoscope.service.settings import Settings

__all__ = ["Submitter"]


@dataclass(frozen=True)
class Submitter:
    """Queues jobs."""

    settings: Settings
    database: Database

    def submit(
        self,
        caller: Caller,
        request: JobBody | Mapping[str, Any],
        *,
        key: str | None = None,
    ) -> Job:
        """Check a request and queue it.

        Args:
            caller: who asks; media are theirs.
            request: a body as `kinds.bodies` has them, or its plain values, known to be of their shape.
            key: Idempotency-Key: the same request under the same key makes one job.

        Raises:
            Problem: something of it is not allowed (with a pointer), a limit is reached, or the key was used otherwise.

        """
        body = request if isinstance(request, JobBody) else BODIES[request["kind"]].model_validate(request)
        kind = KINDS[body.kind]
        plain = body.plain()
        with self.database.reading() as session:
            self._resolve_recipe(session, caller, kind, plain)
            staged = find_media(session, caller.owner, kind, plain, self.settings.data)
        names = set(staged.names.values())
        try:
            check_values(kind, staged.values(plain.get("parameters", {})), names)
            if plain.get("recipe") is not None:
                check_recipe(staged.values(plain["recipe"]), names)
        except Problem as problem:
            raise _in_plain_words(problem, staged) from None
        self._check_shape(kind, body, plain)
        self._check_filters(caller, kind, plain)
        hook = None if body.webhook is None else check_hook(body.webhook.url, body.webhook.secret, self.settings)
        new = NewJob(
            owner=caller.owner,
            token_id=caller.token_id,
            kind=kind.name,
            body=plain,
            lane="preview" if body.preview is not None else kind.lane,
            key=key,
            webhook=hook,
        )
        check_disk(self.settings)

        def check(session: Session) -> None:
            check_submit(session, caller, self.settings)
            check_bytes(session, caller, self.settings, 0)

        job = Queue(self.database).submit(new, check)
        if kind.name in MAKES_FRAMESET:
            frameset_of(self.database, job)
        return job

    def _resolve_recipe(self, session: Session, caller: Caller, kind: JobKind, plain: dict[str, Any]) -> None:
        """Put a saved recipe into the request, as it is now: a later change does not concern this job."""
        from_film = (plain.get("inputs") or {}).get("recipe_from")
        said = [name for name in ("recipe", "recipe_id") if plain.get(name) is not None]
        said += ["inputs/recipe_from"] if from_film else []
        if not kind.takes_recipe:
            if said:
                raise Problem("invalid", f"{kind.name} takes no recipe; leave it out.", pointer=f"/{said[0]}")
            return
        if len(said) != 1:
            what = "is missing; give recipe or recipe_id" if not said else "is given twice; give one of them"
            raise Problem("invalid", f"the recipe {what}.", pointer="/recipe")
        if said == ["recipe_id"]:
            row = session.get(SavedRecipe, plain["recipe_id"])
            if row is None or row.owner != caller.owner:
                raise Problem("invalid", "there is no saved recipe of that id.", pointer="/recipe_id")
            plain["recipe"] = row.body
        if plain.get("recipe") is not None:
            try:
                check_said(plain["recipe"])
            except RecipeRefused as refused:
                told = refused.complaint
                raise Problem("invalid", told.detail, pointer=f"/recipe{told.pointer}") from None

    def _check_shape(self, kind: JobKind, body: JobBody, plain: Mapping[str, Any]) -> None:
        suffix = body.result.suffix
        if suffix is not None and suffix not in kind.suffixes:
            told = f"expected {', '.join(kind.suffixes)}" if kind.suffixes else "it has no result to name; leave it out"
            raise Problem("invalid", f"{kind.name} makes no {suffix[:20]!r}; {told}.", pointer="/result/suffix")
        if body.preview is not None:
            if not kind.can_preview:
                raise Problem("invalid", f"{kind.name} has no preview; leave it out.", pointer="/preview")
            if len((plain.get("inputs") or {}).get("source", ())) != 1 and kind.name == "recipe":
                raise Problem("invalid", "a preview looks at one film; give one source.", pointer="/inputs/source")
            try:
                parse_time(body.preview.at)
            except ParameterError as error:
                raise Problem("invalid", str(error), pointer="/preview/at") from None

    def _check_filters(self, caller: Caller, kind: JobKind, plain: Mapping[str, Any]) -> None:
        """See that a filter that is named is on the caller's shelf."""
        named = (plain.get("parameters") or {}).get("name")
        if not named or not (kind.effect == "filter.play" or kind.name == "export_filter"):
            return
        try:
            find(str(named), owner_data(self.settings, self.database, caller.owner) / "filters")
        except ParameterError as error:
            raise Problem("invalid", str(error), pointer="/parameters/name") from None


def _in_plain_words(problem: Problem, staged: Staged) -> Problem:
    """Call files what people call them, not by where they lie for the job."""
    detail = problem.detail
    for id_, place in staged.names.items():
        detail = detail.replace(place, staged.titles[id_])
    pointer = problem.errors[0].pointer if problem.errors else None
    return Problem(problem.kind.name, detail, pointer=pointer, headers=problem.headers)
