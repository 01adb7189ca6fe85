"""Store: outcomes by content, kept from run to run, so that only what changed is read again and a killed run goes on where it stopped."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from perfeval_xl.batch.outcome import FORMAT, Outcome
from perfeval_xl.rulesets.loader import COMMON, RulesetError, available

FOLDER_VARIABLE = "PERFEVAL_CACHE"
KEPT_DAYS = 400
"""Outcomes that no run has used for longer are dropped: last year's files are still at hand when this year's come."""
KEPT_OUTPUTS = 3
_BUSY_SECONDS = 30
_CHUNK = 1 << 20
_COLUMNS = "mark TEXT, digest TEXT, head TEXT, details BLOB, issues BLOB, seal BLOB, day INTEGER"


class DamagedError(Exception):
    """An outcome that was kept is not there any more as it was kept; str() is one Chinese sentence."""


class Kept(NamedTuple):
    """A workbook that an earlier run made. sha256: of its bytes as they were made. answer: what was kept of that run with it."""

    path: Path
    sha256: str
    answer: dict[str, Any]


def folder() -> Path:
    """Where outcomes lie: the folder the environment names, else the user's own cache."""
    own = os.environ.get(FOLDER_VARIABLE)
    if own:
        return Path(own)
    from platformdirs import user_cache_path  # noqa: PLC0415

    return user_cache_path("perfeval", appauthor=False) / "merge"


def fingerprint(ruleset: str | None) -> str:
    """What outcomes depend on besides the file: the program, the form in which they are kept, every rule set in use, the one asked for.

    Raises: RulesetError.
    """
    readers = "\0".join(importlib.metadata.version(name) for name in ("python-calamine", "lxml", "xlrd"))
    mark = hashlib.sha256(f"{FORMAT}\0{code_mark()}\0{readers}\0{ruleset or ''}".encode())
    paths = [COMMON, *available()]
    if ruleset and Path(ruleset).is_file():
        paths.append(Path(ruleset))
    for path in paths:
        try:
            mark.update(f"\0{path.name}\0".encode("utf-8", "surrogatepass") + path.read_bytes())
        except OSError as error:
            raise RulesetError(f"规则集文件“{path.name}”无法打开。请检查读取权限。") from error
    return mark.hexdigest()


@lru_cache(maxsize=1)
def code_mark() -> str:
    """Hash of the package's files: a version number alone does not tell two states of a working copy apart."""
    root = Path(__file__).parents[1]
    mark = hashlib.sha256()
    for path in sorted(p for ending in ("*.py", "*.toml") for p in root.rglob(ending)):
        mark.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return mark.hexdigest()


def program_version() -> str:
    """Version of this program."""
    return importlib.metadata.version("perfeval-xl")


class Store:
    """Outcomes under the hash of the file's bytes, for one fingerprint. Not shared between threads.

    It never stops a run: where the file is damaged it is begun anew, where it cannot be written (a full disk, another run's lock) what
    comes then is kept in a file of its own for the length of the run. is_lasting: whether everything was kept. Each outcome is sealed with
    a hash of all its parts: one that was damaged since is as good as unknown. What departments returned is for the user alone to read.
    """

    def __init__(self, place: Path, mark: str) -> None:
        is_own = FOLDER_VARIABLE not in os.environ or not place.exists()
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_own:  # a folder that the user named and made may hold other things: there only the files are closed
            with suppress(OSError):
                place.chmod(0o700)
        self.place, self._mark, self.is_lasting = place, mark, True
        self._path = place / f"outcomes-{FORMAT}.sqlite"
        self._day = datetime.datetime.now(datetime.UTC).date().toordinal()
        self._passing: tempfile.TemporaryDirectory[str] | None = None
        self._connections = [self._opened()]

    def _opened(self) -> sqlite3.Connection:
        """A file that is no database any more (a power cut) is begun anew: it holds only what can be made again."""
        try:
            return self._connected(self._path)
        except sqlite3.OperationalError:
            raise  # locked, or not writable: not damaged
        except sqlite3.DatabaseError:
            for path in self.place.glob(f"{self._path.name}*"):
                path.unlink(missing_ok=True)
            return self._connected(self._path)

    @staticmethod
    def _connected(path: Path) -> sqlite3.Connection:
        with suppress(OSError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)  # made by an earlier version; the files beside it get what it has
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
        with suppress(sqlite3.OperationalError):  # another run is at it
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"CREATE TABLE IF NOT EXISTS outcomes ({_COLUMNS}, PRIMARY KEY (mark, digest)) WITHOUT ROWID")
        connection.commit()
        return connection

    def _found(self, digest: str) -> Outcome | None:
        """The outcome as it was kept; None where nothing is known, or what lies there was damaged or cannot be read."""
        for connection in reversed(self._connections):
            try:
                row = connection.execute("SELECT head, details, issues, seal FROM outcomes WHERE mark=? AND digest=?", (self._mark, digest)).fetchone()
            except (sqlite3.Error, UnicodeError):
                continue
            if row is not None and _seal(self._mark, digest, *row[:3]) == row[3]:
                return Outcome(*row[:3])
        return None

    def heads(self, digests: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Digest and head of all that are known, whole."""
        for digest in digests:
            found = self._found(digest)
            if found is not None:
                yield digest, found.head

    def details(self, digest: str) -> bytes:
        """The packed detail rows of one file; empty where it has none. Raises: DamagedError."""
        return self._whole(digest).details

    def issues(self, digest: str) -> bytes:
        """The packed issues of one file; empty where it has none. Raises: DamagedError."""
        return self._whole(digest).issues

    def _whole(self, digest: str) -> Outcome:
        found = self._found(digest)
        if found is None:  # its head was there when the run began
            raise DamagedError(f"缓存文件夹“{self.place}”中已读取的结果在本次运行中被改动或删除。请重新运行，缺少的文件会重新读取。")
        return found

    def put(self, outcomes: Iterable[tuple[str, Outcome]]) -> None:
        """Keeps outcomes; once this returns they outlive the process."""
        rows = [(self._mark, digest, *o, _seal(self._mark, digest, *o), self._day) for digest, o in outcomes]
        try:
            self._write(rows)
        except sqlite3.Error:
            self.is_lasting = False
            if self._passing is None:
                self._passing = tempfile.TemporaryDirectory(prefix="perfeval-", ignore_cleanup_errors=True)
                self._connections.append(self._connected(Path(self._passing.name) / "passing.sqlite"))
            self._write(rows)

    def _write(self, rows: list[tuple[str, str, str, bytes, bytes, bytes, int]]) -> None:
        with self._connections[-1] as connection:
            connection.executemany("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def used(self, digests: Iterable[str]) -> None:
        """Notes that outcomes were of use today, and drops what nothing used for long."""
        with suppress(sqlite3.Error), self._connections[0] as connection:
            connection.executemany("UPDATE outcomes SET day=? WHERE mark=? AND digest=? AND day<>?", [(self._day, self._mark, d, self._day) for d in digests])
            connection.execute("DELETE FROM outcomes WHERE day < ?", (self._day - KEPT_DAYS,))

    def close(self) -> None:
        """Ends the connections."""
        for connection in self._connections:
            connection.close()
        if self._passing is not None:
            self._passing.cleanup()

    def output(self, key: str) -> Kept | None:
        """A workbook that an earlier run with exactly these inputs made; None where there is none. Whoever takes it holds it against its sha256."""
        path = self.place / f"output-{key}.xlsx"
        try:
            said = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            return Kept(path, str(said["sha256"]), dict(said["answer"])) if said["key"] == key and path.is_file() else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep_output(self, key: str, made: Path, answer: dict[str, Any]) -> None:
        """Keeps a copy of a workbook as it was made, before anyone else can touch it, and what was answered with it.

        Only the last few are kept. A disk without room for it is no failure of the run.
        """
        target = self.place / f"output-{key}.xlsx"
        book, text = (target.with_suffix(f".{os.getpid()}.{ending}.tmp") for ending in ("xlsx", "json"))
        try:
            with made.open("rb") as source, open(book, "wb", opener=_private) as copy:  # pathlib takes no opener
                shutil.copyfileobj(source, copy, _CHUNK)
            with open(text, "w", encoding="utf-8", opener=_private) as stream:
                json.dump({"key": key, "sha256": sha256_of(book), "answer": answer}, stream, ensure_ascii=False)
            text.replace(target.with_suffix(".json"))  # first: a workbook that it does not fit is not taken
            book.replace(target)
            kept = sorted(self.place.glob("output-*.xlsx"), key=lambda p: p.stat().st_mtime, reverse=True)
            for old in kept[KEPT_OUTPUTS:]:
                old.unlink(missing_ok=True)
                old.with_suffix(".json").unlink(missing_ok=True)
        except (OSError, UnicodeError):
            for path in (book, text):
                with suppress(OSError):
                    path.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Of a file of any size. Raises: OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _seal(mark: str, digest: str, head: object, details: object, issues: object) -> bytes:
    """Hash of everything that is kept of one file, each part with its length; of what is none of ours, one that fits nothing."""
    seal = hashlib.blake2b(f"{mark}\0{digest}".encode(), digest_size=16)
    if not (isinstance(head, str) and isinstance(details, bytes) and isinstance(issues, bytes)):
        return b""
    for part in (head.encode("utf-8", "surrogatepass"), details, issues):
        seal.update(len(part).to_bytes(8, "little") + part)
    return seal.digest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def opened(mark: str) -> Iterator[Store]:
    """The store, closed at the end. Where its folder cannot be used, one that lasts as long as the run: nothing is remembered then."""
    with ExitStack() as stack:
        try:
            store = Store(folder(), mark)
        except (OSError, sqlite3.Error):
            store = Store(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="perfeval-", ignore_cleanup_errors=True))), mark)
            store.is_lasting = False
        stack.callback(store.close)
        yield store
