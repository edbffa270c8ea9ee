"""I17: what nobody could see the harm of is not done without a person."""

from trimtab_cli.simulation.checkers.readings import revision, service_reading
from trimtab_cli.simulation.trial import Trial


def nothing_is_shrunk_blindly(trial: Trial) -> list[str]:
    """A service that shows nothing of its users' health gets no smaller size that no person approved."""
    broken = []
    for write in trial.writes_of("UpdateService"):
        change, found = write.change, service_reading(trial, write)
        if change is None or found is None or change["kind"] != "resize" or change["mode"] != "apply":
            continue
        _, seen = found
        watched = seen.get("loadBalancers") or seen.get("deploymentConfiguration", {}).get("alarms")
        content = revision(trial, str(change["base"]["task_definition"]))
        checked = any("healthCheck" in one for one in content["containerDefinitions"])
        old, new = change["base"]["size"], change["target"]["size"]
        cut = any(int(is_now) < int(was) for was, is_now in zip(old, new, strict=True))
        if cut and not watched and not checked:
            broken.append(f"{seen['serviceName']} was cut from {old} to {new}, and nothing shows its health")
    return broken
