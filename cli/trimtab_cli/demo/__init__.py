"""The demo: a fleet with people and weather, lived once with Trimtab and once without."""
