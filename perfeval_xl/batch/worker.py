"""Everything a worker needs, imported before the first job: libraries that are otherwise imported on demand, and the rule sets."""

from __future__ import annotations

import python_calamine  # noqa: F401

from perfeval_xl.batch import work
from perfeval_xl.workbook.readers import detect  # noqa: F401

work.rules()
