"""Starts the installer from the wheel of perfeval, before anything is installed. Run by install.cmd with the Python beside it."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True  # the bundle stays as its list says
sys.path.insert(0, str(next((HERE / "wheelhouse").glob("perfeval_xl-*.whl"))))

from perfeval_xl.excel.pc.offline import main  # noqa: E402  # now it can be found

sys.exit(main(HERE, sys.argv[1:]))
