"""The catalogue of findings as Markdown: what each means, what to do, the rule behind it. Stable order and anchors."""

from __future__ import annotations

from perfeval_xl.core.findings import KINDS, SEVERITY_TITLES, FindingKind

FAMILIES = {"PE1": "结构", "PE2": "填报内容", "PE3": "得分", "PE4": "分值与合计", "PE5": "资金", "PE6": "跨文件比较"}


def catalogue() -> str:
    """All kinds by code, each under an anchor of its kind's name."""
    kinds = sorted(KINDS.values(), key=lambda k: k.code)
    lines = ["# 问题目录", "", f"共 {len(kinds)} 种问题。编号和名称固定不变；“perfeval explain 名称”或“perfeval explain 编号”显示其中一种。", "",
             "级别：错误——数字缺失或自相矛盾，应当改正；提醒——需要核对或说明；提示——可以容许，供参考。", ""]  # fmt: skip
    for prefix, title in FAMILIES.items():
        members = [k for k in kinds if k.code.startswith(prefix)]
        lines += [f"- [{prefix}xx {title}](#{prefix.lower()})：" + "、".join(f"[{k.title}](#{k.kind})" for k in members)]
    lines.append("")
    for prefix, title in FAMILIES.items():
        lines += [f'<a id="{prefix.lower()}"></a>', "", f"## {prefix}xx {title}", ""]
        for kind in kinds:
            if kind.code.startswith(prefix):
                lines += _entry(kind)
    return "\n".join(lines).rstrip("\n")


def _entry(kind: FindingKind) -> list[str]:
    return [
        f'<a id="{kind.kind}"></a>',
        "",
        f"### {kind.code} {kind.title}",
        "",
        f"- 名称：`{kind.kind}`",
        f"- 级别：{SEVERITY_TITLES[kind.severity]}",
        f"- 含义：{_escaped(kind.help)}",
        f"- 处理：{_escaped(kind.remedy)}",
        f"- 依据：{_escaped(kind.basis)}",
        "",
    ]


def _escaped(text: str) -> str:
    """Signs that Markdown would take for markup."""
    for sign in ("\\", "*", "_", "`", "<", "#"):
        text = text.replace(sign, "\\" + sign)
    return text
