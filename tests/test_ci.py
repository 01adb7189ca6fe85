"""The script of all checks, where something goes wrong before the tests begin."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "run"
AT_HAND = ("apt-get", "chromium", "fc-list", "pdftoppm", "soffice")
PYTHON = """#!/bin/sh
if [ "$1" = -m ]; then
  mkdir -p .venv-ci/bin
  printf '#!/bin/sh\\necho installing; echo $$ >begun; exec sleep 600\\n' >.venv-ci/bin/pip
  chmod +x .venv-ci/bin/pip
else
  while [ ! -s begun ]; do sleep 0.05; done
  exec %s "$@"
fi
"""
"""Linters that take long; the README is read when they have begun."""


def is_alive(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(os.name == "nt" or not SCRIPT.exists(), reason="bash, and a working copy")
def test_where_the_readme_names_no_test_command_the_linters_end_and_are_heard(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(SCRIPT, tmp_path / ".ci" / "run")
    (tmp_path / "README.md").write_text("", encoding="utf-8")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in {"python3": PYTHON % shlex.quote(sys.executable), **dict.fromkeys(AT_HAND, "#!/bin/sh\necho 'Noto Sans CJK'\n")}.items():
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    done = subprocess.run(["bash", tmp_path / ".ci" / "run"], env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}, capture_output=True, text=True, check=False, timeout=120)
    linter = int((tmp_path / "begun").read_text(encoding="utf-8"))
    try:
        assert done.returncode == 1
        assert "README.md marks no test command" in done.stderr
        assert done.stdout == "installing\n"
        deadline = time.monotonic() + 10
        while is_alive(linter) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not is_alive(linter)
    finally:
        if is_alive(linter):
            psutil.Process(linter).kill()
