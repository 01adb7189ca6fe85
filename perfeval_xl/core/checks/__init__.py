"""Checks, one module per family; each: (submission, scores, rulebook) -> list of findings."""
