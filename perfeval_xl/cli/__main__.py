"""python -m perfeval_xl.cli"""

import sys

from perfeval_xl.cli import main

sys.exit(main())
