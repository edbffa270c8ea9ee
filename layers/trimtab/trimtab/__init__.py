"""Trimtab: an autopilot for Amazon ECS that explains, verifies and undoes what it changes."""
