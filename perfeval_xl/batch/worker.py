"""Everything a worker needs, imported before the first job: libraries that are otherwise imported on demand.

Not the rule sets: the process that workers are copied from outlives a change of them.
"""

from __future__ import annotations

import python_calamine  # noqa: F401

from perfeval_xl.batch import work  # noqa: F401
from perfeval_xl.workbook.readers import detect  # noqa: F401
