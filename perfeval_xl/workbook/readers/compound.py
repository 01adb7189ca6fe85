"""Compound files: .xls and .et, encrypted workbooks of every kind, and what else hides in one."""

from __future__ import annotations

import io
import re

from perfeval_xl.workbook.readers.base import ReadError, refused
from perfeval_xl.workbook.readers.limits import MAX_FILE

_DEFAULT_PASSWORD = "VelvetSweatshop"  # noqa: S105  # what Excel itself uses for workbooks that are only write-protected
_MAX_SPIN = 1_000_000  # rounds of hashing that a file may ask for; Excel asks for 100,000
_KNOWN = (("WordDocument", "Word 97–2003 文档"), ("PowerPoint Document", "演示文稿"), ("__properties_version1.0", "Outlook 邮件"), ("VisioDocument", "Visio 图"))


class Compound:
    """Streams of a compound file."""

    def __init__(self, file: str, data: bytes) -> None:
        """Raises: ReadError where the container is broken."""
        import olefile  # noqa: PLC0415  # on demand

        self.file, self.data = file, data
        try:
            self._container = olefile.OleFileIO(io.BytesIO(data))
            self._names = {"/".join(path).lower(): path for path in self._container.listdir()}
        except Exception as error:  # olefile lets many kinds of errors of broken files through
            raise refused(file, "not-a-workbook", "文件不是 Excel 工作簿，或已损坏") from error

    def stream(self, name: str) -> bytes | None:
        """Contents of a stream; None where there is none. Raises: ReadError."""
        path = self._names.get(name.lower())
        if path is None:
            return None
        try:
            content: bytes = self._container.openstream(path).read(MAX_FILE)
        except Exception as error:
            raise refused(self.file, "not-a-workbook", f"文件中的“{name}”已损坏") from error
        return content

    def is_encrypted_package(self) -> bool:
        """Whether it is an OOXML workbook behind a password."""
        return "encryptedpackage" in self._names

    def workbook(self) -> bytes:
        """The stream of an .xls workbook. Raises: ReadError that says what the file is instead."""
        found = self.stream("Workbook") or self.stream("Book")
        if found:
            return found
        what = next((title for name, title in _KNOWN if name.lower() in self._names), "")
        raise refused(self.file, "not-a-workbook", f"这是 {what}，不是工作簿" if what else "文件中没有工作簿的内容")


def decrypted(compound: Compound, password: str | None) -> bytes:
    """The workbook behind the password. Raises: ReadError where there is no password or a wrong one."""
    information = compound.stream("EncryptionInfo") or b""
    spin = re.search(rb'spinCount="([0-9]{1,20})"', information)
    if spin is not None and int(spin[1]) > _MAX_SPIN:
        raise refused(compound.file, "unsafe-workbook", f"文件要求做 {int(spin[1])} 次密码运算", f"不超过 {_MAX_SPIN} 次")
    import msoffcrypto  # noqa: PLC0415  # on demand

    for attempt in dict.fromkeys([password or _DEFAULT_PASSWORD, _DEFAULT_PASSWORD]):
        try:
            office = msoffcrypto.OfficeFile(io.BytesIO(compound.data))
            office.load_key(password=attempt)
            stream = io.BytesIO()
            office.decrypt(stream)
            plain = stream.getvalue()
        except Exception:  # noqa: S112  # a wrong password and a broken file raise the same kinds
            continue
        if plain.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
            return plain
    raise locked(compound.file, password)


def locked(file: str, password: str | None) -> ReadError:
    """A workbook that stays closed."""
    if password is None:
        return refused(file, "encrypted-workbook", "文件设有打开密码", "没有密码的工作簿，或用 --password-file 给出密码")
    return refused(file, "encrypted-workbook", "给出的密码打不开此文件", "正确的密码，或没有密码的工作簿")
