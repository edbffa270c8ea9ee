"""What the stack's resources are called: their physical names, ARNs and URLs."""

from dataclasses import dataclass, field
from typing import Any

from trimtab_cli.dispatcher.refusal import Refusal

# Type: service of the ARN, what stands before the name in it, property with the name, what Ref gives.
_KINDS: dict[str, tuple[str, str, str, str]] = {
    "AWS::Serverless::Function": ("lambda", "function:", "FunctionName", "name"),
    "AWS::Lambda::Function": ("lambda", "function:", "FunctionName", "name"),
    "AWS::SQS::Queue": ("sqs", "", "QueueName", "url"),
    "AWS::DynamoDB::Table": ("dynamodb", "table/", "TableName", "name"),
    "AWS::SNS::Topic": ("sns", "", "TopicName", "arn"),
    "AWS::Serverless::StateMachine": ("states", "stateMachine:", "Name", "arn"),
    "AWS::StepFunctions::StateMachine": ("states", "stateMachine:", "StateMachineName", "arn"),
    "AWS::Events::Rule": ("events", "rule/", "Name", "name"),
    "AWS::Scheduler::Schedule": ("scheduler", "schedule/default/", "Name", "name"),
    "AWS::Scheduler::ScheduleGroup": ("scheduler", "schedule-group/", "Name", "name"),
    "AWS::Logs::LogGroup": ("logs", "log-group:", "LogGroupName", "name"),
    "AWS::IAM::Role": ("iam", "role/", "RoleName", "name"),
    "AWS::KMS::Key": ("kms", "key/", "", "name"),
    "AWS::KMS::Alias": ("kms", "", "AliasName", "name"),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Names of one stack in one account and Region; the same template gives the same names.

    ``physical`` holds the names that only the service can give, such as a key's id.
    """

    account: str
    region: str
    stack_name: str
    declared: dict[str, Any]
    physical: dict[str, str] = field(default_factory=dict)

    def name(self, logical_id: str, where: str | None = None) -> str:
        """Return the physical name: the template's, when it is plain text, else stack and logical id."""
        if logical_id in self.physical:
            return self.physical[logical_id]
        resource = self.declared[logical_id]
        given = resource.get("Properties", {}).get(self._kind(logical_id, where or logical_id)[2])
        if isinstance(given, dict):
            given = self._named_by_sub(given, logical_id)
        return given if isinstance(given, str) else f"{self.stack_name}-{logical_id}"

    def arn(self, logical_id: str, where: str | None = None) -> str:
        """Return the ARN of a resource of the stack."""
        service, before, _, _ = self._kind(logical_id, where or logical_id)
        region = "" if service == "iam" else self.region
        return f"arn:aws:{service}:{region}:{self.account}:{before}{self.name(logical_id)}"

    def ref(self, name: str, where: str) -> str:
        """Return what ``Ref`` gives for a resource or a pseudo parameter."""
        pseudo = self._pseudo().get(name)
        if pseudo is not None:
            return pseudo
        form = self._kind(name, where)[3]
        if form == "url":
            return f"https://sqs.{self.region}.amazonaws.com/{self.account}/{self.name(name)}"
        return self.arn(name) if form == "arn" else self.name(name)

    def attribute(self, logical_id: str, attribute: str, where: str) -> str:
        """Return what ``Fn::GetAtt`` gives."""
        _, _, name_property, _ = self._kind(logical_id, where)
        if attribute in ("Arn", "TopicArn"):
            return self.arn(logical_id)
        if attribute == "StreamArn":
            return f"{self.arn(logical_id)}/stream"
        if attribute in ("Name", name_property):
            return self.name(logical_id)
        raise Refusal(where, f"the attribute {logical_id}.{attribute} is not modelled")

    def logical_id(self, arn: str) -> str | None:
        """Return whose ARN this is, or None when it is not of this stack."""
        for logical_id, resource in self.declared.items():
            if resource["Type"] in _KINDS and arn == self.arn(logical_id):
                return logical_id
        return None

    def _kind(self, logical_id: str, where: str) -> tuple[str, str, str, str]:
        resource = self.declared.get(logical_id)
        if resource is None:
            raise Refusal(where, f"nothing in the template is called {logical_id!r}")
        if resource["Type"] not in _KINDS:
            raise Refusal(where, f"a reference to {logical_id} ({resource['Type']}) is not modelled")
        return _KINDS[resource["Type"]]

    def _pseudo(self) -> dict[str, str]:
        stack = f"stack/{self.stack_name}/00000000-0000-4000-8000-000000000000"
        return {
            "AWS::Region": self.region,
            "AWS::AccountId": self.account,
            "AWS::Partition": "aws",
            "AWS::StackName": self.stack_name,
            "AWS::StackId": f"arn:aws:cloudformation:{self.region}:{self.account}:{stack}",
            "AWS::URLSuffix": "amazonaws.com",
        }

    def _named_by_sub(self, given: dict[str, Any], logical_id: str) -> str:
        text = given.get("Fn::Sub")
        if not isinstance(text, str):
            raise Refusal(logical_id, f"the name {given!r} is not modelled")
        for name, value in self._pseudo().items():
            text = text.replace(f"${{{name}}}", value)
        if "${" in text:
            raise Refusal(logical_id, f"the name {text!r} needs more than pseudo parameters")
        return text
