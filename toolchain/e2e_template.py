"""Write the template that `make e2e` deploys into the emulator on this machine.

It is the shipped template but for three things. The code is built for this machine's processor. What only the
application repository reads is left out. And endpoints of simulated AWS services can be set on the functions;
the shipped template has no such parameters, because with them a stack update could send production writes
elsewhere.

    python -m toolchain.e2e_template template.yaml e2e.yaml [--endpoint ecs=http://127.0.0.1:4999 ...]
"""

import argparse
import platform
from pathlib import Path
from typing import Any

import yaml
from samtranslator.yaml_helper import yaml_parse

Template = dict[str, Any]


def this_architecture() -> str:
    """Lambda's name for this machine's processor."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def endpoint_variable(service: str) -> str:
    """The variable by which SDKs find a service: ``ecs`` -> ``AWS_ENDPOINT_URL_ECS``."""
    return "AWS_ENDPOINT_URL_" + service.upper().replace("-", "_")


def for_emulator(template: Template, root: Path, endpoints: dict[str, str]) -> Template:
    """Return ``template`` for this machine, its code paths absolute, with endpoints set on every function."""
    architecture = this_architecture()
    del template["Metadata"]["AWS::ServerlessRepo::Application"]  # names files beside the shipped template
    function_globals = template["Globals"]["Function"]
    function_globals["Architectures"] = [architecture]
    function_globals["Environment"]["Variables"] |= {
        endpoint_variable(s): url for s, url in endpoints.items()
    }
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Metadata"]["BuildArchitecture"] = architecture
            properties["CompatibleArchitectures"] = [architecture]
        for path in ("CodeUri", "ContentUri", "DefinitionUri"):
            if path in properties:
                properties[path] = str(root / properties[path])
    return template


def main() -> None:
    """Read the arguments and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--endpoint", action="append", default=[], metavar="SERVICE=URL")
    arguments = parser.parse_args()
    template = yaml_parse(arguments.source.read_text(encoding="utf-8"))
    endpoints = dict(one.split("=", 1) for one in arguments.endpoint)
    written = for_emulator(template, arguments.source.resolve().parent, endpoints)
    arguments.target.write_text(yaml.safe_dump(written, sort_keys=False, width=1000), encoding="utf-8")


if __name__ == "__main__":
    main()
