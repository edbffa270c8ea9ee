"""How long reading one task event takes, with plain dataclasses as here and with msgspec Structs.

    python tests/benchmarks/parsing.py

Without msgspec installed only our own reading is measured. docs/design/0003-plain-dataclasses.md quotes it.
"""

import importlib.util
import json
import subprocess
import sys
import timeit
from pathlib import Path
from statistics import median

from trimtab.messages.task_state_change import parse_task_state_change

EVENT = Path(__file__).parents[2] / "events/restart_stopped_task/out_of_memory.json"
ROUNDS, REPEATS = 2_000, 15
STRUCTS = """
from datetime import datetime
from typing import Any
import msgspec
class Container(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    last_status: str = ""
    exit_code: int | None = None
    reason: str | None = None
    image: str | None = None
    image_digest: str | None = None
class Pair(msgspec.Struct, frozen=True):
    name: str = ""
    value: str = ""
class Attachment(msgspec.Struct, frozen=True):
    type: str = ""
    details: tuple[Pair, ...] = ()
class Task(msgspec.Struct, frozen=True, rename="camel"):
    task_arn: str
    cluster_arn: str
    last_status: str
    desired_status: str = ""
    task_definition_arn: str | None = None
    group: str | None = None
    started_by: str | None = None
    launch_type: str | None = None
    capacity_provider_name: str | None = None
    container_instance_arn: str | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    cpu: str | None = None
    memory: str | None = None
    containers: tuple[Container, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    overrides: dict[str, Any] = {}
    availability_zone: str | None = None
    platform_version: str | None = None
    enable_execute_command: bool = False
    version: int | None = None
class Event(msgspec.Struct, frozen=True, rename={"detail_type": "detail-type"}):
    id: str
    source: str
    detail_type: str
    account: str
    region: str
    time: datetime
    detail: Task
decoder = msgspec.json.Decoder(Event)
"""


def microseconds(call) -> float:
    """Median over the repeats of one call's mean time."""
    return 1e6 * median(timeit.repeat(call, number=ROUNDS, repeat=REPEATS)) / ROUNDS


def import_milliseconds(code: str) -> float:
    """Median time that ``code`` takes in a fresh interpreter, beyond one that has json and datetime."""
    timed = (
        f"import json, datetime, typing, time; t=time.perf_counter()\n{code}\nprint(time.perf_counter()-t)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)
        for _ in range(9)
    ]
    return 1e3 * median(float(run.stdout) for run in runs)


def main() -> None:
    """Print the measurements."""
    text = EVENT.read_text("utf-8")
    print(f"one {len(text)}-character event, Python {sys.version.split()[0]}")
    print(f"dataclasses: import {import_milliseconds('import trimtab.messages.task_state_change'):.1f} ms")
    read = microseconds(lambda: parse_task_state_change(json.loads(text)))
    print(f"dataclasses: json.loads and parse {read:.0f} us")
    if importlib.util.find_spec("msgspec") is None:
        print("msgspec: not installed, not measured")
        return
    scope: dict = {}
    exec(STRUCTS, scope)
    data = text.encode()
    print(f"msgspec: import and Structs {import_milliseconds(STRUCTS):.1f} ms")
    print(f"msgspec: decode {microseconds(lambda: scope['decoder'].decode(data)):.0f} us")


if __name__ == "__main__":
    main()
