"""The forms that we hand out: how they are laid out, their formulas, their looks; written by XlsxWriter."""
