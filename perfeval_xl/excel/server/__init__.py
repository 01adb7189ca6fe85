"""Server: the same functions and buttons for Excel without Python on the clerk's PC, and a page that merges; only `cli` starts it."""
