"""The ids of the ribbon's commands, for as long as this tree has no perfeval_xl.excel.commands."""

COMMANDS = dict.fromkeys(
    ("newTable", "recalculate", "check", "allocateWeights", "undo", "merge", "findings", "report", "rulesets", "doctor", "help")
)
