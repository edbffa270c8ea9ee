"""I11, I21: a Change is carried out at most once, whatever becomes of the answers."""

from collections import Counter

from trimtab_cli.simulation.trial import Trial

CALLS_MAX = 3
"""A registration, an update, and what puts "latest" right: no Change makes more calls that change ECS."""

DEPTH_MAX = 3
"""A Change, and repairs of repairs while people go on deploying in the very moment."""


def one_update_a_change(trial: Trial) -> list[str]:
    """No Change updates its service twice or registers two revisions.

    Whose clock is an hour off notes when it wrote an hour wrong, so ECS's record does not show it there.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    for write in trial.writes:
        if write.call.invocation in trial.record.jumped:
            continue
        if write.subject and write.operation in ("UpdateService", "RegisterTaskDefinition"):
            counts[(write.operation, *write.subject)] += 1
    return [
        f"Change {change_id} called {operation} {count} times"
        for (operation, _, change_id), count in counts.items()
        if count > 1
    ]


def a_revision_is_put_in_force_once(trial: Trial) -> list[str]:
    """No two updates of different Changes put the same revision of ours in force, but for rollbacks."""
    forward = Counter(
        str(write.request["taskDefinition"])
        for write in trial.writes_of("UpdateService")
        if "taskDefinition" in write.request and write.change and write.change["kind"] != "rollback"
    )
    return [f"{arn} was put in force {count} times" for arn, count in forward.items() if count > 1]


def causes_are_shallow(trial: Trial) -> list[str]:
    """What we cause leads to no chain of causes: a rollback follows a Change, and nothing follows that."""
    broken = [
        f"{change['kind']} {change['id']} lies {change['depth']} deep"
        for change in trial.changes
        if int(change["depth"]) > DEPTH_MAX
    ]
    # What an applier that takes over sends again, as an answer was lost, is done once: a mark, a start with
    # the same token.
    made = {
        (write.subject[1], write.request.get("clientToken", write.number))
        for write in trial.writes
        if write.subject and write.operation != "TagResource"
    }
    calls = Counter(name for name, _ in made)
    return broken + [
        f"Change {name} made {count} calls" for name, count in calls.items() if count > CALLS_MAX
    ]
