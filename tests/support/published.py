"""Published rows as layouts take them: from the samples' data files, and from the list kept beside the repository."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.support.layouts import Row

DATA = Path(__file__).parents[2] / "workbooks" / "data"


def from_samples() -> Iterator[tuple[str, list[Row]]]:
    for path in sorted(DATA.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        yield path.stem, [Row(*(str(r.get(k, "")) for k in Row._fields)) for r in data["rows"]]


def from_list(path: Path) -> Iterator[tuple[str, list[Row]]]:
    """Rows by document; budget execution rows left to the fund table."""
    forms: dict[str, list[Row]] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for r in csv.DictReader(stream):
            if "预算执行率" not in {r["level1"], r["level3_indicator"]}:
                forms.setdefault(r["source_file"], []).append(
                    Row(r["level1"], r["level2"], r["level3_indicator"], r["target_text"], r["actual_text"], r["weight"], r["score"])
                )
    yield from forms.items()
