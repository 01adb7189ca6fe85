"""Checks on Office: which one it is, whose Excel.Application, what its security settings let an add-in do. Pure: facts in, findings out."""

from __future__ import annotations

from perfeval_xl.excel.pc.diagnosis import Diagnosis
from perfeval_xl.excel.pc.facts import APP_PATH, CLICK_TO_RUN, EXCEL_CLASS, VERSIONS, WPS, Facts

_POLICY, _USER, _MACHINE = r"HKCU\Software\Policies\Microsoft\Office", r"HKCU\Software\Microsoft\Office", r"HKLM\SOFTWARE\Policies\Microsoft\Office"
_NAMES = {"16.0": "2016 或更新版本", "15.0": "2013", "14.0": "2010", "12.0": "2007"}
_ELSEWHERE = "请用拖放工具（.cmd）、命令行 perfeval，或网页处理自评表，结果相同"


def version(facts: Facts) -> str:
    """Of Excel, as the registry counts; "" without Excel."""
    if facts.value(CLICK_TO_RUN, "Platform"):
        return "16.0"
    for one in VERSIONS:
        if any(facts.value(rf"{hive}\SOFTWARE\Microsoft\Office\{one}\Excel\InstallRoot", "Path") for hive in ("HKLM", "HKLM32")):
            return one
    return "16.0" if _is_store(facts) else ""


def bits(facts: Facts) -> int:
    """Of Excel: 32, 64, or 0 where nothing says it."""
    platform = facts.value(CLICK_TO_RUN, "Platform")
    if platform:
        return 32 if str(platform).lower() == "x86" else 64
    for one in VERSIONS:
        for hive in ("HKLM", "HKLM32"):
            said = facts.value(rf"{hive}\SOFTWARE\Microsoft\Office\{one}\Outlook", "Bitness")
            if said:
                return 32 if str(said).lower() == "x86" else 64
    for one in VERSIONS:
        if facts.value(rf"HKLM32\SOFTWARE\Microsoft\Office\{one}\Excel\InstallRoot", "Path"):
            return 32
        if facts.value(rf"HKLM\SOFTWARE\Microsoft\Office\{one}\Excel\InstallRoot", "Path"):
            return 64
    return 0


def has_wps(facts: Facts) -> bool:
    """Whether WPS Office is installed."""
    return any(facts.value(key, "InstallRoot") for key in WPS)


def check_office(facts: Facts) -> Diagnosis:
    """Kind, version and bitness."""
    found = version(facts)
    if not found:
        wps = "，装有 WPS 表格" if has_wps(facts) else ""
        return Diagnosis("office", "info", "Excel", f"本机没有安装 Excel{wps}，插件的按钮和函数不能使用，以下只检查其余各项", _ELSEWHERE)
    if _is_store(facts):
        return Diagnosis("office", "error", "Excel", "Excel 是从 Microsoft Store 安装的，不能加载本插件", "请卸载商店版，改用 Office 安装程序安装桌面版；或者" + _ELSEWHERE.removeprefix("请"))
    width = f"{bits(facts)} 位" if bits(facts) else "位数不明"
    if found == "12.0":
        return Diagnosis("office", "error", "Excel", f"Excel {_NAMES[found]}（{width}），早于本插件支持的版本", "请升级到 Office 2010 或更新版本；或者" + _ELSEWHERE.removeprefix("请"))
    build = facts.value(CLICK_TO_RUN, "VersionToReport")
    return Diagnosis("office", "ok", "Excel", f"Excel {_NAMES[found]}，{width}" + (f"，版本 {build}" if build else ""))


def check_owner(facts: Facts) -> Diagnosis:
    """Which program answers to Excel.Application."""
    server = _server(facts).lower()
    is_wps = any(word in server for word in ("kingsoft", "wps", "\\et.exe"))
    if is_wps:
        return Diagnosis("excel-owner", "error", "Excel.Application", f"已被 WPS 占用（{_server(facts)}），插件会找错程序", "请在 WPS 的“配置工具－高级－兼容设置”中取消与 Microsoft Office 兼容的选项，再在“设置－应用”中修复 Office")
    if server or not version(facts):
        return Diagnosis("excel-owner", "ok", "Excel.Application", f"属于 {_server(facts)}" if server else "没有登记")
    return Diagnosis("excel-owner", "warning", "Excel.Application", "没有登记，Python 可能找不到 Excel", "请在“设置－应用”中修复 Office")


def trusted_locations_work(facts: Facts) -> bool:
    """Whether XLSTART is trusted: it is by default, and a policy may end that."""
    return not any(_number(facts.value(key, "AllLocationsDisabled")) for key in _keys(facts, r"Excel\Security\Trusted Locations"))


def check_trusted(facts: Facts) -> Diagnosis:
    """Trusted Locations."""
    if trusted_locations_work(facts):
        return Diagnosis("trusted-locations", "ok", "受信任位置", f"有效，插件所在的 {facts.startup or 'XLSTART'} 默认受信任")
    return Diagnosis("trusted-locations", "warning", "受信任位置", "已全部禁用，插件的宏受“宏设置”限制", "请由信息技术人员在组策略“禁用所有受信任位置”中放开，或允许本插件的宏")


def check_macros(facts: Facts) -> Diagnosis:
    """Settings and policies that keep macros or add-ins from running."""
    keys = _keys(facts, r"Excel\Security")
    if any(_number(facts.value(k, "VBAOff")) for k in _keys(facts, "Common")):
        return Diagnosis("macros", "error", "宏设置", "组策略关闭了 Office 的 VBA", f"请由信息技术人员放开“禁用 Office 应用程序的 VBA”；或者{_ELSEWHERE.removeprefix('请')}")
    if any(_number(facts.value(k, "DisableAllAddins")) for k in keys):
        return Diagnosis("macros", "error", "宏设置", "已禁用所有应用程序加载项", "请在“文件－选项－信任中心－加载项”中取消“禁用所有应用程序加载项”；由组策略设置的，请找信息技术人员")
    if any(_number(facts.value(k, "RequireAddinSig")) for k in keys) or any(_number(facts.value(k, "RequireAlwaysOnMacroSig")) for k in _keys(facts, r"Common\Security")):
        return Diagnosis("macros", "error", "宏设置", "要求加载项由受信任的发布者签名，本插件没有签名", "请由本单位对 perfeval.xlam 签名，或对本插件放开该策略")
    level = next((n for k in keys if (n := _number(facts.value(k, "VBAWarnings")))), 2)
    if trusted_locations_work(facts) or level == 1:
        return Diagnosis("macros", "ok", "宏设置", "不妨碍受信任位置中的插件")
    said = {3: "只允许签名的宏", 4: "禁用所有宏"}.get(level, "运行宏之前询问")
    remedy = "请启用受信任位置，或由信息技术人员调整宏设置" if level > 2 else "打开 Excel 时，请在提示条上点“启用内容”"
    return Diagnosis("macros", "error" if level > 2 else "warning", "宏设置", f"{said}，而受信任位置已禁用", remedy)


def check_disabled(facts: Facts) -> Diagnosis:
    """Excel's own list of what made it crash."""
    needle = "perfeval".encode("utf-16-le").hex()
    values = facts.registry.get(rf"{_USER}\{version(facts)}\Excel\Resiliency\DisabledItems".lower(), {})
    if any(needle in str(v.data).lower() or needle in _lowered(str(v.data)) for v in values.values()):
        return Diagnosis("disabled-items", "error", "禁用项目", "Excel 把本插件列入了禁用项目", "请在“文件－选项－加载项”下方的“管理”中选“禁用项目”，选中 perfeval.xlam 后点“启用”，再重新打开 Excel")
    return Diagnosis("disabled-items", "ok", "禁用项目", "插件没有被 Excel 禁用")


def check_protected_view(facts: Facts) -> Diagnosis:
    """Files from elsewhere open read-only until someone agrees."""
    keys = _keys(facts, r"Excel\Security\ProtectedView")
    off = [n for n in ("DisableInternetFilesInPV", "DisableAttachementsInPV", "DisableUnsafeLocationsInPV") if any(_number(facts.value(k, n)) for k in keys)]
    if len(off) == 3:
        return Diagnosis("protected-view", "info", "受保护的视图", "已关闭，收到的文件直接打开")
    return Diagnosis("protected-view", "info", "受保护的视图", "有效，收到的自评表先以只读方式打开", "按钮提示不能读写时，请先点黄色提示条上的“启用编辑”")


def check_both(facts: Facts) -> Diagnosis:
    """The web add-in of the same functions beside this one."""
    if any("perfeval" in f"{n}{v.data}".lower() for n, v in facts.registry.get(rf"{_USER}\16.0\WEF\Developer".lower(), {}).items()):
        return Diagnosis("two-addins", "warning", "网页版插件", "与桌面插件同时装在本机，同名函数可能由另一个回答", "请只保留一个：在“插入－我的加载项”中移除网页版，或卸载桌面插件")
    return Diagnosis("two-addins", "ok", "网页版插件", "没有发现与桌面插件同名的网页版插件")


def check_copies(facts: Facts) -> Diagnosis:
    """Another copy in Excel's own list of add-ins: every button and function would be there twice."""
    listed = facts.registry.get(rf"{_USER}\{version(facts)}\Excel\Options".lower(), {})
    others = [str(v.data) for n, v in listed.items() if n.upper().startswith("OPEN") and "perfeval" in str(v.data).lower()]
    if others:
        return Diagnosis("copies", "warning", "插件副本", f"Excel 还会加载另一份插件 {'、'.join(others)}", "请运行 perfeval addin install，它会移出旧的一份；或在“开发工具－Excel 加载项”中取消勾选")
    return Diagnosis("copies", "ok", "插件副本", "只有一份")


def _is_store(facts: Facts) -> bool:
    paths = [str(facts.value(f"{hive}\\{APP_PATH}") or "") for hive in ("HKCU", "HKLM", "HKLM32")]
    return any("windowsapps" in p.lower() for p in [*paths, _server(facts)])


def _server(facts: Facts) -> str:
    """The program registered for Excel.Application."""
    name = facts.value(EXCEL_CLASS)
    return str(facts.value(rf"HKCR\CLSID\{name}\LocalServer32") or facts.value(rf"HKCR\WOW6432Node\CLSID\{name}\LocalServer32") or "") if name else ""


def _keys(facts: Facts, below: str) -> list[str]:
    """Where a setting may stand, policies first."""
    return [rf"{root}\{version(facts)}\{below}" for root in (_POLICY, _MACHINE, _USER)]


def _number(data: object) -> int:
    return int(data) if isinstance(data, int) or (isinstance(data, str) and data.isdecimal()) else 0


def _lowered(data: str) -> str:
    """Hex of UTF-16 text, its letters made small."""
    try:
        return bytes.fromhex(data).decode("utf-16-le", errors="replace").lower().encode("utf-16-le", errors="replace").hex()
    except ValueError:
        return ""
