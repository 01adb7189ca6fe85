"""Excel: worksheet functions and ribbon commands over the same core as everything else; the only room that knows xlwings."""
