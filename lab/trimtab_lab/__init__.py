"""A strict, simulated AWS account, deterministic from a seed, with a clock of its own.

The laboratory imports nothing of Trimtab: it has its own Fargate grid and its own rules, else a
test that compares both would prove nothing.
"""

from trimtab_lab.lab import Lab

__all__ = ["Lab"]
