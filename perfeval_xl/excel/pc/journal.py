"""What was changed on a PC, written down before each change, so that it can be undone: exactly that, at any moment. Standard library only."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from perfeval_xl.excel.pc.registry import Registry, Value, value_of
from perfeval_xl.files import write_aside

FORMAT = 1
MARK = ".perfeval-program"
"""Lies in a folder that is ours as a whole; a folder without it is never deleted."""


class JournalError(Exception):
    """A journal that cannot be read; the text is one Chinese sentence with what to do."""


class Journal:
    """Entries in the order they were made, kept in `folder`. A target changed twice keeps what stood there first.

    Raises: JournalError; its methods OSError, OutputError.
    """

    def __init__(self, folder: Path, registry: Registry) -> None:
        self._folder, self._registry = folder, registry
        self._path = folder / "install.json"
        self._entries: list[dict[str, Any]] = []
        self._has_made_folder = False
        self.about: dict[str, Any] = {}
        if self._path.exists():
            try:
                stored = json.loads(self._path.read_text(encoding="utf-8"))
                if stored["format"] != FORMAT:
                    raise JournalError(f"安装记录“{self._path}”是较新版本的程序写的。请用同一版本的安装程序卸载。")
                if not all(_is_entry(e) for e in stored["entries"]):
                    raise TypeError  # told below, with the other ways to be broken
                self._entries, self.about, self._has_made_folder = list(stored["entries"]), dict(stored["about"]), bool(stored["made"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise JournalError(f"安装记录“{self._path}”已损坏，无法确定装过什么，没有做任何改动。请将该文件改名后重新安装，再卸载。") from error

    @property
    def is_empty(self) -> bool:
        """Whether nothing of ours is on the PC."""
        return not self._entries

    def targets(self) -> list[str]:
        """What the entries are about, in words for a list."""
        return [str(e.get("target") or e.get("key")) for e in self._entries]

    def made_above(self, target: Path) -> int:
        """How many of the folders right above `target` were made by us."""
        made = {e["target"] for e in self._entries if e["kind"] == "folder"}
        return next(i for i, p in enumerate(target.parents) if str(p) not in made)

    def folder(self, target: Path) -> None:
        """Makes a folder with those above it; undone when empty."""
        self._make()
        missing = []
        while not target.exists():
            missing.append(target)
            target = target.parent
        for one in reversed(missing):
            self._note({"kind": "folder", "target": str(one)})
            one.mkdir(exist_ok=True)

    def tree(self, target: Path, *, is_private: bool = False) -> None:
        """Makes a folder that is ours as a whole. Raises: FileExistsError where there is one that is not.

        is_private: where other users may make folders too: one that is there already is ours only if it holds the secret of this journal.
        """
        if is_private:
            self._private_tree(target)
            return
        if target.exists() and not (target / MARK).is_file() and any(target.iterdir()):
            raise FileExistsError(str(target))
        self.folder(target.parent)
        if self._find("tree", str(target)) is None:
            self._note({"kind": "tree", "target": str(target)})
        target.mkdir(exist_ok=True)
        (target / MARK).touch()

    def private_tree_in(self, parent: Path) -> Path | None:
        """The private folder made there before, if it is still the one."""
        return next((Path(e["target"]) for e in reversed(self._entries) if e["kind"] == "tree" and e.get("secret") and Path(e["target"]).parent == parent and _is_ours(e)), None)

    def _private_tree(self, target: Path) -> None:
        entry = self._find("tree", str(target))
        if entry is not None and entry.get("secret") and _is_ours(entry):
            return
        if os.path.lexists(target):
            raise FileExistsError(str(target))
        self.folder(target.parent)
        if entry is None:
            entry = {"kind": "tree", "target": str(target)}
            self._entries.append(entry)
        entry["secret"] = secrets.token_hex(16)
        self._save()
        try:
            target.mkdir(mode=0o700)  # Windows too keeps others out from the very first moment, with Python 3.11.10, 3.12.4 or later
            with (target / MARK).open("x", encoding="ascii") as stream:
                stream.write(entry["secret"])
        except FileExistsError as error:  # somebody was there between the look and the making
            raise FileExistsError(str(target)) from error

    def file(self, target: Path, data: bytes) -> None:
        """Writes a file as a whole; what stood there is kept aside."""
        self.folder(target.parent)
        entry, now = self._find("file", str(target)), _content(target)
        if entry is None:
            entry = {"kind": "file", "target": str(target), "before": self._keep(now), "after": []}
            self._entries.append(entry)
        elif now is not None and _digest(now) not in (*entry["after"], entry["before"]):
            entry["before"] = self._keep(now)  # somebody's own file took the place of ours
        entry["after"] = [*entry["after"][-1:], _digest(data)]  # the one before too: an update may be interrupted right here
        self._save()
        write_aside(target, data)

    def values(self, key: str, changes: Mapping[str, Value | None]) -> None:
        """Writes values of a registry key, or takes them away (None)."""
        entry = self._find("values", key)
        if entry is None:
            made = [k for k in _above(key) if self._registry.values(k) is None]
            entry = {"kind": "values", "key": key, "made": made, "before": {}, "after": {}}
            self._entries.append(entry)
        for name, value in changes.items():
            now = value_of(self._registry, key, name)
            if name not in entry["before"] or _plain(now) not in (*entry["after"][name], entry["before"][name]):
                entry["before"][name] = _plain(now)
            entry["after"][name] = [*entry["after"].get(name, [])[-1:], _plain(value)]
        self._save()
        for name, value in changes.items():
            self._put(key, name, value)

    def finish(self, about: Mapping[str, Any]) -> None:
        """The installation is complete. about: what the next one may want to know."""
        self.about = dict(about)
        self._save()

    def forget(self, kept: Iterable[str]) -> list[str]:
        """Undoes the entries of an earlier version that the new one did not touch. kept: targets and keys."""
        keep = set(kept)
        return self._undo([e for e in self._entries if e.get("target", e.get("key")) not in keep and e["kind"] != "folder"])

    def undo(self, left: Path | None = None) -> list[str]:
        """Takes everything back, last first; returns what was left, in Chinese. left: a tree that someone else deletes, as its last act."""
        if left is not None:
            self._entries = [e for e in self._entries if e["kind"] != "tree" or Path(e["target"]) != left]
        notices = self._undo(list(self._entries))
        if not self._entries and self._path.exists():
            self._path.unlink()
            if (self._folder / "backup").is_dir():
                shutil.rmtree(self._folder / "backup")
            if self._has_made_folder:
                with contextlib.suppress(OSError):
                    self._folder.rmdir()
        return notices

    def _undo(self, entries: list[dict[str, Any]]) -> list[str]:
        notices = []
        for entry in reversed(entries):
            notice = {"file": self._undo_file, "folder": self._undo_folder, "tree": self._undo_tree, "values": self._undo_values}[entry["kind"]](entry)
            if notice:
                notices.append(notice)
            self._entries.remove(entry)
            self._save()
        return notices

    def _undo_file(self, entry: Mapping[str, Any]) -> str:
        target = Path(entry["target"])
        now = _content(target)
        if now is None or _digest(now) in entry["after"]:
            if entry["before"]:
                before = _content(self._kept(entry["before"]))
                if before is None or _digest(before) != entry["before"]:
                    target.unlink(missing_ok=True)
                    return f"“{target}”在安装前的内容没有恢复：备份“{self._kept(entry['before'])}”缺失或已损坏。本程序的文件已删除。"
                write_aside(target, before)
            else:
                target.unlink(missing_ok=True)
        elif _digest(now) != entry["before"]:  # else: interrupted before it was written
            return f"“{target}”在安装之后被改动过，没有删除；不再需要时请手工删除。"
        return ""

    def _undo_folder(self, entry: Mapping[str, Any]) -> str:
        target = Path(entry["target"])
        with contextlib.suppress(OSError):
            target.rmdir()
        return ""

    def _undo_tree(self, entry: Mapping[str, Any]) -> str:
        target = Path(entry["target"])
        if target.is_symlink() or not _is_ours(entry):
            return f"“{target}”不再是安装时的样子，没有删除；不再需要时请手工删除。" if target.exists() and any(target.iterdir()) else ""
        others = [p for p in target.iterdir() if p.name != MARK]
        for one in others:
            one.unlink() if one.is_symlink() or one.is_file() else shutil.rmtree(one)
        (target / MARK).unlink()  # last: an interrupted deletion can go on
        target.rmdir()
        return ""

    def _undo_values(self, entry: Mapping[str, Any]) -> str:
        key = entry["key"]
        now = {name: _plain(value_of(self._registry, key, name)) for name in entry["after"]}
        notice = ""
        if all(now[n] in (*entry["after"][n], entry["before"][n]) for n in now):
            for name, value in entry["before"].items():
                self._put(key, name, Value(*value) if value is not None else None)
        else:
            notice = f"注册表“{key}”在安装之后被改动过，没有恢复；请由信息技术人员查看。"
        for made in reversed(entry["made"]):
            self._registry.delete_empty(made)
        return notice

    def _put(self, key: str, name: str, value: Value | None) -> None:
        if value is None:
            self._registry.delete(key, name)
        else:
            self._registry.write(key, name, value)

    def _find(self, kind: str, target: str) -> dict[str, Any] | None:
        return next((e for e in self._entries if e["kind"] == kind and e.get("target", e.get("key")) == target), None)

    def _note(self, entry: dict[str, Any]) -> None:
        if self._find(entry["kind"], entry["target"]) is None:
            self._entries.append(entry)
            self._save()

    def _keep(self, data: bytes | None) -> str:
        """Puts a copy aside under its own digest; returns it, "" for nothing."""
        if data is None:
            return ""
        digest = _digest(data)
        self._make()
        self._kept("").mkdir(exist_ok=True)
        if not self._kept(digest).exists():
            write_aside(self._kept(digest), data)
        return digest

    def _kept(self, digest: str) -> Path:
        return self._folder / "backup" / digest

    def _make(self) -> None:
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True)
            self._has_made_folder = True
            self._save()  # before anything is put into it

    def _save(self) -> None:
        self._make()
        stored = {"format": FORMAT, "made": self._has_made_folder, "about": self.about, "entries": self._entries}
        write_aside(self._path, json.dumps(stored, ensure_ascii=False, indent=1).encode())


def _is_entry(entry: object) -> bool:
    """Whether an entry read from a file has what undoing it takes."""
    if not isinstance(entry, dict):
        return False
    if entry.get("kind") == "values":
        parts = isinstance(entry.get("made"), list) and isinstance(entry.get("before"), dict) and isinstance(entry.get("after"), dict)
        return parts and isinstance(entry.get("key"), str) and entry["before"].keys() >= entry["after"].keys()
    if entry.get("kind") == "file" and not (isinstance(entry.get("before"), str) and isinstance(entry.get("after"), list)):
        return False
    return entry.get("kind") in {"file", "folder", "tree"} and isinstance(entry.get("target"), str)


def _is_ours(entry: Mapping[str, Any]) -> bool:
    """Whether a tree bears our mark; a private one with its secret in it, which nobody else could read."""
    mark = Path(entry["target"]) / MARK
    try:
        return mark.is_file() and (not entry.get("secret") or mark.read_bytes()[:100] == entry["secret"].encode())
    except OSError:
        return False


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _plain(value: Value | None) -> list[Any] | None:
    return None if value is None else [value.kind, value.data]


def _above(key: str) -> list[str]:
    parts = key.split("\\")
    return ["\\".join(parts[:n]) for n in range(2, len(parts) + 1)]
