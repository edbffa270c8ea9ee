"""Property tests give the same answer each time, and a busy machine is no failure."""

from hypothesis import settings

settings.register_profile("trimtab", deadline=None, derandomize=True, max_examples=300)
settings.load_profile("trimtab")
