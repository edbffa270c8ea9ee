"""Sizes as a person sees them: gathered from an account, as rows, tables, a file, and one explained."""
