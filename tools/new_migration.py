"""Print what the next migration must do: the tables of the program beside those that the migrations make.

    python tools/new_migration.py

What is printed is the body of `upgrade` in a new file of service/database/migrations/versions, whose number goes into
`LATEST` in migrate.py. Nothing is written: what Alembic finds is a draft, which a person reads.
"""

import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext

from mutoscope.service.database.migrate import migrate
from mutoscope.service.database.open import open_database
from mutoscope.service.database.tables import Base


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'service.sqlite'}")
        migrate(database)
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            upgrade = produce_migrations(context, Base.metadata).upgrade_ops
        database.close()
    print("nothing has changed" if upgrade is None or upgrade.is_empty() else render_python_code(upgrade))


if __name__ == "__main__":
    main()
