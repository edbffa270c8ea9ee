"""What the dispatcher says to a template that asks for more than it models."""


class Refusal(Exception):
    """The template uses something that the dispatcher does not model; nothing was delivered."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(
            f"cannot dispatch {where}: {what}. Nothing was delivered. "
            "Use what cli/trimtab_cli/dispatcher models, or extend it."
        )
        self.where, self.what = where, what


def only(where: str, properties: object, known: set[str]) -> None:
    """Refuse ``properties`` when it is no mapping or has a key outside ``known``."""
    if not isinstance(properties, dict):
        raise Refusal(where, f"an object is needed here, not {properties!r}")
    if unknown := sorted(set(properties) - known):
        raise Refusal(where, f"the property {unknown[0]!r} is not modelled")
