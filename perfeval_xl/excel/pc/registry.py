"""The Windows registry behind a small protocol: the real one, and one kept in a file for made-up PCs. Standard library only."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from perfeval_xl.files import write_aside

MAX_BYTES = 10_000_000


class Value(NamedTuple):
    """kind: REG_SZ, REG_EXPAND_SZ, REG_DWORD, REG_QWORD, REG_BINARY, REG_MULTI_SZ or a number. data: text, number, bytes as hex, list of texts."""

    kind: str
    data: Any


Key = Mapping[str, Value]
"""Values of a key by name; the default value has the name ""."""


class Registry(Protocol):
    """Keys are written with their hive, as HKCU\\Software\\…; upper and lower case are the same."""

    def values(self, key: str) -> Key | None:
        """None where there is no such key, or it may not be read."""

    def subkeys(self, key: str) -> Sequence[str]:
        """Names, not paths."""

    def write(self, key: str, name: str, value: Value) -> None:
        """Makes the key where it is missing. Raises: OSError."""

    def delete(self, key: str, name: str) -> None:
        """Nothing happens where there is no such value. Raises: OSError."""

    def delete_empty(self, key: str) -> None:
        """Takes a key away that holds neither values nor keys; any other stays. Raises: OSError."""


def value_of(registry: Registry, key: str, name: str = "") -> Value | None:
    """One value, whatever the case of its name."""
    return next((v for n, v in (registry.values(key) or {}).items() if n.lower() == name.lower()), None)


class FileRegistry:
    """A registry in a JSON file: {"HKCU\\Software\\X": {"name": ["REG_SZ", "data"]}}. Raises: OSError, ValueError for a file that is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[str, dict[str, Value]] = {}
        if path.exists():
            if path.stat().st_size > MAX_BYTES:
                raise ValueError("registry file too large")
            stored = json.loads(path.read_text(encoding="utf-8"))
            self._keys = {str(k): {str(n): Value(str(v[0]), v[1]) for n, v in values.items()} for k, values in stored.items()}

    def values(self, key: str) -> Key | None:
        """As the protocol says; a key above others exists without being listed."""
        found = self._name(key)
        if found is not None:
            return dict(self._keys[found])
        return {} if self.subkeys(key) else None

    def subkeys(self, key: str) -> Sequence[str]:
        """As the protocol says."""
        start = key.lower() + "\\"
        return list(dict.fromkeys(k[len(start) :].split("\\")[0] for k in self._keys if k.lower().startswith(start)))

    def write(self, key: str, name: str, value: Value) -> None:
        """As the protocol says."""
        values = self._keys.setdefault(self._name(key) or key, {})
        values[next((n for n in values if n.lower() == name.lower()), name)] = value
        self._save()

    def delete(self, key: str, name: str) -> None:
        """As the protocol says."""
        values = self._keys.get(self._name(key) or key, {})
        for known in [n for n in values if n.lower() == name.lower()]:
            del values[known]
        self._save()

    def delete_empty(self, key: str) -> None:
        """As the protocol says."""
        found = self._name(key)
        if found is not None and not self._keys[found] and not self.subkeys(key):
            del self._keys[found]
            self._save()

    def _name(self, key: str) -> str | None:
        return next((k for k in self._keys if k.lower() == key.lower()), None)

    def _save(self) -> None:
        write_aside(self._path, json.dumps(self._keys, ensure_ascii=False, indent=1).encode())


class SystemRegistry:
    """The registry of this PC, 64-bit view; HKLM32 is the view of 32-bit programs. Windows only."""

    def __init__(self) -> None:
        if sys.platform != "win32":
            raise OSError("no registry on this system")
        import winreg  # noqa: PLC0415  # Windows only

        self._winreg: Any = winreg
        self._kinds: dict[str, int] = {n: getattr(winreg, n) for n in ("REG_SZ", "REG_EXPAND_SZ", "REG_DWORD", "REG_QWORD", "REG_BINARY", "REG_MULTI_SZ")}

    def values(self, key: str) -> Key | None:
        """As the protocol says."""
        names = {number: name for name, number in self._kinds.items()}
        found: dict[str, Value] = {}
        try:
            with self._open(key) as handle:
                for index in range(self._winreg.QueryInfoKey(handle)[1]):
                    name, data, kind = self._winreg.EnumValue(handle, index)
                    found[name] = Value(names.get(kind, str(kind)), data.hex() if isinstance(data, bytes) else data)
        except OSError:
            return None
        return found

    def subkeys(self, key: str) -> Sequence[str]:
        """As the protocol says."""
        try:
            with self._open(key) as handle:
                return [self._winreg.EnumKey(handle, i) for i in range(self._winreg.QueryInfoKey(handle)[0])]
        except OSError:
            return []

    def write(self, key: str, name: str, value: Value) -> None:
        """As the protocol says."""
        hive, _, path = key.partition("\\")
        kind = self._kinds.get(value.kind)
        kind = int(value.kind) if kind is None else kind
        data = bytes.fromhex(value.data) if isinstance(value.data, str) and value.kind in {"REG_BINARY", str(kind)} else value.data
        with self._winreg.CreateKeyEx(self._hive(hive), path, 0, self._winreg.KEY_WRITE | self._winreg.KEY_WOW64_64KEY) as handle:
            self._winreg.SetValueEx(handle, name, 0, kind, data)

    def delete(self, key: str, name: str) -> None:
        """As the protocol says."""
        with contextlib.suppress(FileNotFoundError), self._open(key, self._winreg.KEY_WRITE) as handle:
            self._winreg.DeleteValue(handle, name)

    def delete_empty(self, key: str) -> None:
        """As the protocol says."""
        if self.values(key) == {} and not self.subkeys(key):
            hive, _, path = key.partition("\\")
            self._winreg.DeleteKeyEx(self._hive(hive), path, self._winreg.KEY_WOW64_64KEY, 0)

    def _open(self, key: str, access: int = 0) -> Any:
        hive, _, path = key.partition("\\")
        view = self._winreg.KEY_WOW64_32KEY if hive == "HKLM32" else self._winreg.KEY_WOW64_64KEY
        return self._winreg.OpenKey(self._hive(hive), path, 0, (access or self._winreg.KEY_READ) | view)

    def _hive(self, name: str) -> Any:
        return getattr(self._winreg, {"HKCU": "HKEY_CURRENT_USER", "HKLM": "HKEY_LOCAL_MACHINE", "HKLM32": "HKEY_LOCAL_MACHINE", "HKCR": "HKEY_CLASSES_ROOT"}[name])
