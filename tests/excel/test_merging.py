"""The window of 批量汇总: progress for someone who looks, stopped by Ctrl+C, the result opened; no English."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perfeval_xl.excel import merging
from tests.support.open_books import own_form
from tests.support.reading import loaded


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("报送")
    for i in range(40):
        own_form(source / f"{i}.xlsx", 3, department=f"单位{i}")
    return source


def _window(source: Path, target: Path) -> tuple[subprocess.Popen[bytes], int]:
    """The program with a terminal to show its progress on."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-P", "-X", "utf8", "-m", merging.__name__, str(source), str(target)]
    started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, start_new_session=True, env={**os.environ, "TERM": "xterm", "COLUMNS": "120"})
    os.close(theirs)
    return started, ours


def _read(terminal: int, until: str = "", seconds: float = 120) -> str:
    said, end = b"", time.monotonic() + seconds
    while time.monotonic() < end and (not until or until not in said.decode("utf-8", "replace")):
        try:
            said += os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
    return said.decode("utf-8", "replace")


def test_the_window_shows_progress_and_where_the_result_is(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "汇总.xlsx"
    started, terminal = _window(folder, target)
    said = _read(terminal)
    assert started.wait(60) in {0, 1}
    assert f"批量汇总：{folder}" in said
    assert "按 Ctrl+C 或关闭本窗口可以停止" in said
    assert "正在读取" in said
    assert f"汇总表已写入 {target}" in said.replace("\r\n", "")
    assert "汇总" in loaded(target).sheetnames


def test_the_window_can_be_stopped_and_leaves_no_part_of_a_result(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "汇总.xlsx"
    target.write_bytes(b"old")
    started, terminal = _window(folder, target)
    said = _read(terminal, "正在读取")
    os.killpg(started.pid, signal.SIGINT)
    said += _read(terminal)
    assert started.wait(60) == 2, said
    assert "停止" in said
    assert "Traceback" not in said
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".xlsx"] == ["汇总.xlsx"]


def test_the_result_is_opened(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(merging, "open_file", shown.append)
    assert merging.run(folder, tmp_path / "汇总.xlsx", None) in {0, 1}
    assert shown == [tmp_path / "汇总.xlsx"]


def test_what_cannot_be_merged_is_said_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "空").mkdir()
    assert merging.run(tmp_path / "空", tmp_path / "汇总.xlsx", None) == 2
    assert merging.run(tmp_path / "空", tmp_path / "汇总.xlsx", "no-such") == 2
    said = capsys.readouterr().err
    assert said.count("没有完成：") == 2
    assert not (tmp_path / "汇总.xlsx").exists()
