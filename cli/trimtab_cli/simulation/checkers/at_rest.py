"""I9: a forward change starts at rest."""

from typing import Any

from trimtab_cli.simulation.checkers.readings import entered, service_name, service_reading
from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.trial import Trial

BACK = ("rollback", "tag")
PATIENT = ("resize", "return")
OVER = ("succeeded", "superseded", "failed", "rolling_back", "rolled_back", "needs_human")
SKEW_SECONDS = 11.0


def starts_at_rest(trial: Trial) -> list[str]:
    """No forward change begins while its invocation has read of a deployment on its way."""
    broken = []
    for write in trial.writes_of("UpdateService"):
        if write.change is None or write.change["kind"] in BACK:
            continue
        found = service_reading(trial, write)
        if found is None:
            continue  # I1 says so
        _, seen = found
        deployments = seen["deployments"]
        if any(one["rolloutState"] == "IN_PROGRESS" for one in deployments) and not _ours(write, seen):
            broken.append(f"UpdateService of {seen['serviceName']} though a deployment was seen on its way")
        started_since = write.standing and write.standing.deployment not in [one["id"] for one in deployments]
        if write.standing and write.standing.rollout_state == "IN_PROGRESS" and not started_since:
            broken.append(f"UpdateService of {seen['serviceName']} during a deployment")
    return broken


def one_thing_at_a_time(trial: Trial) -> list[str]:
    """No size is put in force while a move between capacity providers is on its way or being watched."""
    broken = []
    for write in trial.writes_of("UpdateService"):
        if write.change is None or write.change["kind"] != "resize":
            continue
        broken += [
            f"the size of {write.change['name']} was changed during {other['kind']} {other['id']}"
            for other in trial.changes
            if other["workload"] == write.change["workload"] and other["kind"] in ("shift", "return")
            if _under_way(trial, other, write.at)
        ]
    return broken


def _under_way(trial: Trial, change: dict[str, Any], at: float) -> bool:
    """Tell whether a change had been written to ECS by then, and was not over yet."""
    times = entered(trial, change)
    ends = [when for state, when in times.items() if state in OVER]
    begun = times.get("deploying")
    return begun is not None and begun < at - SKEW_SECONDS and all(end > at + SKEW_SECONDS for end in ends)


def stands_on_its_base(trial: Trial) -> list[str]:
    """No update is made when the invocation's last look showed another base than the planned one."""
    broken = []
    for write in trial.writes_of("UpdateService"):
        found = service_reading(trial, write)
        if found is None or write.change is None:
            continue
        base, (_, seen) = write.change["base"], found
        if "taskDefinition" in write.request:
            planned_on = {base["task_definition"], write.request["taskDefinition"]}
            if seen["taskDefinition"] not in planned_on | _earlier_bases(trial, write):
                broken.append(f"UpdateService of {seen['serviceName']}, which was seen on another revision")
        else:
            planned = [one["provider"] for one in base["strategy"]]
            shown = [one["capacityProvider"] for one in seen.get("capacityProviderStrategy", [])]
            if shown != planned:
                broken.append(f"UpdateService of {seen['serviceName']}, which was seen on {shown}")
    return broken


def is_the_same_service(trial: Trial) -> list[str]:
    """Nothing forward begins on a service that was seen to be younger than the decision: it was made anew."""
    broken = []
    for write in trial.writes_of("UpdateService"):
        found = service_reading(trial, write)
        if found is None or write.change is None or write.change["kind"] in BACK:
            continue
        decided, made = epoch(str(write.change["created_at"])), found[1]["createdAt"].timestamp()
        if made > decided + SKEW_SECONDS and write.call.invocation not in trial.record.jumped:
            broken.append(f"{write.change['kind']} of {service_name(write)}, which was made anew since")
    return broken


def begins_with_every_task(trial: Trial) -> list[str]:
    """Nothing that can wait begins while each look of its applier showed tasks missing."""
    return [
        f"{write.change and write.change['kind']} of {looks[0]['serviceName']}, which lacked tasks"
        for write, looks in _patient(trial)
        if all(seen["runningCount"] < seen["desiredCount"] for seen in looks)
    ]


def nobody_is_interrupted(trial: Trial) -> list[str]:
    """Nothing that can wait replaces a service's only task that may be stopped before its successor runs."""
    return [
        f"{write.change and write.change['kind']} of {looks[0]['serviceName']} interrupts its only task"
        for write, looks in _patient(trial)
        if all(_would_interrupt(seen) for seen in looks)
    ]


def _would_interrupt(seen: dict[str, Any]) -> bool:
    alone = seen["desiredCount"] < 2
    return alone and int(seen["deploymentConfiguration"]["minimumHealthyPercent"]) < 100


def _patient(trial: Trial) -> list[tuple[Write, list[dict[str, Any]]]]:
    """Return the updates that could have waited, each with the looks of its invocation at the service."""
    found = []
    for write in trial.writes_of("UpdateService"):
        if write.change is None or write.change["kind"] not in PATIENT:
            continue
        looks = [
            seen
            for call in trial.record.of_invocation(write.call)
            if call.operation == "DescribeServices" and call.answer
            for seen in call.answer["services"]
            if seen["serviceName"] == service_name(write)
        ]
        found += [(write, looks)] if looks else []
    return found


def _ours(write: Write, seen: dict[str, object]) -> bool:
    """Tell whether the deployment on its way is the one that an earlier try of this very Change began."""
    applied = (write.change or {}).get("applied", {})
    return bool(applied) and seen["taskDefinition"] == applied.get("task_definition")


def _earlier_bases(trial: Trial, write: Write) -> set[str]:
    """Return where ECS may have gone back to while a repair waited: past all repairs before it."""
    change, bases = write.change or {}, set[str]()
    while change.get("reason") == "covered_a_deployment" and write.subject:
        change = trial.ledger.change(write.subject[0], str(change["parent"])) or {}
        bases |= {str(change["base"]["task_definition"])} if change else set()
    return bases
