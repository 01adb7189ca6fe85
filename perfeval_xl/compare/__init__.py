"""Comparison: a submission against its declaration, last year's, other departments', and findings accepted before. Pure."""
