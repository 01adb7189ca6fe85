"""Checks: one module per family; each check is a small function that looks and returns findings. `audit` runs them all."""

from perfeval_xl.core.checks.run import CHECKS, Audit, SwitchedOff, audit, full_audit

__all__ = ["CHECKS", "Audit", "SwitchedOff", "audit", "full_audit"]
