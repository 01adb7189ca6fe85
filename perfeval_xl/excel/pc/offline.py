"""The installer of an offline bundle, run from the wheel by the bundle's own Python. Standard library only."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from perfeval_xl.excel.install import InstallError, Request, install, uninstall
from perfeval_xl.excel.pc.profile import ProfileError, made_up, this_pc
from perfeval_xl.excel.pc.runtime import BundleError, opened


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        del message  # English
        _say("install.cmd 的参数不正确。可用：--dry-run 只列出每一步，--send-to 放入“发送到”菜单，--uninstall 卸载。")
        sys.exit(2)


def main(folder: Path, arguments: Sequence[str]) -> int:
    """folder: the bundle. Returns the exit status."""
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--uninstall", action="store_true")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--send-to", action="store_true")
    parser.add_argument("--profile", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        profile = this_pc() if chosen.profile is None else made_up(chosen.profile)
        if chosen.uninstall:
            uninstall(profile, _say, is_trial=chosen.dry_run)
            return 0
        _say("正在核对安装包……")
        bundle = opened(folder)
        install(profile, Request(bundle.addin, bundle=bundle, tools=bundle.tools, has_menu=chosen.send_to), _say, is_trial=chosen.dry_run)
    except (InstallError, BundleError, ProfileError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    _say("以上是将要做的各步，没有做任何改动。" if chosen.dry_run else "已安装。打开 Excel，“绩效自评”选项卡在功能区右端。")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
