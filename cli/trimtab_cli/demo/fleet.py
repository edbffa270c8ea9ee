"""Who lives in the demo: services and jobs, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CLUSTER: Final = "prod"
SPOT: Final = ({"capacityProvider": "FARGATE_SPOT", "weight": 1},)
MACHINES: Final = ({"capacityProvider": "machines", "weight": 1},)

APPLY: Final = {"trimtab:mode": "apply"}
SPOT_FIRST: Final = {**APPLY, "trimtab:profile": "spot-first"}


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service: its size, its tags, and what its tasks ask for (``trimtab_lab.demand.Pattern``)."""

    name: str
    cpu_units: int
    memory_mib: int
    tasks: int
    tags: Mapping[str, str]
    demand: Mapping[str, Any]
    strategy: tuple[Mapping[str, Any], ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class JobRow:
    """One kind of standalone task, launched every day at ``hours``.

    ``crash_ratio`` is the share of runs that exit 1 half-way; ``memory_mib_needed`` is what a run needs.
    """

    family: str
    cpu_units: int
    memory_mib: int
    hours: tuple[float, ...]
    run_minutes: float
    declared: bool = True
    spot: bool = False
    crash_ratio: float = 0.0
    memory_mib_needed: int = 200
    image_missing: bool = False
    started_by: str = "job-runner"
    about: str = ""


def _day(cpu_units: float, memory_mib: float, **more: Any) -> Mapping[str, Any]:
    """Return a demand with a working-day cycle; CPU is that of all tasks together."""
    return {
        "cpu_units": cpu_units, "memory_mib": memory_mib,
        "daily_ratio": 0.6, "weekend_ratio": 0.6, **more,
    }  # fmt: skip


SERVICES: Final = (
    ServiceRow("orders-api", 2048, 8192, 4, APPLY, _day(1200, 1900), about="oversized, with a daily cycle"),
    ServiceRow("search", 1024, 4096, 3, APPLY, _day(1500, 3100), about="well sized"),
    ServiceRow("catalog", 512, 1024, 3, APPLY, _day(600, 560), about="a release of it leaks memory"),
    ServiceRow("thumbnails", 1024, 2048, 6, SPOT_FIRST, _day(3200, 1500), SPOT, about="lives on Spot"),
    ServiceRow("crawler", 512, 1024, 4, SPOT_FIRST, _day(1100, 700), SPOT, about="lives on Spot"),
    ServiceRow("ledger", 900, 1800, 4, APPLY, _day(1500, 900), MACHINES, about="on a small EC2 cluster"),
    ServiceRow("checkout", 2048, 4096, 3, APPLY, _day(900, 1200), about="a pipeline deploys it at night"),
    ServiceRow("billing", 1024, 2048, 2, APPLY, _day(1000, 1400), about="gets a broken release"),
    ServiceRow(
        "reports-ui", 1024, 4096, 2, {"trimtab:mode": "observe"}, _day(300, 700), about="in observe mode"
    ),
    ServiceRow(
        "accounts", 1024, 4096, 2, {"trimtab:mode": "handover"}, _day(400, 900), about="owned by Terraform"
    ),
    ServiceRow(
        "notifier", 1024, 2048, 2, {"trimtab:mode": "approve"}, _day(200, 400), about="waits for approval"
    ),
    ServiceRow("legacy-soap", 2048, 8192, 2, {"trimtab:mode": "aply"}, _day(300, 800), about="misspelt tag"),
    ServiceRow("vault", 1024, 2048, 2, {**APPLY, "trimtab:hold": "true"}, _day(300, 500), about="on hold"),
    ServiceRow("crm", 1024, 4096, 2, {}, _day(300, 700), about="without tags"),
)

JOBS: Final = (
    JobRow("nightly-import", 1024, 2048, (18.5,), 420, spot=True, about="long, on Spot"),
    JobRow("video-encode", 512, 1024, (7.0, 10.0, 13.0), 25, crash_ratio=0.3, about="crashes now and then"),
    JobRow("model-train", 1024, 2048, (3.0,), 90, memory_mib_needed=2600, about="needs more memory"),
    JobRow("month-end", 512, 1024, (6.0,), 10, image_missing=True, about="its image is missing"),
    JobRow("migrate-once", 256, 512, (9.5,), 5, declared=False, crash_ratio=0.5, about="not declared"),
    JobRow(
        "etl-step", 512, 1024, (5.0,), 15, crash_ratio=0.5, started_by="AWS Step Functions",
        about="Step Functions retries it",
    ),
)  # fmt: skip


def policy_document() -> dict[str, Any]:
    """Return the policy of the demo's team: which families are safe to run again."""
    return {
        "standalone": [
            {"cluster": CLUSTER, "family": job.family, "classes": {"application": {"window": "2h"}}}
            for job in JOBS
            if job.declared
        ]
    }


@dataclass(slots=True)
class Deploys:
    """What people deployed: service to (when, image), in order."""

    by_service: dict[str, list[tuple[float, str]]] = field(default_factory=dict)

    def add(self, service: str, at: float, image: str) -> None:
        """Note that a person or a pipeline put an image into service."""
        self.by_service.setdefault(service, []).append((at, image))
