"""Many files at once: find them, read them apart from one another, remember what was read, bring it together."""
