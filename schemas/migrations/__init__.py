"""How the tables of older versions become those of this one, without losing a row.

Two histories, each a folder of Alembic scripts: ``tables`` of what the store holds, ``state`` of
jobs and tokens. `satvo.schemas.migrations.history` carries them out.
"""

from satvo.schemas.migrations.history import STATE_HISTORY, TABLES_HISTORY, History

__all__ = ["STATE_HISTORY", "TABLES_HISTORY", "History"]
