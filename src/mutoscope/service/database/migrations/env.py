"""Run by Alembic, inside the transaction that `migrate` has begun."""

from alembic import context

from mutoscope.service.database.tables import Base

__all__: list[str] = []

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
