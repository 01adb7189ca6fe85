"""Reports as Word documents: templates that staff edit, filled in safely."""
