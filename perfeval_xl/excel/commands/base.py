"""What every command shares: the session, the frame that turns every failure into words, how a table is found."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import xlwings as xw

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.model import Evaluation
from perfeval_xl.excel import changes, formats, guards, snapshot
from perfeval_xl.excel.changes import Changes, Formula, PartlyError, Percent, written
from perfeval_xl.excel.choices import chosen
from perfeval_xl.excel.host import CommandError, DesktopHost, Host, ServerHost, StoppedError
from perfeval_xl.excel.live import WITHOUT_FORMATS, Reading, read
from perfeval_xl.excel.log import file, record
from perfeval_xl.files import OutputError
from perfeval_xl.rulesets.loader import RulesetError
from perfeval_xl.workbook.assess import AssessError, Assessment, Request, assess_book, assess_tables
from perfeval_xl.workbook.grid import CellValue

MAX_NAMED = 8


class Command(Protocol):
    """A button. host: where none is given, the one that belongs to the book."""

    def __call__(self, book: xw.Book | None, host: Host | None = None) -> None:
        """Presses it."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a command does besides writing values. added: sheets. notes: cells it put notes on. links: cells that held a link of ours."""

    added: Sequence[str] = ()
    notes: Sequence[tuple[str, str]] = ()
    links: Mapping[tuple[str, tuple[int, int]], Formula] = field(default_factory=dict)


@dataclass(slots=True)
class Session:
    """One click. given: the workbook in front, where there is one. notes: what goes into the dialog besides the answer."""

    given: xw.Book | None
    host: Host
    title: str
    notes: list[str] = field(default_factory=list)

    @property
    def book(self) -> xw.Book:
        """The workbook. Raises: CommandError where none is open."""
        if self.given is None:
            raise CommandError("没有打开的工作簿", "", "请先打开或新建一个工作簿，再点这个按钮。")
        return self.given

    def read(self, *, only_tables: bool = False) -> Reading:
        """The workbook's cells; says so where that is not all of it."""
        self.host.status(f"{self.title}：正在读取…")
        reading = read(self.book, self.host, only_tables=only_tables)
        if not reading.is_whole and not reading.is_own:
            self.notes.append(WITHOUT_FORMATS)
        return reading

    def assess(self, reading: Reading) -> Assessment:
        """The one table, or of several that on the active sheet. Raises: CommandError."""
        ruleset = self.chosen_for(reading) or None
        try:
            return self._told_of_age(assess_book(reading.book, Request(ruleset)))
        except AssessError as error:
            if error.finding is None or error.finding.kind.kind != "ambiguous-table":
                raise _no_table(error) from error
            active = active_sheet(self.book)
            with contextlib.suppress(AssessError):
                return self._told_of_age(assess_book(reading.book, Request(ruleset, active)))
            raise CommandError(error.finding.found, "一份指标表", "请先点到要处理的那张工作表，再点一次。") from error

    def chosen_for(self, reading: Reading) -> str:
        """The rule set chosen for this workbook; empty where none was, or for another unit's of the same name."""
        choice = chosen(self.book, self.host)
        if not choice.unit:
            return choice.ruleset
        try:
            return choice.of(assess_tables(reading.book, None)[0].evaluation.submission.department)
        except (AssessError, RulesetError):
            return choice.ruleset

    def _told_of_age(self, done: Assessment) -> Assessment:
        """Says so where the form is an older one: its own formulas may count otherwise."""
        self.notes += [f"{f.kind.title}：{f.found}，应为{f.expected}。{f.kind.remedy}" for f in done.evaluation.submission.findings if f.kind.kind == "template-outdated"]
        return done

    def assess_all(self, reading: Reading) -> list[Assessment]:
        """Every table. Raises: CommandError."""
        try:
            return assess_tables(reading.book, self.chosen_for(reading) or None)
        except AssessError as error:
            raise _no_table(error) from error

    def apply(self, reading: Reading, new: Changes, beside: Beside = Beside()) -> None:  # a constant
        """Writes the changes, and keeps what stood there."""
        self.host.status(f"{self.title}：正在写入…")
        if guards.is_read_only(self.book):
            self.notes.append("工作簿是以只读方式打开的：改动只在窗口中，请用“另存为”保存。")
        cells = [
            snapshot.Old(name, *at, _before(beside.links.get((name, at)), _standing(reading, name, at)), _after(value))
            for name, values in new.cells.items() for at, value in values.items()
        ]  # fmt: skip
        last = snapshot.stored(self.book, self.host)
        snapshot.keep(self.book, self.host, snapshot.Snapshot(self.title, snapshot.now(), cells, beside.added, beside.notes, formats.without_format(self.book, new), snapshot.witness(reading)))
        try:
            changes.apply(self.book, new, reading)
        except Exception:
            snapshot.put_back(self.book, self.host, last)
            raise


def _before(link: Formula | None, standing: CellValue) -> object:
    return {"formula": str(link)} if link is not None else snapshot.plain(standing)


def _after(value: changes.NewValue) -> object:
    """What a cell will show; a formula shows what it comes to."""
    if isinstance(value, Formula):
        return {"formula": str(value), "shown": value.shown}
    if isinstance(value, Percent):
        return snapshot.plain(value.value)
    return snapshot.plain(written(value)) if not isinstance(value, str) else value or None


def _standing(reading: Reading, name: str, at: tuple[int, int]) -> CellValue:
    grid = reading.grid(name)
    if grid is None:
        return None
    line = grid.rows[at[0] - 1] if at[0] <= grid.height else ()
    return line[at[1] - 1] if at[1] <= len(line) else None


def _no_table(error: AssessError) -> CommandError:
    if error.finding is None:
        return CommandError(str(error))
    if error.finding.kind.kind == "no-indicator-table":
        return CommandError(error.finding.found, error.finding.expected, "请打开自评表，或用“新建自评表”新建一份。")
    return CommandError(error.finding.found, error.finding.expected, error.finding.kind.remedy)


def active_sheet(book: xw.Book) -> str:
    """The name of the sheet on the screen; empty for a chart sheet, which is no worksheet."""
    with contextlib.suppress(Exception):
        return str(book.sheets.active.name)
    return ""


def host_of(book: xw.Book | None) -> Host:
    """The host that belongs to a book."""
    return DesktopHost(book) if book is None or guards.is_desktop(book) else ServerHost(book)


def command(title: str) -> Callable[[Callable[[Session], str]], Command]:
    """The frame around a command: its answer becomes a dialog, and so does every failure, of whatever kind."""

    def framed(action: Callable[[Session], str]) -> Command:
        @functools.wraps(action)
        def run(book: xw.Book | None, host: Host | None = None) -> None:
            at = host if host is not None else host_of(book)
            with _explaining(book, at, title):
                session = Session(book, at, title)
                if not at.is_local:
                    _ = session.book  # a server answers to nothing else
                at.status(f"{title}…")
                answer = action(session)
                if answer:
                    at.tell("\n\n".join([answer, *dict.fromkeys(session.notes)]))

        return run

    return framed


@contextmanager
def _explaining(book: xw.Book | None, host: Host, title: str) -> Iterator[None]:
    try:
        yield
    except StoppedError:
        pass
    except (CommandError, AssessError, OutputError, RulesetError) as error:
        _failed(book, host, title, str(error))
    except PartlyError as error:
        record(title, error.__cause__)
        cells = "、".join(error.cells[:MAX_NAMED]) + ("等" if len(error.cells) > MAX_NAMED else "")
        _failed(book, host, title, f"写入中途被拒绝，这些格子没能恢复：{cells}。\n处理办法：请不要保存，关闭工作簿后重新打开。", is_unchanged=False)
    except Exception as error:
        record(title, error)
        told = guards.explained(error)
        _failed(book, host, title, str(told) if told is not None else f"出现意外错误，没有完成。\n处理办法：请把日志文件发给信息技术人员（其中没有单元格内容）：{file()}")
    finally:
        with contextlib.suppress(Exception):
            host.status("")


def _failed(book: xw.Book | None, host: Host, title: str, message: str, *, is_unchanged: bool = True) -> None:
    """Says it; whatever was about to be done over the network is dropped."""
    with contextlib.suppress(Exception):
        if book is not None and not guards.is_desktop(book):
            book.json()["actions"].clear()
    if book is None and not host.is_local:
        raise xw.XlwingsError(message)  # the server makes an answer of it
    try:
        host.tell(f"“{title}”没有完成，{'工作簿没有改动' if is_unchanged else '工作簿可能只改了一部分'}。\n{message}", is_problem=True)
    except Exception as error:  # Excel takes no calls at all: there is no dialog then
        record(title, error, "no dialog")


def press(action: Command) -> None:
    """The command on the workbook in front, on the desktop."""
    guards.bound_attempts()
    book: xw.Book | None = None
    try:
        book = xw.Book.caller()
    except Exception:  # no caller: started without Excel's own call
        with contextlib.suppress(Exception):
            book = xw.books.active
    action(book)


def summary(evaluation: Evaluation) -> str:
    """Total, grade and rule set, in two lines."""
    weight, total = plain(evaluation.weight), plain(evaluation.total)
    if evaluation.unscored:
        first = f"已计分合计 {total}（分值合计 {weight}），有 {evaluation.unscored} 项未能计分，不给出等级。"
    else:
        first = f"总分 {total}（分值合计 {weight}）" + (f"，等级：{evaluation.grade}。" if evaluation.grade else "。")
    return f"{first}\n规则集：{evaluation.ruleset}（{evaluation.ruleset_reason}）。"
