"""What the doctor says: one item per subject, with a remedy where something stands in the way. Pure."""

from __future__ import annotations

from dataclasses import dataclass

_WORDS = {"ok": "正常", "info": "说明", "warning": "提醒", "error": "错误"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """kind: name for programs. state: ok, info, warning (may stand in the way), error (stands in the way). subject, found, remedy: Chinese."""

    kind: str
    state: str
    subject: str
    found: str
    remedy: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the add-in cannot work like this."""
        return self.state == "error"

    def __str__(self) -> str:
        return f"【{_WORDS[self.state]}】{self.subject}：{self.found}。" + (f"处理办法：{self.remedy}。" if self.remedy else "")
