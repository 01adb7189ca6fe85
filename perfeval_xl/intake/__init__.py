"""Published reports and foreign workbooks → our own form, with the place of everything in its source."""
