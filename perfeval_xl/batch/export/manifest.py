"""Manifest: the hash of every Parquet file of an export, by which it is known whether a year is as it was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from perfeval_xl.batch.export.schema import MANIFEST

_FORMAT = 1


def read_manifest(folder: Path) -> dict[str, str]:
    """Path, relative → sha256; empty where there is none that can be read."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {str(name): str(mark) for name, mark in said["files"].items()} if said["format"] == _FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def write_manifest(aside: Path, made: Iterable[str], folder: Path) -> None:
    """Aside: of the files made there, and of those in the folder that stay. Raises: OSError."""
    files = {name: mark for name, mark in read_manifest(folder).items() if (folder / name).is_file()}
    files |= {name: sha256_of(aside / name) for name in made if name.endswith(".parquet")}
    text = json.dumps({"format": _FORMAT, "files": dict(sorted(files.items()))}, ensure_ascii=False, indent=1)
    (aside / MANIFEST).write_text(text + "\n", encoding="utf-8")


def is_whole(folder: Path, names: Iterable[str], known: dict[str, str]) -> bool:
    """Whether all of these files lie in the folder as they were written. Raises: OSError."""
    return all(name in known and (folder / name).is_file() and sha256_of(folder / name) == known[name] for name in names)


def sha256_of(path: Path) -> str:
    """Of a file of any size. Raises: OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
