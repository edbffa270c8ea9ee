"""Nouns, frozen: what Trimtab talks about."""
