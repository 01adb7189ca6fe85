"""An office program that hangs is ended with all that it started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perfeval_xl.intake import office
from perfeval_xl.intake.source import IntakeError

LAUNCHER = "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); open(sys.argv[1], 'w').write(str(child.pid)); time.sleep(60)"


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.skipif(sys.platform == "win32", reason="processes are looked up as on Linux")
def test_what_a_launcher_started_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with pytest.raises(IntakeError, match="没有转换完"):
        office._run("a.doc", [sys.executable, "-c", LAUNCHER, str(note)], 3)
    child = int(note.read_text())
    for _ in range(50):
        if not _is_running(child):
            break
        time.sleep(0.1)
    assert not _is_running(child)


def test_on_windows_the_whole_tree_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command itself: the program is Windows's own."""
    asked: list[list[str]] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "run", lambda command, **_: asked.append(command))
    office._end(4321)
    assert asked[0][0].endswith("taskkill.exe")
    assert asked[0][1:] == ["/PID", "4321", "/T", "/F"]
