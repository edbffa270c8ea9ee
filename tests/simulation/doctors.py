"""For each checker, a way to doctor a clean trial so that the checker has to speak."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from trimtab.adapters.dynamodb_items import to_dynamodb
from trimtab_cli.simulation.checkers.readings import revision, service_reading, switch_reading
from trimtab_cli.simulation.clients import CHANGES, CONTROL
from trimtab_cli.simulation.jobs import FAMILY, Job
from trimtab_cli.simulation.lambdas import Failure
from trimtab_cli.simulation.ledger import Step, stamp
from trimtab_cli.simulation.record import Call, Write
from trimtab_cli.simulation.scene import BALANCER, CANARY, CLUSTER, NETWORK
from trimtab_cli.simulation.services import register
from trimtab_cli.simulation.stories import HUNGRY, NEXT_RUN, RETIRED
from trimtab_cli.simulation.team import CODE_DEPLOY
from trimtab_cli.simulation.trial import Trial
from trimtab_lab.demand import CELL_SECONDS
from trimtab_lab.ecs.behaviour import Plan
from trimtab_lab.ecs.watch import TaskRun
from trimtab_lab.series import CellSeries, Summary

Doctor = Callable[[Trial], None]


def first(trial: Trial, operation: str) -> Write:
    return trial.writes_of(operation)[0]


def again(write: Write, **request: Any) -> Write:
    """Return one more write like this one, a moment later."""
    call = replace(write.call, at=write.at + 1, request={**deepcopy(write.request), **request})
    return replace(write, call=call)


def started(trial: Trial, task: str, seconds: float = 0.0, **request: Any) -> Write:
    """Return a write of ours that started a task."""
    like = first(trial, "UpdateService")
    call = replace(
        like.call,
        at=like.at + seconds,
        operation="RunTask",
        request={"startedBy": "trimtab/x", "taskDefinition": "nightly", **request},
        answer={"tasks": [{"taskArn": task}], "failures": []},
    )
    return replace(like, call=call, subject=("lineage", "x"))


def service_of(trial: Trial, write: Write) -> Any:
    name = write.request["service"].rpartition("/")[2]
    return trial.lab.ecs.world.clusters[CLUSTER].services[name]


def seen_by(trial: Trial, write: Write) -> dict[str, Any]:
    found = service_reading(trial, write)
    assert found is not None
    return found[1]


def change_behind(trial: Trial, write: Write) -> dict[str, Any]:
    assert write.subject is not None
    return next(change for change in trial.changes if change["id"] == write.subject[1])


def step(trial: Trial, item: str, before: dict[str, Any], after: dict[str, Any] | None) -> None:
    images = {"OldImage": to_dynamodb(before)} | ({"NewImage": to_dynamodb(after)} if after else {})
    trial.ledger.steps.append(Step(trial.lab.clock.now, "trimtab/x", "workload", item, images))


def tag_as_observed(trial: Trial) -> None:
    seen_by(trial, first(trial, "UpdateService"))["tags"] = [{"key": "trimtab:mode", "value": "observe"}]


def stand_as_off(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    assert write.standing is not None
    write.standing = replace(write.standing, tags={"trimtab:mode": "off"})


def steering_said(trial: Trial, member: str, text: str) -> None:
    call = switch_reading(trial.record, first(trial, "UpdateService"))
    assert call is not None and call.answer is not None
    for one in call.answer["Responses"]:
        if member in one.get("Item", {}):
            one["Item"][member] = {"S": text}


def begin_beside_others(trial: Trial) -> None:
    change = {"kind": "resize", "state": "deploying"}
    step(trial, "CHANGE#other", change, change)
    trial.ledger.steps.insert(0, trial.ledger.steps.pop())
    trial.ledger.steps[0].at = 0.0


def hold_by_another(trial: Trial) -> None:
    first(trial, "UpdateService").head = {"holder": "another", "lease_until": "2027-01-01T00:00:00Z"}


def take_away(trial: Trial) -> None:
    lease = {"lease_until": "2027-01-01T00:00:00Z"}
    step(trial, "HEAD", {"holder": "one", "fence": 1, **lease}, {"holder": "two", "fence": 2, **lease})


def run_something_else(trial: Trial) -> None:
    service = service_of(trial, first(trial, "UpdateService"))
    team = next(team for team in trial.scene.teams if team.name == service.name)
    register(trial.scene, "trimtab/x", team, 99, team.cpu_units, team.memory_mib)
    service.definition = trial.lab.ecs.world.families[team.name][-1]


def replace_a_strategy(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    assert write.standing is not None
    write.request["capacityProviderStrategy"] = [{"capacityProvider": "FARGATE", "weight": 1}]
    write.standing = replace(write.standing, strategy=("SOMEBODY_ELSES",))


def ask_for_little_room(trial: Trial) -> None:
    rule = {"largest": {"cpu_units": "256", "memory_mib": "512"}}
    steering_said(trial, "document", json.dumps({"services": [rule]}))


def note_a_floor(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    key = f"floor#{change_behind(trial, write)['workload']}"
    item = {"key": {"S": key}, "part": {"S": "-"}, "memory_mib": {"N": "99999"}}
    request = {"TableName": CONTROL, "Item": item}
    call = Call(trial.started_at, "trimtab/restart_stopped_task", 9000, "dynamodb", "PutItem", request, {})
    trial.record.calls.insert(0, call)


def leave_spot(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    write.change = {**(write.change or {}), "kind": "shift"}


def wait_to_go_back(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    back = {"kind": "rollback", "parent": "one", "state": "planned"}
    step(trial, "CHANGE#other", {**back, "state": "applying"}, back)
    trial.ledger.steps.insert(0, trial.ledger.steps.pop())
    trial.ledger.steps[0].at = 0.0
    trial.ledger.steps[0].workload = change_behind(trial, write)["workload"]


def see_each_time(trial: Trial, **said: Any) -> None:
    for call in trial.record.calls:
        if call.operation == "DescribeServices" and call.answer:
            for seen in call.answer["services"]:
                seen.update(said)


def check_no_health(trial: Trial) -> None:
    base = change_behind(trial, first(trial, "UpdateService"))["base"]["task_definition"]
    del revision(trial, base)["containerDefinitions"][0]["healthCheck"]
    see_each_time(trial, loadBalancers=[], deploymentConfiguration={})


def come_late(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    write.change = {**(write.change or {}), "decide_by": "2026-01-01T00:00:00Z"}


def take_over_often(trial: Trial) -> None:
    lost = {"kind": "resize", "id": "x", "state": "applying", "turn": "settle"}
    for _ in range(4):
        step(trial, "CHANGE#x", lost, {**lost, "turn": "apply"})


def release_a_strange_plan(trial: Trial) -> None:
    trial.policy["limits"] = {"mass_anomaly_services_min": "1"}


def tell_of_failures(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    noted = [f"{stamp(write.at - n)} {n}" for n in range(3)]
    for call in trial.record.of_invocation(write.call):
        if call.request.get("Key") == {"key": {"S": "brake"}, "part": {"S": "-"}} and call.answer is not None:
            call.answer["Item"] = {"failed": {"SS": noted}}


def register_another_image(trial: Trial) -> None:
    first(trial, "RegisterTaskDefinition").request["containerDefinitions"][0]["image"] = "other"


def tell_an_unknown_member(trial: Trial) -> None:
    write = first(trial, "RegisterTaskDefinition")
    trial.distortions.unknown_fields.add((write.call.invocation, write.request["family"]))


def judge_as_a_job(trial: Trial) -> None:
    """Decide on a stop of a service's task as if it stood alone."""
    trial.control.append({"key": "stop#x", "service": "web-0", "decided": "not_declared"})


def freeze(trial: Trial) -> None:
    trial.policy["freezes"] = [{"from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"}]


def shift_meanwhile(trial: Trial) -> None:
    like = deepcopy(change_behind(trial, first(trial, "UpdateService")))
    like.update(id="another", kind="shift", state="watching", times={"deploying": "2026-01-01T00:00:00Z"})
    trial.changes.append(like)


def reverse_twice(trial: Trial) -> None:
    like = deepcopy(change_behind(trial, first(trial, "UpdateService")))
    at = {"rolled_back": "2026-01-01T00:00:00Z"}
    like.update(id="another", state="rolled_back", outcome="rollout_failed", times=at)
    trial.changes.extend([like, like])


def begin_many(trial: Trial) -> None:
    trial.policy["limits"] = {"canary_changes": "0"}


def undo_to_elsewhere(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    change = write.change or {}
    write.change = {**change, "reason": "undone_by_person", "cause": change["id"]}


def send_a_count(trial: Trial) -> None:
    first(trial, "UpdateService").request["desiredCount"] = 3


def see_a_deployment(trial: Trial) -> None:
    seen_by(trial, first(trial, "UpdateService"))["deployments"][0]["rolloutState"] = "IN_PROGRESS"
    write = first(trial, "UpdateService")
    write.change = {**(write.change or {}), "applied": {}}


def see_another_base(trial: Trial) -> None:
    seen_by(trial, first(trial, "UpdateService"))["taskDefinition"] = "somebody else's"


def link_an_alarm(trial: Trial, write: Write) -> None:
    configuration = service_of(trial, write).configuration
    configuration["alarms"] = {"alarmNames": ["errors"], "enable": True, "rollback": False}


def see_an_alarm(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    link_an_alarm(trial, write)
    alarm = {"AlarmName": "errors", "StateValue": "ALARM"}
    look = replace(write.call, operation="DescribeAlarms", request={}, answer={"MetricAlarms": [alarm]})
    trial.record.calls.insert(trial.record.calls.index(write.call), look)


def succeed_under_an_alarm(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    link_an_alarm(trial, write)
    trial.lab.cloudwatch.alarms.history.append((write.at + 60, "errors", "ALARM"))


def succeed_under_errors(trial: Trial) -> None:
    """Let every fifth request of the first day fail."""
    write = first(trial, "UpdateService")
    team = next(team for team in trial.scene.teams if team.name == service_of(trial, write).name)
    team.target_group = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/it/1"
    where = (("LoadBalancer", BALANCER), ("TargetGroup", "targetgroup/it/1"))
    for hours in range(-24, 24):
        for metric, count in (("RequestCount", 500), ("HTTPCode_Target_5XX_Count", 100 * (hours >= 0))):
            series = trial.lab.cloudwatch.metrics.to_put(("AWS/ApplicationELB", metric, where), "Count")
            series.add(int(write.at + 60 + hours * 3600), Summary(count, count, 1, 1, ()))


def update_often(trial: Trial) -> None:
    trial.writes.extend(again(first(trial, "UpdateService")) for _ in range(7))


def update_twice(trial: Trial) -> None:
    trial.writes.append(again(first(trial, "UpdateService")))


def start_two(trial: Trial) -> None:
    trial.writes.extend([started(trial, "task/1"), started(trial, "task/2", 5)])


def start_five(trial: Trial) -> None:
    trial.writes.extend(started(trial, f"task/{n}", 60.0 * n) for n in range(5))


def a_run(trial: Trial, task: str, began: float, ended: float | None) -> None:
    """Let the world know of a task of the job."""
    run = TaskRun(task, CLUSTER, None, FAMILY, "nightly:1", "FARGATE", None, 512, 1024, {}, began, ended)
    trial.lab.ecs.runs._by_family[CLUSTER, FAMILY].append(run)


def start_beside(trial: Trial) -> None:
    trial.writes.append(started(trial, "task/1"))
    a_run(trial, "lineage", 0.0, 100.0)
    a_run(trial, "task/1", 99.0, None)


def start_two_in_a_storm(trial: Trial) -> None:
    opened = first(trial, "UpdateService").at
    trial.control.append({"key": "storm#x", "part": "brake#subnet_id=s", "opened_at": stamp(opened)})
    times, evidence = {"applying": stamp(opened + 100)}, {"subnet_id": "s"}
    trial.changes.append({**trial.changes[0], "id": "x", "reason": "r", "times": times, "evidence": evidence})
    trial.record.writes.extend(
        replace(write, change=trial.changes[-1])
        for write in (started(trial, "task/1", 101), started(trial, "task/2", 140))
    )


def tell_of_a_storm(trial: Trial) -> float:
    told = first(trial, "UpdateService").at
    trial.changes.append({**trial.changes[0], "id": "told", "reason": "storm", "created_at": stamp(told)})
    return told


def tell_of_a_storm_twice(trial: Trial) -> None:
    tell_of_a_storm(trial)
    tell_of_a_storm(trial)


def start_after_the_deadline(trial: Trial) -> None:
    trial.policy["standalone"] = [{"family": FAMILY, "deadline": "1h"}]
    trial.writes.append(started(trial, "task/1"))
    a_run(trial, "lineage", first(trial, "UpdateService").at - 3800, None)


def start_after_a_named_exit(trial: Trial) -> None:
    trial.scene.job = Job("named", CLUSTER, {"None": Plan(exit_code=78)})
    trial.policy["standalone"] = [trial.scene.job.policy()]
    trial.writes.append(started(trial, "task/1"))


def start_what_is_done(trial: Trial) -> None:
    trial.scene.job = Job("ordinary", CLUSTER, {"None": Plan(run_seconds=100, exit_code=0)})
    a_run(trial, "None", 0.0, 100.0)
    trial.writes.append(started(trial, "task/1"))


def start_after_the_next_run(trial: Trial) -> None:
    at = first(trial, "UpdateService").at
    trial.scene.job = Job(NEXT_RUN, CLUSTER, launches={"lineage": {}, "next": {}})
    a_run(trial, "lineage", at - 2000, at - 500)
    a_run(trial, "next", at - 1000, None)
    trial.writes.append(started(trial, "task/1"))


def start_beside_what_is_spared(trial: Trial) -> None:
    trial.scene.job = Job(RETIRED, CLUSTER, spared={"None": first(trial, "UpdateService").at - 1000})
    a_run(trial, "None", 0.0, None)
    trial.writes.append(started(trial, "task/1"))


def stop_what_was_spared(trial: Trial) -> None:
    trial.scene.job = Job(RETIRED, CLUSTER, taken={"task/1"}, spared={"task/1": 0.0})
    a_run(trial, "task/1", 0.0, 100.0)


def start_another_revision(trial: Trial) -> None:
    trial.scene.job = Job("ordinary", CLUSTER)
    trial.writes.append(started(trial, "task/1", taskDefinition="nightly:2"))


def start_with_as_little_memory(trial: Trial) -> None:
    killed = Plan(exit_code=137, reason="OutOfMemoryError")
    trial.scene.job = Job(HUNGRY, CLUSTER, {"None": killed})
    a_run(trial, "None", 0.0, 100.0)
    trial.writes.append(started(trial, "task/1"))


def start_elsewhere(trial: Trial) -> None:
    trial.scene.job = Job("ordinary", CLUSTER)
    trial.scene.job.launches["lineage"] = trial.scene.job.request(NETWORK, CANARY)
    trial.writes.append(started(trial, "task/1"))


def forget_a_task(trial: Trial) -> None:
    a_run(trial, "task/1", 0.0, 100.0)
    trial.control.append({"key": "recipe#1", "part": "-"})


def give_too_little(trial: Trial) -> None:
    first(trial, "RegisterTaskDefinition").request["memory"] = "512"


def break_the_metrics(trial: Trial) -> None:
    for call in trial.record.calls:
        if call.operation == "PutItem" and call.request["Item"].get("kind", {}).get("S") == "resize":
            trial.distortions.broken_metrics[call.invocation] = "gaps"
            trial.distortions.broken_for.add((call.invocation, call.request["Item"]["name"]["S"]))


def deploy_late(trial: Trial) -> None:
    service_of(trial, first(trial, "UpdateService")).created_at = trial.started_at - 86400


def leave_on_its_way(trial: Trial) -> None:
    change_behind(trial, first(trial, "UpdateService")).update(
        state="deploying", due_at="2026-01-01T00:00:00Z", decide_by="2026-01-01T00:00:00Z"
    )


def keep_the_head(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    assert write.subject is not None
    values = {":h": {"S": write.subject[1]}}
    request = {
        "TableName": CHANGES,
        "Key": {"workload": {"S": write.subject[0]}, "item": {"S": "HEAD"}},
        "UpdateExpression": "SET holder = :h",
        "ExpressionAttributeValues": values,
    }
    trial.lab.call("dynamodb", "UpdateItem", request)


def need_a_person(trial: Trial) -> None:
    change_behind(trial, first(trial, "UpdateService"))["state"] = "needs_human"


def succeed_unwatched(trial: Trial) -> None:
    del change_behind(trial, first(trial, "UpdateService"))["times"]["watching"]


def see_it_failed(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    deployment = next(one for one in write.answer["service"]["deployments"] if one["status"] == "PRIMARY")
    seen = {"deployments": [{"id": deployment["id"], "rolloutState": "FAILED"}]}
    trial.record.calls.extend(
        Call(write.at, "trimtab/settle_change", 9000 + n, "ecs", "DescribeServices", {}, {"services": [seen]})
        for n in range(9)
    )


def claim_unsent(trial):
    for operation in ("UpdateService", "RegisterTaskDefinition"):
        trial.writes.remove(first(trial, operation))


def leave_unvouched(trial: Trial) -> None:
    change_behind(trial, first(trial, "UpdateService"))["state"] = "superseded"


def go_back_to_what_nobody_stands_for(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    service = service_of(trial, write)
    change = change_behind(trial, write)
    arn = write.request["taskDefinition"]
    ours = next(one for one in service.history if one.target.definition.arn == arn)
    ours.rollback_to, ours.rollback_at = ours.target, trial.lab.clock.now - 3600
    change["applied"]["task_definition"] = "another"


def miss_tasks(trial: Trial) -> None:
    service_of(trial, first(trial, "UpdateService")).desired_count += 3


def write_without_a_change(trial: Trial) -> None:
    first(trial, "UpdateService").change = None


def come_back_to_life(trial: Trial) -> None:
    change = change_behind(trial, first(trial, "UpdateService"))
    step(trial, change["item"], {**change, "evidence": {}}, {**change, "evidence": {}, "state": "planned"})


def repeat_a_restart(trial: Trial) -> None:
    like = deepcopy(change_behind(trial, first(trial, "UpdateService")))
    like.update(kind="restart", target={"stopped_task": "task/1"})
    trial.changes.extend([like, like])


def go_deep(trial: Trial) -> None:
    trial.changes[0]["depth"] = 7


def win_by_repetition(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    for n in range(2):
        reset = Call(
            write.at + n, "terraform", 0, "ecs", "UpdateService", {**write.request}, dict(write.answer)
        )
        ours = again(write)
        trial.record.calls.extend([reset, ours.call])
        trial.writes.append(ours)
    last = again(write)
    trial.record.calls.append(last.call)
    trial.writes.append(last)


def call_too_often(trial: Trial) -> None:
    write = first(trial, "RegisterTaskDefinition")
    trial.record.calls.extend(replace(write.call) for _ in range(40))


def tell_the_secret(trial: Trial) -> None:
    trial.notebook.note("a line", secret=CANARY)


def apply_unapproved(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    write.change = {**(write.change or {}), "mode": "approve"}


def flood(trial: Trial) -> None:
    trial.record.calls.extend(
        Call(trial.started_at + n, "trimtab/announce_change", 1, "sns", "Publish", {}, {}) for n in range(99)
    )


def write_elsewhere(trial: Trial) -> None:
    first(trial, "UpdateService").request["service"] = "arn:aws-cn:ecs:eu-west-1:1:service/prod/web-0"


def copy_unasked(trial: Trial) -> None:
    first(trial, "RegisterTaskDefinition").change = {"kind": "tag", "id": "x", "base": {}}


def leave_latest_wrong(trial: Trial) -> None:
    service = service_of(trial, first(trial, "UpdateService"))
    service.definition = trial.lab.ecs.world.families[service.name][0]


def never_send(trial: Trial) -> None:
    for write in trial.writes_of("UpdateService"):
        service_of(trial, write).history.clear()
        trial.writes.remove(write)


def make_anew(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    seen_by(trial, write)["createdAt"] = datetime.fromtimestamp(write.at - 30, UTC)


def die_again_and_again(trial: Trial) -> None:
    """Let a task of the new size end badly by itself every hour of its watch."""
    write = first(trial, "UpdateService")
    ours, name = str(write.request["taskDefinition"]), service_of(trial, write).name
    team = next(team for team in trial.scene.teams if team.name == name)
    for hours in range(1, 12):
        task, began = f"task/{hours}", write.at + hours * 3600
        team.ends[task] = 60.0
        run = TaskRun(task, CLUSTER, name, name, ours, "FARGATE", None, 512, 1024, {}, began, began + 60)
        trial.lab.ecs.runs._by_service[CLUSTER, name].append(run)


def use_all_memory(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    measured = trial.lab.usage._services[CLUSTER, service_of(trial, write).name]
    measured.memory = CellSeries(CELL_SECONDS)
    for cell in range(int(write.at // CELL_SECONDS), int(write.at // CELL_SECONDS) + 288):
        measured.memory.add(cell, 1.0, 90.0, 80.0, 99.0)


def fail_for_a_spent_share(trial: Trial) -> None:
    trial.lambdas.errors.append(Failure(0.0, "apply_change", "ShareSpentError: cannot call ECS now"))


def go_back_unheard(trial: Trial) -> None:
    write = first(trial, "UpdateService")
    deployment = next(one for one in service_of(trial, write).history if one.created_at == write.at)
    deployment.status = "ROLLBACK_SUCCESSFUL"


def take_a_shift_back(trial: Trial) -> None:
    shift = {**trial.changes[0], "id": "left", "kind": "shift"}
    back = {**shift, "id": "back", "kind": "rollback", "cause": "left", "reason": "rollout_failed"}
    trial.changes.extend([shift, back])


def mark_what_ran(trial: Trial) -> None:
    sent = first(trial, "UpdateService")
    request = {"resourceArn": sent.request["taskDefinition"]}
    call = replace(sent.call, at=sent.at + 3600, operation="TagResource", request=request)
    trial.writes.append(replace(sent, call=call))


DOCTORS: dict[str, Doctor] = {
    "I1 asked for": tag_as_observed,
    "I1 profile": leave_spot,
    "I2 observed is left alone": stand_as_off,
    "I3 switch": lambda trial: steering_said(trial, "position", "stop"),
    "I3 policy": lambda trial: steering_said(trial, "document", "{"),
    "I4 limits": update_often,
    "I4 I27 ramp": begin_beside_others,
    "I26 anomaly": release_a_strange_plan,
    "I27 breaker": tell_of_failures,
    "I5 holder": hold_by_another,
    "I5 I35 leases": take_away,
    "I5 way back": wait_to_go_back,
    "I6 deploys survive": run_something_else,
    "I6 strategies survive": replace_a_strategy,
    "I7 I30 round trip": register_another_image,
    "I7 unknown members": tell_an_unknown_member,
    "I8 parameters": send_a_count,
    "I9 at rest": see_a_deployment,
    "I9 all tasks": lambda trial: see_each_time(trial, runningCount=0),
    "I9 interrupts nobody": lambda trial: see_each_time(
        trial, desiredCount=1, deploymentConfiguration={"minimumHealthyPercent": 0}
    ),
    "I9 on its base": see_another_base,
    "I9 the same service": make_anew,
    "I9 there": lambda trial: see_each_time(trial, status="DRAINING"),
    "I9 controllers": lambda trial: see_each_time(trial, deploymentController={"type": CODE_DEPLOY}),
    "I9 alarms": see_an_alarm,
    "I9 one at a time": shift_meanwhile,
    "I9 windows": freeze,
    "I10 quarantine": reverse_twice,
    "I10 pace": update_often,
    "I11 once": update_twice,
    "I11 in force once": update_twice,
    "I11 orphans": never_send,
    "I11 only orphans": mark_what_ran,
    "I12 restarts": start_two,
    "I12 the same task": start_elsewhere,
    "I12 revision": start_another_revision,
    "I12 spared": start_beside_what_is_spared,
    "I12 stopped after all": stop_what_was_spared,
    "I12 accounted for": forget_a_task,
    "I12 stops of services": judge_as_a_job,
    "I12 one task": start_beside,
    "I13 restart pace": start_five,
    "I13 next run": start_after_the_next_run,
    "I13 deadlines": start_after_the_deadline,
    "I13 hopeless": start_after_a_named_exit,
    "I13 done": start_what_is_done,
    "I13 storms": start_two_in_a_storm,
    "I13 storms told": tell_of_a_storm_twice,
    "I14 sizes": give_too_little,
    "I14 bounds": ask_for_little_room,
    "I14 floor": note_a_floor,
    "I14 memory of jobs": start_with_as_little_memory,
    "I15 broken data": break_the_metrics,
    "I15 few days": deploy_late,
    "I16 I22 I25 endings": leave_on_its_way,
    "I16 in time": come_late,
    "I16 takeovers": take_over_often,
    "I16 given back": keep_the_head,
    "I16 people hear": need_a_person,
    "I17 blind": check_no_health,
    "I17 watched": succeed_unwatched,
    "I17 alarms": succeed_under_an_alarm,
    "I17 users": succeed_under_errors,
    "I17 deaths": die_again_and_again,
    "I17 memory": use_all_memory,
    "I17 failures answered": see_it_failed,
    "I17 taken back": go_back_unheard,
    "I17 empty pools": take_a_shift_back,
    "I17 vouched for": leave_unvouched,
    "I17 back on ours": go_back_to_what_nobody_stands_for,
    "I18 I19 ledger first": write_without_a_change,
    "I18 claims": claim_unsent,
    "I19 I31 ledger grows": come_back_to_life,
    "I20 repeats": repeat_a_restart,
    "I21 shallow causes": go_deep,
    "I23 fights": win_by_repetition,
    "I24 share of the API": call_too_often,
    "I24 nothing fails": fail_for_a_spent_share,
    "I28 left well": miss_tasks,
    "I29 secrets": tell_the_secret,
    "I31 approved": apply_unapproved,
    "I32 notices": flood,
    "I33 canaries": begin_many,
    "I34 undo": undo_to_elsewhere,
    "I36 I37 strangers": write_elsewhere,
    "I38 latest": leave_latest_wrong,
    "I38 theirs stays": copy_unasked,
    "calm": update_twice,
}
