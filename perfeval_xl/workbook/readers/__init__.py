"""Readers: one module per family of file kinds; each takes bytes that passed the guards and returns a `Book`."""
