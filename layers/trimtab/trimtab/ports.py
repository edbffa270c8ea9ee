"""What the workflows need of the world, in our words. Adapters answer; tests may answer instead."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from trimtab.decisions.capacity_shift import Episode
from trimtab.model.budget import Charge, Record
from trimtab.model.change import Change, Kind, Scalar, State, Turn
from trimtab.model.digest import SizingHistory
from trimtab.model.head import Head
from trimtab.model.launch import (
    FailedRuns,
    LaunchRequest,
    Lineage,
    LiveTask,
    Recipe,
    ScheduledRun,
    SealedRecipe,
)
from trimtab.model.policy import Policy
from trimtab.model.price_book import PriceBook
from trimtab.model.reading import BeforeStart, Remembered
from trimtab.model.restart_policy import CauseClass
from trimtab.model.scaling import Scaling, TaskSamples
from trimtab.model.second_opinion import SecondOpinion
from trimtab.model.service import PastDeployment, Service, Strategy
from trimtab.model.signals import Alarm, Traffic
from trimtab.model.sizing import MemoryFloor
from trimtab.model.stop import Stop
from trimtab.model.storm import Brake, CountedStop
from trimtab.model.switch import Switch
from trimtab.model.tags import Mode
from trimtab.model.task import Task
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import TaskSize
from trimtab.model.usage import SERIES, ContainerUse, FamilyName, FamilyPoints, ServiceUsage, UsagePoints


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""


class Services(Protocol):
    """Reading ECS services."""

    def describe(self, service_arn: str) -> Service | None:
        """Return the service with its tags, None when ECS knows no such service.

        Raises:
            UnreadableError: ECS shows it in a shape that this version does not know.
        """

    def all(self, clusters: Sequence[str], wanted: Callable[[str], bool] | None = None) -> Iterator[Service]:
        """Yield every service of the clusters (names; none means every cluster) whose ARN is ``wanted``.

        One that cannot be read is passed over, told and counted.
        """


class TaskDefinitions(Protocol):
    """Reading task definitions."""

    def latest(self, family: str) -> TaskDefinition | None:
        """Return the family's newest ACTIVE revision as it is now, which "latest" means to others."""

    def newest(self, family: str) -> list[TaskDefinition]:
        """Return the family's ten newest ACTIVE revisions with their tags as they are now."""

    def describe(self, task_definition: str) -> TaskDefinition | None:
        """Return the revision with its tags, None when ECS does not know it."""


class DeploymentHistory(Protocol):
    """Reading the server's own record of what replaced what."""

    def of(self, service: Service) -> tuple[PastDeployment, ...]:
        """Return the service's last deployments, newest first, up to the first that cannot be told whole.

        Raises:
            UnreadableError: ECS does not let us read its record: what it says is not known.
        """


class Tasks(Protocol):
    """Reading ECS tasks."""

    def describe(self, cluster: str, task_arns: Sequence[str]) -> list[Task]:
        """Return those of the tasks that ECS still remembers."""

    def tags(self, cluster: str, task_arn: str) -> Mapping[str, str]:
        """Return the tags of one task, none when ECS has forgotten it."""

    def of_no_service(self, clusters: Sequence[str]) -> Iterator[Task]:
        """Yield running and lately stopped tasks that belong to no service."""

    def started_by(self, cluster: str, started_by: str) -> list[Task]:
        """Return running and lately stopped tasks with that ``startedBy``."""


class Deployer(Protocol):
    """Changing ECS: each call is sent once, never repeated by the SDK. Only the applier holds one."""

    def register_resized(self, base: TaskDefinition, size: TaskSize, change: Change) -> str:
        """Register ``base`` with another size and our tag; return the new revision's ARN."""

    def register_copy(self, original: TaskDefinition, change: Change) -> str:
        """Register a revision that says the same, so that it is the newest; return its ARN."""

    def mark_orphan(self, task_definition: str, change: Change) -> None:
        """Tag a revision of ours that nobody ever ran."""

    def find_registered(self, base: TaskDefinition, size: TaskSize, change: Change) -> str | None:
        """Return the revision that an earlier try of this Change registered, if there is one."""

    def deploy(self, service: Service, task_definition: str) -> str:
        """Put a revision in force; return the id of the deployment."""

    def shift(self, service: Service, strategy: Strategy) -> str:
        """Put a strategy in force with a forced deployment; return the id of the deployment."""

    def run(self, recipe: Recipe, change: Change) -> str:
        """Start the recipe's task once for this Change; return its ARN.

        Raises:
            LaunchError: ECS could not place it; the text is ECS's reason.
        """


class UsageReader(Protocol):
    """Reading how much services use."""

    def since(self, starts: Mapping[Service, datetime], end: datetime) -> Mapping[str, ServiceUsage]:
        """Return by ARN the usage of each service's tasks from its own start to ``end``."""

    def memory_of_family(self, cluster: str, family: str, start: datetime, end: datetime) -> float | None:
        """Return how full the memory of a family's tasks was on the mean, in the fullest minute; 1.0 is all.

        None where nobody measures it: Container Insights of the cluster (a name) is off.
        """

    def points(
        self, starts: Mapping[Service, datetime], end: datetime, series: Sequence[str] = SERIES
    ) -> Iterator[tuple[Service, UsagePoints]]:
        """Yield services with their usage from their own start to ``end`` as it was told, not cleaned.

        A service whose start is not before ``end`` is left out. Each of the ``series`` costs money.
        """


class Insights(Protocol):
    """Reading what Container Insights measures, where a cluster has it."""

    def families(self, clusters: Sequence[str]) -> Collection[FamilyName]:
        """Return the families whose tasks were measured lately in these clusters (names; none: in any)."""

    def of_families(
        self, starts: Mapping[FamilyName, datetime], end: datetime
    ) -> Iterator[tuple[FamilyName, FamilyPoints]]:
        """Yield families with their usage from their own start to ``end`` as it was told, not cleaned.

        A family whose start is not before ``end`` is left out. Each family costs five series.
        """

    def of_containers(self, service: Service, start: datetime, end: datetime) -> Mapping[str, ContainerUse]:
        """Return by name what the containers of a service used; none where nobody measures single ones.

        Those that AWS put into the tasks are among them. Where one of them is not known, or there are too
        many to be read, none is told. Each container costs two series.
        """


class Autoscaling(Protocol):
    """Reading Application Auto Scaling."""

    def scaling(self) -> Mapping[str, Scaling]:
        """Return by ``cluster/service`` how each service is scaled whose desired count something moves."""


class Prices(Protocol):
    """Reading what Fargate costs in this Region."""

    def fargate(self) -> PriceBook:
        """Return the prices that were read last, those that are shipped where none were."""

    def renew(self, now: datetime) -> PriceBook:
        """Return them from the Price List where those that are kept are older than a week."""


class SecondOpinions(Protocol):
    """Reading what AWS Compute Optimizer recommends."""

    def opinions(self, service_arns: Sequence[str]) -> Mapping[str, SecondOpinion] | None:
        """Return opinions by ARN, none for what it does not judge; None where the account is not enrolled.

        Raises:
            UnreadableError: It cannot be asked: no permission, no such service in this Region.
        """


class TaskCounts(Protocol):
    """Reading how many tasks services have had."""

    def of(self, service: Service, start: datetime, end: datetime) -> TaskSamples:
        """Return what CloudWatch counted of a service between two instants, as it was told."""


class HealthSignals(Protocol):
    """Reading what tells how a service's users fare."""

    def alarms(self, names: Sequence[str]) -> tuple[Alarm, ...]:
        """Return an alarm for each name, one without a state where there is none of that name."""

    def traffic(
        self, target_groups: Sequence[str], windows: Sequence[tuple[datetime, datetime]]
    ) -> tuple[Traffic, ...] | None:
        """Return what the target groups (ARNs) answered in each window, together.

        None where no requests are counted: behind a Network Load Balancer.
        """


class NetworkInterfaces(Protocol):
    """Reading the network interface of a task while it exists."""

    def describe(self, network_interface_id: str) -> tuple[tuple[str, ...], bool] | None:
        """Return security groups and whether it has a public IP; None when it is gone."""


class Schedules(Protocol):
    """Reading what EventBridge rules and EventBridge Scheduler run on ECS."""

    def of_rule(self, name: str, cluster_arn: str) -> Sequence[ScheduledRun]:
        """Return what a rule of the default bus runs, also one whose name ECS has cut short."""

    def of_scheduler(self, group: str | None = None) -> Sequence[ScheduledRun]:
        """Return what the schedules of a group run, or those of all groups."""


class ScheduleMetrics(Protocol):
    """Reading which schedules could not run their targets."""

    def failed(self, start: datetime, end: datetime) -> Sequence[FailedRuns]:
        """Return the rules and groups of schedules that counted failures in that time."""


class Changes(Protocol):
    """The table of Changes: every write is conditional on what it was decided on."""

    def record(self, change: Change) -> bool:
        """Write a new Change; False when the same one is already there."""

    def record_answer(self, change: Change, stop: Stop) -> bool:
        """Write a new Change and archive the stop that it answers, at once; False when it is known."""

    def get(self, workload: str, change_id: str) -> Change | None:
        """Read one Change consistently.

        Raises:
            UnreadableError: It is there, and this version cannot read it.
        """

    def of(self, workload: str) -> list[Change]:
        """Read every Change of a workload consistently, closed ones of 400 days too."""

    def open_of(self, workload: str) -> list[Change]:
        """Read the open Changes of a workload consistently, at the price of those alone."""

    def was_taken(self, workload: str) -> bool:
        """Tell whether an applier ever took a Change of that workload."""

    def due(self, turn: Turn, until: datetime, limit: int | None = None) -> Iterator[Change]:
        """Yield open Changes whose turn it is and whose time has come, earliest first, at most ``limit``."""

    def of_lineage(self, workload: str) -> tuple[list[Change], Head]:
        """Read every Change of a workload consistently, and HEAD as it was before that."""

    def take(self, change: Change, lease_until: datetime, now: datetime, seen: Head | None = None) -> Change:
        """Move to ``applying`` and take HEAD in one transaction; the fence rises.

        With ``seen``, HEAD as ``of_lineage`` read it, what was read with it still holds when it is taken: no
        other Change of the workload was carried out in between.

        Raises:
            ConflictError: Another Change holds HEAD, or held it since ``seen``, or this one has moved.
        """

    def move(
        self,
        change: Change,
        to: State,
        turn: Turn,
        due_at: datetime,
        now: datetime,
        outcome: str = "",
        sentence: str = "",
        applied: Mapping[str, str] | None = None,
    ) -> Change:
        """Take a step of the state machine, give up HEAD where the state does not hold it.

        Raises:
            IllegalTransitionError: There is no such step.
            ConflictError: It has moved meanwhile; nothing was changed.
        """

    def started(
        self, change: Change, task_arn: str, due_at: datetime, now: datetime, applied: Mapping[str, str]
    ) -> Change:
        """Move a restart to ``deploying`` and remember whose place the task has that it started, at once.

        Raises:
            ConflictError: It has moved meanwhile; whose place the task has is remembered all the same.
        """

    def note(self, change: Change, applied: Mapping[str, str]) -> Change:
        """Add to what came of a Change without moving it; raises ConflictError like ``move``."""

    def roll_back(self, parent: Change, rollback: Change, now: datetime, outcome: str, sentence: str) -> None:
        """Move ``parent`` to ``rolling_back`` and record ``rollback``, which inherits HEAD, at once."""

    def wait(self, change: Change, turn: Turn, due_at: datetime, reason: str, sentence: str) -> None:
        """Set whose turn it is and when, in the same state; raises ConflictError like ``move``."""

    def ring(self, change: Change) -> None:
        """Touch a Change that is due for ``apply``, so that the stream wakes the applier."""


class Control(Protocol):
    """The Control table: what steers Trimtab and what it remembers."""

    def switch_and_policy(self) -> tuple[Switch, Policy | None]:
        """Read both together, consistently; an unreadable switch stops, an unreadable policy is None."""

    def remember_recipe(self, recipe: Recipe, at: datetime) -> None:
        """Keep how a task was launched, its overrides sealed."""

    def has_recipe(self, task_arn: str) -> bool:
        """Tell whether a recipe is kept, without opening it."""

    def open(self, sealed: SealedRecipe) -> Recipe:
        """Return a recipe with its overrides open."""

    def remembered(self, task: Task, now: datetime) -> Remembered:
        """Return what is remembered of a task and its family, with switch and policy, in one call."""

    def before_start(
        self, task_arn: str, cluster: str, cause_class: CauseClass | None, shares: Sequence[str]
    ) -> BeforeStart:
        """Return what a restart is carried out on, with switch and policy, in one call.

        Args:
            task_arn: The first task of the lineage.
            cluster: Name of its cluster.
            cause_class: Of the stop, None where its brakes cannot be known.
            shares: What the stop may share with others, as ``decisions.storm.shares_of`` tells it.
        """

    def remember_request(self, task_arn: str, request: LaunchRequest, at: datetime) -> None:
        """Keep what somebody asked of RunTask for a task, whether or not its recipe is there yet."""

    def launch_request(self, task_arn: str) -> LaunchRequest | None:
        """Return what was asked of RunTask for a task, None where nobody told."""

    def remember_live(self, task: Task, at: datetime) -> None:
        """Keep that a task of a declared family runs, until it is forgotten."""

    def live_tasks(self) -> Sequence[LiveTask]:
        """Return the tasks of declared families that were seen running and are not forgotten."""

    def forget_live(self, task_arn: str) -> None:
        """Forget that a task ran: how it ended is kept."""

    def lineage(self, task_arn: str) -> Lineage:
        """Return the lineage of a task; one that we never started is its own root."""

    def memory_floor_mib(self, workload: str, now: datetime) -> int:
        """Return the size below which a workload was killed for memory, 0 when none is in force."""

    def memory_floor(self, workload: str, now: datetime) -> MemoryFloor | None:
        """Return the same with its end, None when none is in force."""

    def raise_floor(self, workload: str, memory_mib: int, now: datetime) -> None:
        """Remember a memory kill: no smaller size until it expires."""

    def quarantined_at(self, revision: str) -> datetime | None:
        """Return when a revision of a standalone task failed twice alike; None when it has not, lately."""

    def quarantine(self, revision: str, change_id: str, at: datetime) -> None:
        """Remember that a revision failed twice in the same way right after its start."""

    def cleared_at(self, workload: str) -> datetime | None:
        """Return when a person last cleared a workload of what counts against it; None when nobody has."""

    def episodes(self) -> Mapping[str, Episode]:
        """Return the open episodes of exhausted pools by service ARN."""

    def episode(self, service_arn: str) -> Episode | None:
        """Return the open episode of one service, None when there is none."""

    def save_episode(self, service_arn: str, episode: Episode | None) -> None:
        """Keep or, with None, end an episode."""

    def sizing_history(self, workload: str) -> SizingHistory:
        """Return what is known of a workload's usage; an empty one where nothing is, or can be read."""

    def save_sizing_history(self, workload: str, history: SizingHistory, now: datetime) -> None:
        """Keep what is known of a workload's usage."""

    def propose_memory(self, workload: str, memory_mib: int, now: datetime) -> None:
        """Remember for a week how much memory a family (``family_workload``) should have; 0: no more."""

    def note_at_risk(self, workload: str, why: frozenset[str], now: datetime) -> None:
        """Remember for a day what of a workload is to be looked at every hour."""

    def at_risk(self, now: datetime) -> Mapping[str, frozenset[str]]:
        """Return by workload what of it is to be looked at."""

    def save_plan_row(self, run: str, service_arn: str, row: Mapping[str, Scalar], now: datetime) -> None:
        """Keep what a run decided for one service."""

    def plan_rows(self, run: str) -> Mapping[str, Mapping[str, Scalar]]:
        """Return what a run decided, by service ARN."""


class Stops(Protocol):
    """The archive of stops: 30 days of them, each kept once."""

    def archive(self, stop: Stop, at: datetime) -> bool:
        """Keep a stop as it was judged first; False when it has been kept before."""

    def is_archived(self, task: Task) -> bool:
        """Tell whether this stop has been judged before."""

    def of_service(self, service_arn: str, since: datetime) -> tuple[Stop, ...]:
        """Return the stops of a service's tasks since then, oldest first; read consistently."""

    def newest(
        self, cluster: str, service: str | None, family: str, since: datetime, limit: int
    ) -> tuple[Stop, ...]:
        """Return at most ``limit`` of the newest stops of one service, or of one family outside services.

        ``cluster`` and ``service`` are names; oldest first.
        """


class Storms(Protocol):
    """Stops that come together, and the brakes on their restarts; ``cluster`` is a name."""

    def count(
        self, cluster: str, cause_class: CauseClass, stop: CountedStop, now: datetime
    ) -> Sequence[CountedStop]:
        """Count a stop and return those that were counted lately, as many as are kept.

        Counting it twice is counting it once.
        """

    def tracked(self, cluster: str) -> int | None:
        """Return how many declared tasks of a cluster ran when they were counted last; None: never."""

    def note_tracked(self, cluster: str, count: int, now: datetime) -> None:
        """Remember how many declared tasks of a cluster run."""

    def brakes(self, cluster: str, cause_class: CauseClass) -> Sequence[Brake]:
        """Return the brakes of a cluster and a class, those that have been closed lately too."""

    def put(self, brake: Brake, now: datetime) -> bool:
        """Take the step to a version of a brake; False when somebody else has taken it."""


class Budgets(Protocol):
    """Counting what was done against its limits, and how it ended."""

    def charge(self, charges: Sequence[Charge], holder: str) -> Charge | None:
        """Count ``holder`` against all of the limits at once; return the first that is reached, or None.

        Charging twice for the same holder is charging once.

        Raises:
            ThrottledError: Too many were counted at this instant; ask again later.
        """

    def release(self, scope: str, window: str, holder: str) -> None:
        """Give back a place in a count that lasts."""

    def holders(self, scope: str, window: str) -> list[str]:
        """Return who is counted."""

    def record(self, era: str) -> Record:
        """Return how our own changes have ended, with what has ended well of those begun in an era."""

    def note_end(self, good: bool, at: datetime, era: str, change_id: str) -> None:
        """Add the end of a Change that was begun in an era to the record; twice is once."""


class ApiShare(Protocol):
    """Our share of the rate of the ECS API, which every call of it is taken from."""

    def working_for(self, kind: Kind, seconds: float = ...) -> AbstractContextManager[None]:
        """Let calls inside the block count as work of a kind, and wait for it ``seconds`` in all at most.

        Less urgent kinds leave a part of the burst to more urgent ones. Where a call cannot be taken in
        time, ``ShareSpentError`` comes out of whatever asked ECS; nothing was sent then.
        """


class Parameters(Protocol):
    """Where sizes are handed over."""

    def put(self, name: str, value: str) -> None:
        """Write one SSM parameter."""


class Notices(Protocol):
    """Telling people and programs."""

    def publish(self, change: Change) -> None:
        """Send one notice of where a Change stands now."""


class Telemetry(Protocol):
    """Logs and metrics: one flat line a decision."""

    def note(self, message: str, **fields: Scalar) -> None:
        """Write one structured log line."""

    def count(self, metric: str, value: float = 1) -> None:
        """Add to a fleet-level metric."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything a workflow may touch, and the settings of this installation."""

    clock: Clock
    services: Services
    deployment_history: DeploymentHistory
    task_definitions: TaskDefinitions
    tasks: Tasks
    deployer: Deployer
    usage: UsageReader
    insights: Insights
    prices: Prices
    signals: HealthSignals
    autoscaling: Autoscaling
    task_counts: TaskCounts
    network_interfaces: NetworkInterfaces
    schedules: Schedules
    schedule_metrics: ScheduleMetrics
    changes: Changes
    control: Control
    stops: Stops
    storms: Storms
    budgets: Budgets
    api_share: ApiShare
    parameters: Parameters
    notices: Notices
    telemetry: Telemetry
    default_mode: Mode
    clusters: tuple[str, ...]
    largest: TaskSize
    """What IAM lets Trimtab register: no setting allows more."""
    release: str
    capacity_providers: tuple[str, ...] = ()
    """Those that something may be moved to."""
    applier_role: str = ""
    """Name of the role under which Trimtab changes ECS, empty when it is not known."""


@dataclass(frozen=True, slots=True)
class Laptop:
    """What the read-only commands of a person touch: no table of ours, and nothing that could write."""

    clock: Clock
    services: Services
    deployment_history: DeploymentHistory
    task_definitions: TaskDefinitions
    usage: UsageReader
    insights: Insights
    prices: Prices
    autoscaling: Autoscaling
    task_counts: TaskCounts
    second_opinions: SecondOpinions
    region: str
