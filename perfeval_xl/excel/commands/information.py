"""诊断 and 帮助: what only says something."""

from __future__ import annotations

from perfeval_xl.excel.commands.base import Session, command
from perfeval_xl.excel.host import CommandError

HELP = """填报：
· 新建自评表：按规则集生成一份空白表。
· 重新计算：按规则计算完成率、得分、合计；有公式的格子保留公式。
· 校验：列出“问题清单”，在有问题的格子上加批注和颜色；再点一次清除标记。
· 分配权重：把各部分的满分平均分给还没有分值的指标，已填的不动。
· 撤销上次操作：恢复上一次按钮改动的格子，之后又改过的不动。
汇总：批量汇总把一个文件夹里的自评表汇总成一个工作簿，在单独的窗口中进行，可以随时停止。
报告：生成报告把本表写成 Word 自评报告。
工具：规则集查看、选择计分规则；诊断检查本机环境。

函数：=PE_SCORE(目标值, 实现值, 分值, 方向)，=PE_TABLE(目标值列, 实现值列, 分值列, 方向列) 等，在“插入函数”的“绩效自评”类别中有说明。
没有加载项时，可在命令行运行 perfeval --help。"""


@command("帮助")
def help_(session: Session) -> str:  # noqa: ARG001  # every command takes it
    """What the buttons and functions do."""
    return HELP


@command("诊断")
def doctor(session: Session) -> str:
    """What of this PC stands in the way, each with its remedy."""
    if not session.host.is_local:
        raise CommandError("“诊断”检查的是安装桌面版加载项的电脑", "", "网页版加载项不需要诊断；打不开时请联系信息技术人员。")
    from perfeval_xl.excel.doctor import diagnose, in_short  # noqa: PLC0415  # looks at much that no other button needs

    return in_short(diagnose())
