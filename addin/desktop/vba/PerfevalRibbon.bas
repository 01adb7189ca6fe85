Attribute VB_Name = "PerfevalRibbon"
Option Explicit

' One callback for each button of addin/desktop/ribbon/customUI14.xml. The second word says whether the command
' works on a workbook that is open; the others get an empty one when none is.

Public Sub PerfevalNewTable(control As IRibbonControl)
    PerfevalRun "newTable", False
End Sub

Public Sub PerfevalRecalculate(control As IRibbonControl)
    PerfevalRun "recalculate", True
End Sub

Public Sub PerfevalCheck(control As IRibbonControl)
    PerfevalRun "check", True
End Sub

Public Sub PerfevalAllocateWeights(control As IRibbonControl)
    PerfevalRun "allocateWeights", True
End Sub

Public Sub PerfevalUndo(control As IRibbonControl)
    PerfevalRun "undo", True
End Sub

Public Sub PerfevalMerge(control As IRibbonControl)
    PerfevalRun "merge", False
End Sub

Public Sub PerfevalFindings(control As IRibbonControl)
    PerfevalRun "findings", True
End Sub

Public Sub PerfevalReport(control As IRibbonControl)
    PerfevalRun "report", True
End Sub

Public Sub PerfevalRulesets(control As IRibbonControl)
    PerfevalRun "rulesets", False
End Sub

Public Sub PerfevalDoctor(control As IRibbonControl)
    PerfevalRun "doctor", False
End Sub

Public Sub PerfevalHelp(control As IRibbonControl)
    PerfevalRun "help", False
End Sub
