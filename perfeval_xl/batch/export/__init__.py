"""Export: the tables of a consolidation as Parquet, CSV and a DuckDB database, year beside year, for those who go on with the data.

Rows pass through a file on disk; memory does not grow with them. Everything is made aside and moved into place at the end, one export at a
time in a folder; what is cut short there is finished by the next, and what files and database say differently is brought together again.
"""

from perfeval_xl.batch.export.moves import is_unfinished
from perfeval_xl.batch.export.place import check_export
from perfeval_xl.batch.export.schema import DATABASE, MANIFEST, NO_YEAR, TABLES, VIEWS, schema_markdown
from perfeval_xl.batch.export.write import Exported, Replaced, export

__all__ = ["DATABASE", "MANIFEST", "NO_YEAR", "TABLES", "VIEWS", "Exported", "Replaced", "check_export", "export", "is_unfinished", "schema_markdown"]
