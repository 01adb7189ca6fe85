"""The shape of workbooks; the only place that touches spreadsheet libraries."""
