"""Evaluations as people and programs read them."""
