"""The real registry's code over a stand-in for winreg with the signatures of its documentation: what only Windows can prove stays unproven."""

from __future__ import annotations

import sys
import types
from typing import Any, Self

import pytest

from perfeval_xl.excel.pc.registry import SystemRegistry, Value, value_of


class _Handle:
    def __init__(self, key: tuple[str, str]) -> None:
        self.key = key

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Closed."""


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], dict[str, tuple[Any, int]]]:  # noqa: C901  # a module in one place
    stored: dict[tuple[str, str], dict[str, tuple[Any, int]]] = {}
    module: Any = types.ModuleType("winreg")
    for number, name in enumerate(("REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD"), 0):
        setattr(module, name, number)
    module.REG_MULTI_SZ, module.REG_QWORD = 7, 11
    module.KEY_READ, module.KEY_WRITE, module.KEY_WOW64_64KEY, module.KEY_WOW64_32KEY = 0x20019, 0x20006, 0x100, 0x200
    for hive in ("HKEY_CURRENT_USER", "HKEY_LOCAL_MACHINE", "HKEY_CLASSES_ROOT"):
        setattr(module, hive, hive)

    def found(hive: str, path: str) -> tuple[str, str]:
        key = next((k for k in stored if k[0] == hive and k[1].lower() == path.lower()), None)
        if key is None:
            raise FileNotFoundError(path)
        return key

    def open_key(key: str, sub_key: str, reserved: int, access: int) -> _Handle:
        assert reserved == 0
        assert access & 0x300
        return _Handle(found(key, sub_key))

    def create(key: str, sub_key: str, reserved: int, access: int) -> _Handle:
        assert reserved == 0
        assert access & 0x20006
        parts = sub_key.split("\\")
        for n in range(1, len(parts) + 1):
            stored.setdefault((key, "\\".join(parts[:n])), {})
        return _Handle(found(key, sub_key))

    def below(key: tuple[str, str]) -> list[str]:
        return [k[1][len(key[1]) + 1 :] for k in stored if k[0] == key[0] and k[1].startswith(key[1] + "\\") and "\\" not in k[1][len(key[1]) + 1 :]]

    def set_value(handle: _Handle, name: str, reserved: int, kind: int, value: Any) -> None:
        assert reserved == 0
        assert isinstance(value, {1: str, 2: str, 3: bytes, 4: int, 7: list, 0: bytes}[kind])
        stored[handle.key][name] = (value, kind)

    def delete_value(handle: _Handle, name: str) -> None:
        if name not in stored[handle.key]:
            raise FileNotFoundError(name)
        del stored[handle.key][name]

    def delete_key(key: str, sub_key: str, access: int, reserved: int) -> None:
        assert (access, reserved) == (0x100, 0)
        assert not below(found(key, sub_key))
        del stored[found(key, sub_key)]

    module.OpenKey, module.CreateKeyEx, module.SetValueEx, module.DeleteValue, module.DeleteKeyEx = open_key, create, set_value, delete_value, delete_key
    module.QueryInfoKey = lambda handle: (len(below(handle.key)), len(stored[handle.key]), 0)
    module.EnumKey = lambda handle, index: below(handle.key)[index]
    module.EnumValue = lambda handle, index: [(n, v, k) for n, (v, k) in stored[handle.key].items()][index]
    monkeypatch.setitem(sys.modules, "winreg", module)
    monkeypatch.setattr(sys, "platform", "win32")
    return stored


@pytest.mark.parametrize(
    "value", [Value("REG_SZ", "中文"), Value("REG_EXPAND_SZ", "%APPDATA%"), Value("REG_DWORD", 7), Value("REG_BINARY", "00ff"), Value("REG_MULTI_SZ", ["a", "b"]), Value("0", "")]
)
def test_a_value_comes_back_as_it_was_written(keys: dict[tuple[str, str], dict[str, tuple[Any, int]]], value: Value) -> None:
    registry = SystemRegistry()
    registry.write("HKCU\\Software\\X\\Y", "name", value)
    assert registry.values("HKCU\\Software\\X\\Y") == {"name": value}
    assert value_of(registry, "HKCU\\software\\x\\y", "NAME") == value
    assert registry.subkeys("HKCU\\Software") == ["X"]
    registry.delete_empty("HKCU\\Software\\X")  # holds a key
    assert ("HKEY_CURRENT_USER", "Software\\X") in keys
    registry.delete("HKCU\\Software\\X\\Y", "name")
    registry.delete("HKCU\\Software\\X\\Y", "name")  # no longer there
    registry.delete_empty("HKCU\\Software\\X\\Y")
    registry.delete_empty("HKCU\\Software\\X")
    assert list(keys) == [("HKEY_CURRENT_USER", "Software")]


def test_a_key_that_is_not_there_has_no_values(keys: dict[tuple[str, str], dict[str, tuple[Any, int]]]) -> None:
    registry = SystemRegistry()
    assert registry.values("HKLM32\\SOFTWARE\\Nothing") is None
    assert registry.subkeys("HKLM\\SOFTWARE\\Nothing") == []
    registry.delete("HKLM\\SOFTWARE\\Nothing", "x")
    assert keys == {}


def test_other_systems_have_none() -> None:
    if sys.platform == "win32":
        pytest.skip("this is Windows")
    with pytest.raises(OSError, match="no registry"):
        SystemRegistry()
