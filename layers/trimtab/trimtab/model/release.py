"""Which release of Trimtab this is: a new one proves itself on a few services first."""

from typing import Final

RELEASE: Final = "0.1.0"
