"""Schema of an export: its tables and views, and their columns in words and in DuckDB's types."""

from __future__ import annotations

# ruff: noqa: S608  # names in statements are this module's own
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from perfeval_xl.batch.consolidation import (
    DEPARTMENTS,
    FILES,
    FINDINGS,
    INDICATORS,
    ROLLUPS,
    SPREADS,
    Consolidation,
    Field,
    Type,
)

DATABASE = "perfeval.duckdb"
NO_YEAR = 0
"""The year under which rows stand that name none."""
MAX_NUMBER = 28
"""Digits before the point that a number may have: what is larger is left out, its text stays in the text columns."""
SQL_TYPES = {Type.TEXT: "VARCHAR", Type.COUNT: "BIGINT", Type.NUMBER: "DECIMAL(38, 10)", Type.DATE: "DATE"}
YEAR = Field("year", "年度", Type.COUNT)
_Rows = Callable[[Consolidation], Iterable[Sequence[Any]]]


class Table(NamedTuple):
    """One exported table. is_own: every row belongs to the year it names; a row of the others that names none is of the run's year."""

    name: str
    title: str
    about: str
    given: tuple[Field, ...]
    rows: _Rows
    is_own: bool = False

    @property
    def fields(self) -> tuple[Field, ...]:
        """Columns, the year among them."""
        return self.given if YEAR in self.given else (YEAR, *self.given)


TABLES = (
    Table("departments", "汇总", "每张计入汇总的自评表一行", DEPARTMENTS, lambda c: c.departments(), is_own=True),
    Table("indicators", "指标明细", "每个指标一行", INDICATORS, lambda c: c.indicators(), is_own=True),
    Table("findings", "问题清单", "每个问题一行", FINDINGS, lambda c: c.findings()),
    Table("files", "报送情况", "每个文件一行，包括未采用的", FILES, lambda c: c.inputs()),
    Table("rollups", "指标汇总", "两个以上单位都有的指标，各单位合在一起", ROLLUPS, lambda c: c.rolled()),  # whole after the indicators
    Table("spreads", "分类统计", "按一级指标、二级指标、单位类别统计", SPREADS, lambda c: c.statistics()),
)
RUNS = (YEAR, Field("name", "项目"), Field("value", "内容"))


class View(NamedTuple):
    """A question that is asked again and again. columns: name → title."""

    name: str
    title: str
    columns: Mapping[str, str]
    sql: str


_SAME = "department, project, level1, level2, name, occurrence"
VIEWS = (
    View(
        "trend", "各单位同名指标与上一个年度对照",
        {"department": "单位", "project": "项目", "level1": "一级指标", "level2": "二级指标", "name": "指标名称", "occurrence": "同名指标中的第几个", "year": "年度",
         "previous_year": "上一个年度", "unit": "计量单位", "target": "目标值", "previous_target": "上一个年度目标值", "actual": "实现值", "previous_actual": "上一个年度实现值",
         "completion_rate": "完成率", "previous_completion_rate": "上一个年度完成率", "completion_change": "完成率增减", "score": "计算得分", "previous_score": "上一个年度计算得分",
         "weight": "分值", "previous_weight": "上一个年度分值"},
        f"""WITH numbered AS (
          SELECT *, row_number() OVER (PARTITION BY year, department, project, level1, level2, name ORDER BY file, sheet, cell) AS occurrence
          FROM indicators WHERE year <> {NO_YEAR} AND name <> ''),
        paired AS (
          SELECT {_SAME}, year, lag(year) OVER w AS previous_year, unit, target, lag(target) OVER w AS previous_target, actual, lag(actual) OVER w AS previous_actual,
            completion_rate, lag(completion_rate) OVER w AS previous_completion_rate, score, lag(score) OVER w AS previous_score, weight, lag(weight) OVER w AS previous_weight
          FROM numbered WINDOW w AS (PARTITION BY {_SAME} ORDER BY year))
        SELECT {_SAME}, year, previous_year, unit, target, previous_target, actual, previous_actual, completion_rate, previous_completion_rate,
          completion_rate - previous_completion_rate AS completion_change, score, previous_score, weight, previous_weight
        FROM paired WHERE previous_year IS NOT NULL""",
    ),
    View(
        "department_trend", "各单位总分与上一个年度对照",
        {"department": "单位", "project": "项目", "form": "表类", "year": "年度", "previous_year": "上一个年度", "total": "计算得分", "previous_total": "上一个年度计算得分",
         "change": "得分增减", "rank": "名次", "previous_rank": "上一个年度名次", "grade": "等级", "previous_grade": "上一个年度等级"},
        f"""SELECT * FROM (
          SELECT department, project, form, year, lag(year) OVER w AS previous_year, total, lag(total) OVER w AS previous_total, total - lag(total) OVER w AS change,
            rank, lag(rank) OVER w AS previous_rank, grade, lag(grade) OVER w AS previous_grade
          FROM departments WHERE year <> {NO_YEAR} AND department <> '' WINDOW w AS (PARTITION BY department, project, form ORDER BY year))
        WHERE previous_year IS NOT NULL""",
    ),
    View(
        "years", "各年度的数量",
        {"year": "年度", "departments": "单位数", "tables": "自评表数", "indicators": "指标数", "mean_total": "平均得分", "errors": "错误", "warnings": "提醒"},
        """SELECT year, count(DISTINCT nullif(department, '')) AS departments, count(*) AS tables, sum(indicators)::BIGINT AS indicators, round(avg(total), 4) AS mean_total,
          sum(errors)::BIGINT AS errors, sum(warnings)::BIGINT AS warnings FROM departments GROUP BY year ORDER BY year""",
    ),
)  # fmt: skip


def schema_markdown() -> str:
    """The exported tables and views, in Chinese, as Markdown."""
    head = (
        f"文本列没有内容时为空字符串，数值列没有内容时为 NULL。数值为精确的十进制数 `DECIMAL(38, 10)`（整数部分超过 {MAX_NUMBER} 位的留空），金额以元计，完成率 1 即 100%。"
        f"年度 {NO_YEAR} 表示未填年度，或所填年度与本次汇总不符、而该年度已另有数据。Parquet 文件中没有 `year` 列，年度在文件夹名 `year=<年度>` 中，读取整个文件夹时自动成为一列。"
        "CSV 中可能被电子表格软件当作公式的文字前加了一个撇号。"
    )
    parts = [head]
    for table in TABLES:
        rows = [f"| `{f.name}` | `{SQL_TYPES[f.type]}` | {f.title} |" for f in table.fields]
        parts.append("\n".join([f"**`{table.name}`** {table.title}：{table.about}。", "", "| 列 | 类型 | 含义 |", "|---|---|---|", *rows]))
    rows = [f"| `{f.name}` | `{SQL_TYPES[f.type]}` | {f.title} |" for f in RUNS]
    parts.append("\n".join([f"**`runs`** 运行记录：各年度的数据出自哪一次汇总（只在 `{DATABASE}` 中）。", "", "| 列 | 类型 | 含义 |", "|---|---|---|", *rows]))
    for view in VIEWS:
        columns = "，".join(f"`{name}` {title}" for name, title in view.columns.items())
        parts.append(f"**`{view.name}`** 视图，{view.title}（只在 `{DATABASE}` 中）：{columns}。")
    return "\n\n".join(parts) + "\n"
