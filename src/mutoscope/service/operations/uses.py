"""What is in use: ids that jobs which wait or run speak of, and saved recipes."""

import json
import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from mutoscope.service.database.tables import Job, SavedRecipe

__all__ = ["in_use"]

_ID = re.compile(r"(?<![0-9A-Za-z_])[a-z]_[0-9A-Za-z]{22}(?![0-9A-Za-z])")


def in_use(session: Session) -> set[str]:
    """Give all ids that stand anywhere in the body of a queued or running job or of a saved recipe."""
    used: set[str] = set()
    bodies = select(Job.body).where(Job.state.in_(("queued", "running"))).execution_options(yield_per=500)
    for query in (bodies, select(SavedRecipe.body)):
        for body in session.scalars(query):
            used.update(_ID.findall(json.dumps(body)))
    return used
