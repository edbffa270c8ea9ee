"""The composition: one stack, made from its template inside a laboratory."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trimtab_cli.dispatcher.asynchronous import AsyncInvocations
from trimtab_cli.dispatcher.delivery import Deliveries
from trimtab_cli.dispatcher.invoke import Around, Functions, Invocation, nothing_around
from trimtab_cli.dispatcher.principal import calling_as
from trimtab_cli.dispatcher.queues import QueueMapping
from trimtab_cli.dispatcher.refusal import Refusal, only
from trimtab_cli.dispatcher.resources import create_keys, create_queues, create_tables, create_topics
from trimtab_cli.dispatcher.sources import (
    EventSource,
    Rule,
    Schedule,
    read_sources,
)
from trimtab_cli.dispatcher.stack import queue_settings, read_functions, stream_settings
from trimtab_cli.dispatcher.statemachine import Execution, StateMachine
from trimtab_cli.dispatcher.streams import StreamMapping
from trimtab_cli.dispatcher.template import Template
from trimtab_lab.account import Account

Idle = Callable[[], bool]
Intervene = Callable[[str, dict[str, Any]], tuple[float, ...]]


def deliver_once_at_once(trigger: str, event: dict[str, Any]) -> tuple[float, ...]:
    """Leave deliveries alone; see ``Dispatcher(intervene=…)``."""
    return (0.0,)


class Dispatcher:
    """Wakes the functions of a template inside a laboratory, from now on.

    Args:
        lab: The account to live in; the stack's tables, queues and topics are created in it.
        template_path: ``template.yaml``; the files it names are found beside it.
        parameters: Values for its parameters; the others take their defaults.
        functions_folder: Where ``<feature>/app.py`` are; beside the template unless given.
        idle: By trigger (``settle_change/Tick``), a predicate that is true when that schedule
            provably has nothing to do: its function is then not woken.
        around: Entered around each call of a handler.
        intervene: The delays, in seconds, at which an event of a rule or schedule reaches each of
            its targets: none is a lost event, two a repeated one.

    Raises:
        Refusal: The template asks for something that is not modelled.
    """

    def __init__(
        self,
        lab: Account,
        template_path: Path,
        parameters: Mapping[str, str] | None = None,
        functions_folder: Path | None = None,
        *,
        idle: Mapping[str, Idle] | None = None,
        around: Around = nothing_around,
        intervene: Intervene = deliver_once_at_once,
    ) -> None:
        self.lab = lab
        self.template = Template(template_path, parameters, lab.account, lab.region)
        create_keys(lab, self.template)
        self.skipped: Counter[str] = Counter()
        self._idle, self._intervene = dict(idle or {}), intervene
        deployed = list(read_functions(self.template))
        self._features = {one.settings.arn: one.settings.feature for one in deployed}
        self.functions = Functions(
            lab,
            functions_folder or template_path.parent / "functions",
            {one.settings.feature: one.settings for one in deployed},
            around,
        )
        self.machines = self._read_machines()
        names = {one.logical_id: one.settings.feature for one in deployed}
        names |= {self._logical_id(arn): machine.name for arn, machine in self.machines.items()}
        sources = read_sources(self.template, names)
        self._check(sources)
        self._tables = create_tables(lab, self.template)
        self._queues = create_queues(lab, self.template)
        create_topics(lab, self.template)
        self._asynchronous = AsyncInvocations(
            lab.clock,
            self.functions,
            {one.settings.feature: one.asynchronous for one in deployed},
            self.post,
        )
        self._deliveries = Deliveries(lab.clock, self._accept, self.post)
        self._rules = [one for one in sources if isinstance(one, Rule)]
        for source in sources:
            if isinstance(source, Schedule):
                self._begin(source)
            elif isinstance(source, EventSource):
                self._connect(source)
        lab.bus.listen(self._on_event)

    @property
    def invocations(self) -> list[Invocation]:
        """Every run of a handler, in order."""
        return self.functions.invocations

    @property
    def executions(self) -> list[Execution]:
        """Every run of a state machine, in order of their starts."""
        found = [one for machine in self.machines.values() for one in machine.executions]
        return sorted(found, key=lambda one: one.started_at)

    def name(self, logical_id: str) -> str:
        """Return the physical name of a resource of the stack, such as a table's."""
        return self.template.identity.name(logical_id)

    def queue_url(self, logical_id: str) -> str:
        """Return the URL of a queue of the stack."""
        return self._queues[self.template.identity.arn(logical_id)]

    def invoke(self, feature: str, event: object, trigger: str = "by hand") -> Invocation:
        """Invoke a function synchronously, as a person would."""
        return self.functions.invoke(feature, event, trigger, trigger)

    def post(self, arn: str, body: str, attributes: Mapping[str, str]) -> None:
        """Send a message to a queue or topic of the stack."""
        wire = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()}
        with calling_as(self.lab, "events.amazonaws.com"):
            if arn in self._queues:
                request = {"QueueUrl": self._queues[arn], "MessageBody": body, "MessageAttributes": wire}
                self.lab.call("sqs", "SendMessage", request)
            else:
                request = {"TopicArn": arn, "Message": body, "MessageAttributes": wire}
                self.lab.call("sns", "Publish", request)

    def _read_machines(self) -> dict[str, StateMachine]:
        machines: dict[str, StateMachine] = {}
        known = {"Type", "DefinitionUri", "DefinitionSubstitutions", "Name", "Events", "Tracing", "Logging"}
        for logical_id, properties in self.template.of_type("AWS::Serverless::StateMachine"):
            only(logical_id, properties, known)
            path = self.template.folder / properties["DefinitionUri"]
            text = path.read_text("utf-8")
            for name, value in properties.get("DefinitionSubstitutions", {}).items():
                text = text.replace(f"${{{name}}}", str(value))
            arn = self.template.identity.arn(logical_id)
            short = path.name.split(".")[0]
            machines[arn] = StateMachine(
                short, arn, json.loads(text), self._feature_of, self.lab, self.functions
            )
        return machines

    def _feature_of(self, target: str) -> str | None:
        """Return the feature behind the ARN or name of a function."""
        by_name = {arn.rpartition(":")[2]: feature for arn, feature in self._features.items()}
        return self._features.get(target) or by_name.get(target)

    def _logical_id(self, arn: str) -> str:
        found = self.template.identity.logical_id(arn)
        assert found is not None
        return found

    def _check(self, sources: list[Any]) -> None:
        """Refuse what would only be noticed when it is too late: at a delivery."""
        triggers = {one.trigger for one in sources if isinstance(one, Schedule)}
        for trigger in self._idle:
            if trigger not in triggers:
                raise Refusal(trigger, "an idle predicate is given, but no such schedule is")
        for source in sources:
            targets = source.targets if isinstance(source, Rule) else ()
            targets = (source.target,) if isinstance(source, Schedule) else targets
            for target in targets:
                kind = target.arn.split(":")[2]
                if kind not in ("lambda", "sqs", "states", "sns"):
                    raise Refusal(source.trigger, f"the target {target.arn} is not modelled")
                if self.template.identity.logical_id(target.arn) is None:
                    raise Refusal(source.trigger, f"the target {target.arn} is not of this template")

    def _begin(self, schedule: Schedule) -> None:
        """Book the first time of a schedule; each time books the one after it."""
        random = self.lab.random(f"schedule {schedule.trigger}")
        clock = self.lab.clock

        def fire() -> None:
            book_next()
            idle = self._idle.get(schedule.trigger)
            if idle is not None and idle():
                self.skipped[schedule.trigger] += 1
                return
            self._fire(schedule, random.uniform(0, schedule.window_s) if schedule.window_s else 0.0)

        def book_next() -> None:
            following = schedule.next(clock.today())
            if following is not None:
                clock.at(following.timestamp(), fire)

        if schedule.fires_at_once:
            clock.after(0.0, fire)
        else:
            book_next()

    def _fire(self, schedule: Schedule, late_s: float) -> None:
        time = datetime.fromtimestamp(self.lab.clock.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        event_id = f"{schedule.trigger}@{time}"
        event = {
            "version": "0",
            "id": event_id,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": self.lab.account,
            "time": time,
            "region": self.lab.region,
            "resources": [self.lab.arn("scheduler", f"schedule/default/{schedule.name}")],
            "detail": "{}",
        }
        for delay_s in self._intervene(schedule.trigger, event):
            self._deliveries.book(schedule.target, event, schedule.trigger, event_id, late_s + delay_s)

    def _on_event(self, event: dict[str, Any]) -> None:
        for rule in self._rules:
            if rule.pattern.matches(event):
                for target in rule.targets:
                    for delay_s in self._intervene(rule.trigger, event):
                        self._deliveries.book(target, event, rule.trigger, event["id"], delay_s)

    def _accept(self, arn: str, event: Any, trigger: str, event_id: str) -> None:
        """Be the target of a delivery."""
        if arn in self._features:
            self._asynchronous.submit(self._features[arn], event, trigger, event_id)
        elif arn in self.machines:
            self.machines[arn].start(event)
        else:
            self.post(arn, json.dumps(event), {})

    def _connect(self, source: EventSource) -> None:
        if source.kind == "SQS":
            if source.source_arn not in self._queues:
                raise Refusal(source.trigger, f"the queue {source.source_arn} is not of this template")
            QueueMapping(queue_settings(source), self.lab, self.functions)
            return
        table = self._tables.get(source.source_arn.rpartition("/stream")[0])
        if table is None:
            raise Refusal(source.trigger, f"the stream {source.source_arn} is not of this template")
        stream = StreamMapping(stream_settings(source), self.lab.clock, self.functions, self.post)
        self.lab.dynamodb.tables[table].listen(stream.accept)
