"""The subject itself, pure: no file, clock, log or spreadsheet."""
