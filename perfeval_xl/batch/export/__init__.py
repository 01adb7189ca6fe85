"""Export: the tables of a consolidation as Parquet, CSV and a DuckDB database, year beside year, for those who go on with the data.

Rows pass through a file on disk; memory does not grow with them. Everything is made aside and moved into place at the end.
"""

from perfeval_xl.batch.export.place import check_export
from perfeval_xl.batch.export.schema import DATABASE, NO_YEAR, TABLES, VIEWS, schema_markdown
from perfeval_xl.batch.export.write import Exported, Replaced, export

__all__ = ["DATABASE", "NO_YEAR", "TABLES", "VIEWS", "Exported", "Replaced", "check_export", "export", "schema_markdown"]
