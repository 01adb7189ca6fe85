Attribute VB_Name = "PerfevalWindows"
Option Explicit

' What only Excel on Windows has: kept apart, so that everything else can be tried elsewhere.

#If VBA7 Then
    Private Declare PtrSafe Function MessageBoxW Lib "user32" (ByVal owner As LongPtr, ByVal text As LongPtr, ByVal caption As LongPtr, ByVal style As Long) As Long
#Else
    Private Declare Function MessageBoxW Lib "user32" (ByVal owner As Long, ByVal text As Long, ByVal caption As Long, ByVal style As Long) As Long
#End If

' MsgBox loses Chinese where Windows speaks another language. 48 is the exclamation mark.
Public Sub PerfevalShow(message As String, title As String)
    MessageBoxW Application.Hwnd, StrPtr(message), StrPtr(title), 48
End Sub

Public Function PerfevalIsProtectedView() As Boolean
    PerfevalIsProtectedView = Not Application.ActiveProtectedViewWindow Is Nothing
End Function

' Descriptions for the function wizard, from the sheet perfeval.help: name, category, description, arguments.
' A comfort: where Excel refuses them, the functions work all the same.
Public Sub PerfevalDescribe()
    Dim row As Long, last As Long, column As Long
    Dim texts() As String
    On Error Resume Next
    row = 1
    With ThisWorkbook.Worksheets("perfeval.help")
        Do While CStr(.Cells(row, 1).Value) <> ""
            last = 4
            Do While CStr(.Cells(row, last + 1).Value) <> "": last = last + 1: Loop
            ReDim texts(1 To last - 3)
            For column = 4 To last: texts(column - 3) = CStr(.Cells(row, column).Value): Next column
            Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & .Cells(row, 1).Value, Description:=CStr(.Cells(row, 3).Value), _
                Category:=CStr(.Cells(row, 2).Value), ArgumentDescriptions:=texts
            row = row + 1
        Loop
    End With
    ThisWorkbook.Saved = True
End Sub
