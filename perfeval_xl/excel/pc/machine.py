"""Checks on what the add-in is made of, and on what keeps Excel from starting Python. Pure: facts in, findings out."""

from __future__ import annotations

import codecs
import re

from perfeval_xl.excel.pc import office
from perfeval_xl.excel.pc.diagnosis import Diagnosis
from perfeval_xl.excel.pc.facts import ASR, ASR_MANAGED, CODE_PAGE, COMMAND_POLICY, PROGRAM_POLICIES, Facts

# Rules of Defender that concern this add-in. Source: Microsoft, "Attack surface reduction rules reference".
_RULES = {
    "d4f940ab-401b-4efc-aadc-ad5f3c50688a": "阻止所有 Office 应用程序创建子进程",
    "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b": "阻止 Office 宏调用 Win32 API",
}
_REINSTALL = "请运行 perfeval addin install，或重新运行离线安装包中的 install.cmd"
_INSTEAD = "不能放行时，请用拖放工具（.cmd）或命令行 perfeval"


def check_program(facts: Facts) -> Diagnosis:
    """Versions, and whether the program is whole."""
    said = f"perfeval {facts.version}，Python {facts.python}，规则集 {facts.rulesets} 个"
    if not facts.rulesets:
        return Diagnosis("program", "error", "程序", f"{said}，程序不完整", _REINSTALL)
    return Diagnosis("program", "ok", "程序", said)


def check_log(facts: Facts) -> Diagnosis:
    """Where failures are written for IT."""
    if facts.is_log_writable:
        return Diagnosis("log", "ok", "日志", "可以写入")
    return Diagnosis("log", "warning", "日志", "日志文件夹不能写入，出错时无从查找原因", "请检查用户文件夹的权限和磁盘空间")


def check_xlwings(facts: Facts) -> Diagnosis:
    """The package between Excel and Python, and what it needs on Windows."""
    if not facts.xlwings:
        return Diagnosis("xlwings", "error", "xlwings", "没有安装", _REINSTALL)
    if facts.system == "win32" and not facts.has_pywin32:
        return Diagnosis("xlwings", "error", "xlwings", f"版本 {facts.xlwings}，但缺少 pywin32，Python 不能与 Excel 通信", _REINSTALL)
    return Diagnosis("xlwings", "ok", "xlwings", f"版本 {facts.xlwings}")


def check_addin(facts: Facts) -> Diagnosis:
    """The file Excel loads."""
    if facts.addin is None:
        return Diagnosis("addin", "error", "插件文件", f"{facts.startup} 中没有 perfeval.xlam", _REINSTALL)
    if facts.addin.is_current is False:
        return Diagnosis("addin", "error", "插件文件", f"{facts.addin.path} 与已安装的程序版本不一致，或被改动过（sha256 {facts.addin.sha256[:12]}…）", _REINSTALL)
    unknown = "，无法与程序核对版本" if facts.addin.is_current is None else "，与程序版本一致"
    return Diagnosis("addin", "ok", "插件文件", facts.addin.path + unknown)


def check_mark(facts: Facts) -> Diagnosis:
    """The Mark of the Web, for which Excel blocks macros without a way to allow them."""
    zone = facts.addin.zone if facts.addin is not None else None
    if zone is not None and zone >= 3:
        return Diagnosis("mark-of-the-web", "error", "网络标记", "插件文件带有“来自互联网”的标记，Excel 不会运行其中的宏", "请在该文件的“属性”中勾选“解除锁定”，再重新打开 Excel；或" + _REINSTALL.removeprefix("请"))
    return Diagnosis("mark-of-the-web", "ok", "网络标记", "没有")


def check_interpreter(facts: Facts) -> Diagnosis:
    """The Python that the add-in starts."""
    if facts.settings is None:
        return Diagnosis("interpreter", "error", "设置文件", f"{facts.home}\\.perfeval\\perfeval.conf 不存在，插件不知道使用哪个 Python", _REINSTALL)
    if not facts.interpreter or not facts.is_interpreter_there:
        return Diagnosis("interpreter", "error", "Python", f"设置文件所指的 Python “{facts.interpreter}”不存在", _REINSTALL)
    if not re.match(r"(?i)[a-z]:\\", facts.interpreter) and not facts.interpreter.startswith("\\\\"):
        return Diagnosis("interpreter", "error", "Python", f"设置文件所指的 Python “{facts.interpreter}”不是完整路径，插件不会使用", _REINSTALL)
    return Diagnosis("interpreter", "ok", "Python", facts.interpreter)


def check_library(facts: Facts) -> Diagnosis:
    """The DLL that Excel loads: of xlwings' version and of Excel's bitness."""
    widths = [office.bits(facts)] if office.bits(facts) else [64, 32]
    wanted = [f"xlwings{w}-{facts.xlwings}.dll" for w in widths]
    if set(wanted) <= set(facts.libraries):
        return Diagnosis("library", "ok", "xlwings 的 DLL", "、".join(wanted))
    there = "、".join(facts.libraries) or "没有 DLL"
    return Diagnosis("library", "error", "xlwings 的 DLL", f"Python 所在文件夹中应有 {'、'.join(wanted)}，找到的是：{there}", _REINSTALL)


def check_paths(facts: Facts) -> list[Diagnosis]:
    """Paths that go through the code page: Office reads the settings and loads the DLL by it."""
    page = str(facts.value(CODE_PAGE, "ACP") or "")
    found = []
    if facts.interpreter and not facts.interpreter.isascii():
        found.append(Diagnosis("path-encoding", "error", "路径", f"Python 的路径“{facts.interpreter}”含有中文等字符，Excel 不能从中加载 DLL", "请用离线安装包重新安装，它会另选只含英文字母的路径"))
    if page and not _fits(facts.home, page):
        found.append(Diagnosis("path-encoding", "error", "路径", f"用户文件夹“{facts.home}”中有系统代码页 {page} 不能表示的字符，插件读不到设置文件", "请由信息技术人员把系统区域设置（非 Unicode 程序的语言）改为中文（简体，中国），或换用英文名的用户"))
    if page == "65001":
        found.append(Diagnosis("path-encoding", "info", "路径", "系统使用 Beta 版的 UTF-8 代码页，个别旧程序可能显示乱码，本插件不受影响"))
    return found or [Diagnosis("path-encoding", "ok", "路径", "各路径都能由 Excel 读取" + (f"（代码页 {page}）" if page else ""))]


def check_defender(facts: Facts) -> list[Diagnosis]:
    """Rules of Defender that stop Office from starting Python."""
    modes: dict[str, str] = {}
    for key in reversed(ASR):  # a policy goes before what was set locally
        modes |= {n.lower(): str(v.data) for n, v in facts.registry.get(key.lower(), {}).items()}
    modes |= {n.lower(): m for n, _, m in (rule.partition("=") for rule in str(facts.value(ASR_MANAGED, "ASRRules") or "").split("|"))}
    found = []
    for rule, name in _RULES.items():
        mode = modes.get(rule, "0")
        if mode in {"1", "6"}:
            remedy = f"请由信息技术人员在该规则的排除项中加入插件使用的 Python（{facts.interpreter or 'python.exe'}）和 perfeval.xlam；{_INSTEAD}"
            found.append(Diagnosis("defender", "error" if mode == "1" else "warning", "Defender", f"规则“{name}”（{rule}）已设为{'阻止' if mode == '1' else '警告'}，按钮不能启动计算程序", remedy))
    return found or [Diagnosis("defender", "ok", "Defender", "没有发现阻止 Office 启动其他程序的规则")]


def check_policies(facts: Facts) -> list[Diagnosis]:
    """Policies of Windows on which programs may run. xlwings starts Python by way of cmd.exe."""
    found = []
    mode = facts.value(COMMAND_POLICY, "DisableCMD")
    if mode:
        found.append(Diagnosis("policies", "error", "命令处理程序", "组策略禁止使用 cmd.exe，插件不能由它启动 Python，.cmd 文件也不能使用", "请由信息技术人员放开“阻止访问命令提示符”，或在网页中处理自评表"))
    applocker, restrictions = PROGRAM_POLICIES
    if applocker.lower() in facts.registry or facts.value(restrictions, "DefaultLevel") == 0:
        remedy = f"请由信息技术人员允许运行 {facts.interpreter or 'python.exe'}；拖放工具（.cmd）和命令行也需要同样的许可"
        found.append(Diagnosis("policies", "warning", "软件限制", "本机有软件限制策略（AppLocker 或 SRP），用户文件夹中的程序可能不能运行", remedy))
    return found or [Diagnosis("policies", "ok", "软件限制", "没有发现禁止运行程序的策略")]


def check_engine(facts: Facts) -> Diagnosis:
    """Who answered the probe =PE_GRADE(95)."""
    said = {
        "desktop": ("ok", "桌面插件已回答，函数可用", ""),
        "server": ("warning", "由网页版插件回答，桌面插件没有加载", "请只保留一个插件，并重新打开 Excel"),
        "native": ("error", "没有插件回答，表中用的是同等的普通公式，得分仍然正确", "请检查以上各项；处理后重新打开 Excel"),
    }.get(facts.engine, ("info", "没有试算（Excel 没有打开，或正在编辑单元格）", "需要试算时，请打开 Excel 后再运行一次"))
    return Diagnosis("engine", said[0], "试算 PE_GRADE(95)", *said[1:])


def _fits(text: str, page: str) -> bool:
    try:
        text.encode("utf-8" if page == "65001" else codecs.lookup(f"cp{page}").name)
    except (LookupError, UnicodeEncodeError):
        return text.isascii()
    return True
