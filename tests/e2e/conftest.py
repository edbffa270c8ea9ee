"""The stack, built for this machine and deployed into an emulator on loopback."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.tidy.stack import ROOT, TEMPLATE, camel, template
from toolchain.e2e_template import for_emulator, this_architecture

ACCOUNT, REGION, STACK = "111122223333", "eu-west-1", "trimtab"
BUILD = ROOT / ".build/e2e"


@dataclass(frozen=True)
class Deployed:
    """The deployed stack and how to reach it."""

    url: str
    names: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.url, region_name=REGION)

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
    try:
        wait_until(lambda: _answers(url), 30, "the emulator answers")
        _build_and_deploy(sam, url, python313)
        cloudformation = boto3.client("cloudformation", endpoint_url=url, region_name=REGION)
        resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
        yield Deployed(url, {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources})
    finally:
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


def _build_and_deploy(sam: str, url: str, python313: str) -> None:
    generated = BUILD / "template.yaml"
    generated.write_text(
        yaml.safe_dump(for_emulator(template(), TEMPLATE.parent, {}), sort_keys=False, width=1000)
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
