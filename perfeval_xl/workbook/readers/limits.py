"""Limits of reading: what a form can need at most, far below what would harm this machine."""

from __future__ import annotations

MAX_FILE = 60_000_000  # bytes of a file, before unpacking
MAX_TEXT_FILE = 20_000_000  # bytes of a file that is plain text: CSV, HTML, XML
MAX_PARTS = 5_000  # members of a package
MAX_PART = 80_000_000  # bytes of one member, inflated
MAX_UNPACKED = 160_000_000  # bytes of all members that are read, inflated
MAX_CLAIMED = 1_000_000_000  # bytes of all members, as the directory claims; pictures count here
MAX_RATIO = 1_000  # a member inflates at most to this many times its size, beyond SMALL_PART
SMALL_PART = 1_000_000

MAX_AREA = 1_500_000  # cells of the rectangle that a dense reader may lay out
MAX_CELLS = 1_500_000  # cells that hold something, of one workbook
MAX_ROWS = 200_000  # beyond this, a lone cell is far off the table
MAX_COLUMNS = 1_000
MAX_CELL_TEXT = 32_767  # characters; the sheet programs' own limit
MAX_ALL_TEXT = 60_000_000  # characters of all cells when every cell has its own copy
MAX_MERGES = 50_000
MAX_TAGS = 1_500_000  # of XML or HTML that is read into a tree, opening and closing ones
MAX_SPANNED = 200_000  # cells of an HTML page that lie under others
MAX_SHEETS = 300
