"""File names from outside: what they become below a folder of ours."""

from __future__ import annotations

import re
import unicodedata

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_WIDE = str.maketrans(':*?"<>|', "：＊？＂＜＞｜")
"""What Windows takes in no file name, as wide signs: still to be read, and harmless."""
_DEVICES = re.compile(r"\A(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?\Z", re.IGNORECASE)
_MAX_PART, _MAX_DEPTH = 180, 12  # bytes of one name, folders above a file


def safe_parts(name: str) -> tuple[str, ...]:
    """A file name from outside as folders and a name below the job's own. Raises: ValueError, in the user's words, for one that leads elsewhere or nowhere.

    >>> safe_parts("局机关/一处/自评表.xlsx")
    ('局机关', '一处', '自评表.xlsx')
    """
    shown = "".join(c for c in name if unicodedata.category(c) != "Cf")  # marks of direction and joiners: nobody sees them, or sees another name
    text = unicodedata.normalize("NFC", shown).replace("\\", "/").translate(_WIDE)
    parts = [p.strip() for p in text.split("/")]
    if not text.strip() or len(parts) > _MAX_DEPTH or any(p in {"", ".", ".."} for p in parts):
        raise ValueError(f"文件名“{text[:60]}”不能使用。请改名后重试。")
    for part in parts:
        try:
            is_long = len(part.encode()) > _MAX_PART
        except UnicodeEncodeError:
            is_long = True
        if is_long or _UNSAFE.search(part) or _DEVICES.match(part) or part.endswith("."):
            raise ValueError(f"文件名“{part[:60]}”过长，或含有不能用于文件名的字符。请改名后重试。")
    return tuple(parts)
