"""What the state of an EC2 host asks of Trimtab: nothing by itself.

Source: Amazon ECS developer guide, ecs_container_instance_events (read 2026-11-22): the agent drops its
connection several times an hour by design. A lost host shows in the stops of its tasks.
"""

from trimtab.model.container_instance import ContainerInstanceState
from trimtab.model.verdict import Action, Cause, Owner, Verdict


def judge_container_instance(state: ContainerInstanceState) -> Verdict:
    """Say what a host's state means. Total: it never raises."""
    evidence: dict[str, str | int | float] = {
        "container_instance_arn": state.container_instance_arn,
        "status": state.status,
    }
    if state.agent_connected is not None:
        evidence["agent_connected"] = "yes" if state.agent_connected else "no"
    return Verdict(
        "container_instance_state",
        Cause.STATE,
        Action.IGNORE,
        Owner.UNKNOWN,
        "stops_tell_of_lost_hosts",
        f"The container instance is {state.status}. Its agent reconnects several times an hour by design; "
        "if the host is lost, the stops of its tasks say so.",
        evidence,
    )
