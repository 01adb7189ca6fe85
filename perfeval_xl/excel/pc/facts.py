"""What the doctor wants to know of a PC, gathered in one go; judging it is another module's work."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import platform
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perfeval_xl import __version__
from perfeval_xl.excel.pc.profile import Profile
from perfeval_xl.excel.pc.registry import Registry, Value

VERSIONS = ("16.0", "15.0", "14.0", "12.0")
"""Of Office since 2007, newest first, as the registry counts."""

CLICK_TO_RUN = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
APP_PATH = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
EXCEL_CLASS = r"HKCR\Excel.Application\CLSID"
CODE_PAGE = r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage"
ASR = (
    r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules",
    r"HKLM\SOFTWARE\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules",
)
ASR_MANAGED = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager"
COMMAND_POLICY = r"HKCU\Software\Policies\Microsoft\Windows\System"
PROGRAM_POLICIES = (r"HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe", r"HKLM\SOFTWARE\Policies\Microsoft\Windows\Safer\CodeIdentifiers")
WPS = (r"HKCU\Software\Kingsoft\Office\6.0\Common", r"HKLM\SOFTWARE\Kingsoft\Office\6.0\Common", r"HKLM32\SOFTWARE\Kingsoft\Office\6.0\Common")


@dataclass(frozen=True, slots=True)
class AddinFile:
    """A copy of the add-in. zone: of the Mark of the Web, None without one. is_current: as it would be built now, None where that is not known."""

    path: str
    sha256: str
    zone: int | None = None
    is_current: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """registry: the keys that matter and exist, in lower case. settings: of perfeval.conf. home: the user's folder as Windows writes it.

    libraries: xlwings*.dll where Excel would look for them. engine: who answers a formula in the open Excel: desktop, server, native, "" unknown.
    """

    system: str
    version: str = __version__
    python: str = ""
    interpreter: str = ""
    xlwings: str = ""
    has_pywin32: bool = False
    registry: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    home: str = ""
    settings: Mapping[str, str] | None = None
    is_interpreter_there: bool = False
    libraries: Sequence[str] = ()
    addin: AddinFile | None = None
    startup: str = ""
    rulesets: int = 0
    is_log_writable: bool = False
    is_excel_running: bool = False
    engine: str = ""

    def value(self, key: str, name: str = "") -> Any:
        """Data of a registry value, None where there is none."""
        found = self.registry.get(key.lower(), {})
        return next((v.data for n, v in found.items() if n.lower() == name.lower()), None)


def gathered(profile: Profile | None) -> Facts:
    """profile: None where this is no Windows PC. Never raises for what it finds."""
    from perfeval_xl.rulesets.loader import available  # noqa: PLC0415  # with pydantic, which takes its time

    common = {
        "python": platform.python_version(),
        "xlwings": _version("xlwings"),
        "has_pywin32": sys.platform != "win32" or importlib.util.find_spec("pythoncom") is not None,
        "rulesets": len(list(available())),
        "is_log_writable": _log_is_writable(),
    }
    if profile is None:
        return Facts(sys.platform, interpreter=sys.executable, **common)  # type: ignore[arg-type]
    settings = _settings(profile.settings / "perfeval.conf")
    interpreter = (settings or {}).get("INTERPRETER_WIN", "")
    python = profile.real(interpreter)
    return Facts(
        "win32",
        interpreter=interpreter,
        registry=snapshot(profile.registry),
        home=profile.shown(profile.home),
        settings=settings,
        is_interpreter_there=bool(interpreter) and python.is_file(),
        libraries=sorted({p.name for folder in (python.parent, python.parent.parent) for p in folder.glob("xlwings*.dll")}) if interpreter else (),
        addin=_addin(profile),
        startup=profile.shown(profile.startup),
        is_excel_running=profile.is_excel_running(),
        engine=_engine() if profile.drive is None else "",
        **common,  # type: ignore[arg-type]
    )


def snapshot(registry: Registry) -> dict[str, Mapping[str, Value]]:
    """The keys the doctor looks at."""
    keys = [CLICK_TO_RUN, EXCEL_CLASS, CODE_PAGE, ASR_MANAGED, COMMAND_POLICY, *ASR, *PROGRAM_POLICIES, *WPS, *(f"{h}\\{APP_PATH}" for h in ("HKLM", "HKLM32", "HKCU"))]
    for version in VERSIONS:
        keys += [f"{h}\\SOFTWARE\\Microsoft\\Office\\{version}\\{k}" for h in ("HKLM", "HKLM32") for k in (r"Excel\InstallRoot", "Outlook")]
        for root in (r"HKCU\Software\Microsoft\Office", r"HKCU\Software\Policies\Microsoft\Office", r"HKLM\SOFTWARE\Policies\Microsoft\Office"):
            office = f"{root}\\{version}"
            trusted = f"{office}\\Excel\\Security\\Trusted Locations"
            keys += [f"{office}\\{k}" for k in (r"Excel\Options", r"Excel\Security", r"Excel\Security\ProtectedView", r"Excel\Resiliency\DisabledItems", "Common", r"Common\Security", r"WEF\Developer")]
            keys += [trusted, *(f"{trusted}\\{name}" for name in registry.subkeys(trusted))]
    class_id = (registry.values(EXCEL_CLASS) or {}).get("")
    if class_id is not None:
        keys += [f"HKCR\\CLSID\\{class_id.data}\\LocalServer32", f"HKCR\\WOW6432Node\\CLSID\\{class_id.data}\\LocalServer32"]
    return {key.lower(): values for key in keys if (values := registry.values(key)) is not None}


def _settings(path: Path) -> dict[str, str] | None:
    try:
        text = path.read_bytes()[:100_000].decode("ascii", errors="replace")
    except OSError:
        return None
    return {m[1].upper(): m[2] for m in re.finditer(r'(?m)^\s*"([^"]*)"\s*,\s*"([^"]*)"', text)}


def _addin(profile: Profile) -> AddinFile | None:
    path = profile.startup / "perfeval.xlam"
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
    return AddinFile(profile.shown(path), digest, _zone(path), _would_be(digest))


def _zone(path: Path) -> int | None:
    """Where Windows says the file came from: 3 the internet, 4 restricted sites."""
    try:
        text = Path(f"{path}:Zone.Identifier").read_bytes()[:10_000].decode("utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(r"(?im)^\s*ZoneId\s*=\s*(\d)", text)
    return int(found[1]) if found else None


def _would_be(digest: str) -> bool | None:
    """Whether the add-in is what the installed versions make: builds are the same byte for byte."""
    from perfeval_xl.excel.desktop.build import build  # noqa: PLC0415

    with contextlib.suppress(Exception), tempfile.TemporaryDirectory(prefix="perfeval-") as folder:  # the doctor goes on whatever is broken
        return build(Path(folder) / "perfeval.xlam").sha256 == digest
    return None


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _log_is_writable() -> bool:
    from perfeval_xl.excel.log import folder  # noqa: PLC0415

    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False


def _engine() -> str:
    """Asks the open Excel to work out a formula; Excel is not started for it."""
    with contextlib.suppress(Exception):  # a cell in edit mode, no Excel, no permission
        import xlwings  # noqa: PLC0415

        app: Any = xlwings.apps.active
        if app is None:
            return ""
        if not isinstance(app.api.Evaluate("PE_GRADE(95)"), str):
            return "native"
        with contextlib.suppress(Exception):
            app.api.Workbooks("perfeval.xlam")
            return "desktop"
        return "server"
    return ""

