Attribute VB_Name = "PerfevalConfig"
Option Explicit

' Settings, in place of GetConfig of the xlwings module: from this add-in's own sheet perfeval.conf, then from the user's own
' file %USERPROFILE%\.perfeval\perfeval.conf, and from nowhere else. What a workbook holds, or lies beside one, is never asked.
' Kept for as long as Excel runs: a cell with a function asks a dozen times.

Private known As Collection

Public Function GetConfig(configKey As String, Optional default As String = "", Optional source As String = "") As Variant
    Dim found As String
    If known Is Nothing Then Set known = New Collection
    On Error Resume Next
    found = known.Item(configKey & "=" & default)
    If Err.Number = 0 Then
        GetConfig = found
        Exit Function
    End If
    On Error GoTo 0
    found = PerfevalLookup(PROJECT_NAME & ".conf", configKey, "")
    If found = "" Then
        If FileExists(GetConfigFilePath()) Then GetConfigFromFile GetConfigFilePath(), configKey, found
    End If
    If found = "" Then found = default
    found = CStr(ExpandEnvironmentStrings(found))
    If configKey = "INTERPRETER_WIN" And Not IsFullPath(found) Then Err.Raise 513, "perfeval", "INTERPRETER_WIN: " & GetConfigFilePath()
    known.Add found, configKey & "=" & default
    GetConfig = found
End Function

' A bare python.exe would be looked for in the current folder, which is that of the file just opened.
Private Function IsFullPath(path As String) As Boolean
    IsFullPath = Mid$(path, 2, 2) = ":\" Or Left$(path, 2) = "\\"
End Function
