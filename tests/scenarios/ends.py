"""How most scenarios end, so that each says only what is its own."""

from tests.scenarios.look import End

TOLD_OF_A_RESTART = ("planned", "deploying", "succeeded")


def restarted(family: str, rule: str, outcome: str = "alive", running: int = 1) -> End:
    """One task stopped, one was started in its place and nothing else was done."""
    return End(
        running={family: running} if running else {},
        wrote=(f"RunTask {family}",),
        changes=(f"restart {family}: succeeded, {outcome}",),
        kept=(f"{family}: {rule}, planned",),
        told=tuple(f"restart {family}: {state}" for state in TOLD_OF_A_RESTART),
    )


def left_alone(name: str, rule: str, decided: str, times: int = 1) -> End:
    """Tasks stopped, their stops are kept with what was made of them, and nothing was done."""
    return End(kept=(f"{name}: {rule}, {decided}",) * times)


def refused(family: str, rule: str, outcome: str) -> End:
    """One task stopped, nothing was started, and its owner was told why."""
    return End(
        changes=(f"restart {family}: refused, {outcome}",),
        kept=(f"{family}: {rule}, {outcome}",),
        told=(f"restart {family}: refused",),
    )


def alerted(name: str, code: str, kept: tuple[str, ...] = ()) -> End:
    """Nothing was done to ECS, and the owner was told once to look."""
    return End(
        changes=(f"alert {name}: needs_human, {code}",), kept=kept, told=(f"alert {name}: needs_human",)
    )
