"""One module per feature: gather, decide, record, apply or settle."""
