"""Write the template as CloudFormation gets it, so that its linter sees what SAM made of it.

cfn-lint reports unknown IAM actions and wrong rates only on translated templates. No network is used: code
that `sam build` would upload is replaced by an address that is never read.

    python -m toolchain.translate_template template.yaml translated.json
"""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

NOT_UPLOADED = "s3://not-uploaded/code.zip"
CODE_PROPERTIES = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}


def translate(template_path: Path) -> dict[str, Any]:
    """Return the template at ``template_path`` after SAM's transform, as CloudFormation would receive it."""
    template: dict[str, Any] = yaml_parse(template_path.read_text(encoding="utf-8"))
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if (code := CODE_PROPERTIES.get(resource["Type"])) is not None:
            properties[code] = NOT_UPLOADED
        if resource["Type"] == "AWS::Serverless::StateMachine":
            definition = template_path.parent / properties.pop("DefinitionUri")
            properties["Definition"] = json.loads(definition.read_text(encoding="utf-8"))
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="eu-west-1"))
    translated: dict[str, Any] = translator.translate(template, {})
    return translated


if __name__ == "__main__":
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.write_text(json.dumps(translate(source), indent=1), encoding="utf-8")
