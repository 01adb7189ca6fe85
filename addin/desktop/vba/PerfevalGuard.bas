Attribute VB_Name = "PerfevalGuard"
Option Explicit

' The one way from a button to Python. Whatever goes wrong before Python answers ends in a dialog of ours.

Public Sub PerfevalRun(command As String, needsWorkbook As Boolean)
    On Error GoTo failed
    If needsWorkbook And PerfevalIsProtectedView() Then
        PerfevalSay "protected-view", ""
        Exit Sub
    End If
    If ActiveWorkbook Is Nothing Then
        If needsWorkbook Then
            PerfevalSay "no-workbook", ""
            Exit Sub
        End If
        Workbooks.Add
    End If
    RunPython "from perfeval_xl.excel.commands import press_button; press_button('" & command & "')"
    Exit Sub
failed:
    PerfevalSay "not-started", Err.Description
End Sub

' Called by the xlwings module in place of its own: errors that Python has told.
Public Sub ShowError(FileName As String, Optional Message As String = "")
    If Message = "" Then Message = ReadFile(FileName)
    PerfevalSay "failed", Message
End Sub

' A text of the add-in's sheet perfeval.text, with what the machine said below it.
Public Sub PerfevalSay(key As String, detail As String)
    Dim message As String
    message = PerfevalText(key)
    If detail <> "" Then message = message & vbCrLf & vbCrLf & PerfevalText("detail") & vbCrLf & Left$(detail, 1000)
    PerfevalShow message, PerfevalText("title")
End Sub

' Texts stand in a sheet, where they may be Chinese whatever the language of Windows.
Public Function PerfevalText(key As String) As String
    PerfevalText = PerfevalLookup("perfeval.text", key, "")
End Function

' The second column of the row of a sheet of this add-in whose first column is the key.
Public Function PerfevalLookup(sheetName As String, key As String, otherwise As String) As String
    Dim row As Long
    PerfevalLookup = otherwise
    row = 1
    With ThisWorkbook.Worksheets(sheetName)
        Do While CStr(.Cells(row, 1).Value) <> ""
            If LCase$(CStr(.Cells(row, 1).Value)) = LCase$(key) Then
                PerfevalLookup = CStr(.Cells(row, 2).Value)
                Exit Do
            End If
            row = row + 1
        Loop
    End With
End Function
