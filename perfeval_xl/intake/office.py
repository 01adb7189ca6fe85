""".doc → .docx by LibreOffice, where it is installed: in a folder and with a profile of its own, for so long and no longer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from perfeval_xl.intake.source import IntakeError

SECONDS = 120
_PLACES = (r"C:\Program Files\LibreOffice\program\soffice.exe", r"C:\Program Files (x86)\LibreOffice\program\soffice.exe", "/Applications/LibreOffice.app/Contents/MacOS/soffice")
# Nothing of the document may run or reach out.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


def program() -> str:
    """The office program, or nothing."""
    return shutil.which("soffice") or shutil.which("libreoffice") or next((p for p in _PLACES if Path(p).is_file()), "")


def as_docx(name: str, data: bytes, seconds: float = SECONDS) -> bytes:
    """An old Word document in the new format. Raises: IntakeError."""
    office = program()
    if not office:
        raise IntakeError(f"“{name}”是旧格式的 Word 文档（.doc），读取它需要安装 LibreOffice。请用 Word 或 WPS 打开后另存为 .docx 重试。")
    with tempfile.TemporaryDirectory(prefix="perfeval-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        user = home / "profile" / "user"
        user.mkdir(parents=True)
        (user / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        (home / "source.doc").write_bytes(data)
        command = [office, f"-env:UserInstallation={(home / 'profile').as_uri()}", "--headless", "--norestore", "--infilter=MS Word 97", "--convert-to", "docx:MS Word 2007 XML",
                   "--outdir", str(home / "out"), str(home / "source.doc")]  # fmt: skip
        _run(name, command, seconds)
        made = home / "out" / "source.docx"
        if not made.is_file():
            raise IntakeError(f"“{name}”无法转换，可能已损坏或设有打开密码。请用 Word 或 WPS 打开后另存为 .docx 重试。")
        return made.read_bytes()


def _run(name: str, command: list[str], seconds: float) -> None:
    """Runs the program and, should it hang, ends it with all it started."""
    apart: dict[str, int] = {"creationflags": 0x200} if sys.platform == "win32" else {}  # a process group of its own
    started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=sys.platform != "win32", **apart)  # type: ignore[call-overload]  # noqa: S603  # the command is ours
    try:
        started.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise IntakeError(f"“{name}”在 {seconds:g} 秒内没有转换完，已停止，没有生成自评表。请用 Word 或 WPS 打开后另存为 .docx 重试。") from error
    finally:
        if started.poll() is None:
            _end(started.pid)
            with suppress(OSError):
                started.kill()
            started.wait()


def _end(pid: int) -> None:
    """Ends a process with all that it started: soffice.exe is only the launcher of soffice.bin."""
    with suppress(OSError, subprocess.SubprocessError):
        if sys.platform == "win32":
            taskkill = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "taskkill.exe"
            subprocess.run([str(taskkill), "/PID", str(pid), "/T", "/F"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20, check=False)  # noqa: S603  # the command is ours
        else:
            os.killpg(pid, signal.SIGKILL)
