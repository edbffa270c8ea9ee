"""The stack, deployed into an emulator on loopback, with the laboratory's ECS behind it.

The emulator runs the functions, rules, schedules, queues, streams and tables; it does not know what ECS does.
So the functions' ECS, EC2, CloudWatch and Application Auto Scaling are the laboratory's, over HTTP, and what
its ECS tells EventBridge is sent to the emulator's.
"""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import boto3
import pytest
import yaml

from tests.tidy.stack import ROOT, TEMPLATE, camel, template
from toolchain.e2e_template import for_emulator, this_architecture
from trimtab_lab.account import Account, make_lab
from trimtab_lab.http import serve

ACCOUNT, REGION, STACK = "111122223333", "eu-west-1", "trimtab"
OF_THE_LAB = ("ecs", "ec2", "cloudwatch", "application-autoscaling")
LAB_SPEED = 3.0  # simulated seconds in a second: tasks start sooner, yet the clocks stay within minutes
PARAMETERS = "MayChangeEcs=yes Clusters=prod"
BUILD = ROOT / ".build/e2e"


@dataclass(frozen=True)
class Deployed:
    """The deployed stack and how to reach it, and the account in which its functions see ECS."""

    url: str
    lab_url: str
    lab: Account
    names: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.url, region_name=REGION)

    def person(self) -> Any:
        """A client of ECS as the functions see it, for what people do there."""
        return boto3.client("ecs", endpoint_url=self.lab_url, region_name=REGION)

    def invoke(self, feature: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke a function and wait for its answer."""
        answer = self.client("lambda").invoke(
            FunctionName=self.names[camel(feature) + "Function"], Payload=json.dumps(event)
        )
        return {
            "error": answer.get("FunctionError"),
            "payload": json.loads(answer["Payload"].read() or "null"),
        }

    def waiting(self, queue: str) -> int:
        """Messages in a queue, those in flight included."""
        attributes = self.client("sqs").get_queue_attributes(
            QueueUrl=self.names[queue],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return sum(int(value) for value in attributes.values())


def wait_until(holds, seconds: float, why: str) -> None:
    """Look every half second until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {why}"
        time.sleep(0.5)  # noqa: TID251 - the emulator lives in real time


@pytest.fixture(scope="session")
def deployed() -> Iterator[Deployed]:
    """Build, start the emulator, deploy."""
    sam, python313 = os.environ.get("TRIMTAB_SAM"), os.environ.get("TRIMTAB_MINISTACK")
    if not sam or not python313:
        pytest.skip("run these with `make e2e`, which installs the emulator and aws-sam-cli")
    BUILD.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with (BUILD / "emulator.log").open("w") as log:
        emulator = subprocess.Popen(
            [python313, str(ROOT / "tests/e2e/emulator.py")],
            env={
                "PATH": os.environ["PATH"],
                "BIND_HOST": "127.0.0.1",  # its default is every interface
                "GATEWAY_PORT": str(port),
                "MINISTACK_ACCOUNT_ID": ACCOUNT,
                "IOT_MTLS_ENABLED": "0",
            },
            stdout=log,
            stderr=log,
        )
    lab = make_lab(seed=1, start=datetime.now(UTC), account=ACCOUNT, region=REGION)  # noqa: TID251 - as the functions' clock
    behind = serve(lab, speed=LAB_SPEED)
    try:
        wait_until(lambda: _answers(url), 30, "the emulator answers")
        _build_and_deploy(sam, url, python313, dict.fromkeys(OF_THE_LAB, behind.url))
        told = _tell(lab, boto3.client("events", endpoint_url=url, region_name=REGION))
        cloudformation = boto3.client("cloudformation", endpoint_url=url, region_name=REGION)
        resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
        yield Deployed(
            url, behind.url, lab, {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
        )
        told.put(None)
    finally:
        behind.close()
        emulator.terminate()
        emulator.wait(timeout=10)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _tell(lab: Account, events: Any) -> Queue:
    """Send on, in a thread of its own, whatever the laboratory's ECS tells its event bus."""
    told: Queue = Queue()
    lab.bus.listen(told.put)

    def send() -> None:
        while (event := told.get()) is not None:
            entry = {
                "Source": event["source"],
                "DetailType": event["detail-type"],
                "Resources": event["resources"],
            }
            events.put_events(Entries=[{**entry, "Detail": json.dumps(event["detail"])}])

    Thread(target=send, daemon=True).start()
    return told


def _build_and_deploy(sam: str, url: str, python313: str, endpoints: dict[str, str]) -> None:
    generated = BUILD / "template.yaml"
    generated.write_text(
        yaml.safe_dump(for_emulator(template(), TEMPLATE.parent, endpoints), sort_keys=False, width=1000)
    )
    built = BUILD / "built"
    tools = {
        "TRIMTAB_UV": str(ROOT / ".tools/bin/uv"),
        "TRIMTAB_PYTHON": str(ROOT / ".tools/bin/python"),
        "TRIMTAB_PYTHON313": python313,
        "TRIMTAB_ARCHITECTURE": this_architecture(),
        "SAM_CLI_TELEMETRY": "0",
    }
    _run(
        [sam, "build", "--template-file", str(generated), "--build-dir", str(built), "--base-dir", str(ROOT)],
        tools,
    )
    deploy = [
        "deploy",
        "--template-file",
        str(built / "template.yaml"),
        "--stack-name",
        STACK,
        "--resolve-s3",
    ]
    options = [
        "--capabilities",
        "CAPABILITY_IAM",
        "--region",
        REGION,
        "--no-confirm-changeset",
        "--parameter-overrides",
        PARAMETERS,
        "--no-progressbar",
    ]
    _run([sam, *deploy, *options], {**tools, "AWS_ENDPOINT_URL": url})


def _run(command: list[str], variables: dict[str, str]) -> None:
    log = BUILD / f"sam-{command[1]}.log"
    with log.open("w") as output:
        code = subprocess.call(
            command, env={**os.environ, **variables}, stdout=output, stderr=output, cwd=ROOT
        )
    assert code == 0, f"sam {command[1]} said no:\n{Path(log).read_text()[-3000:]}"
