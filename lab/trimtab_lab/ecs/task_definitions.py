"""The API of task definitions."""

from trimtab_lab.ecs.answers import Json, page
from trimtab_lab.ecs.compatibility import compatibilities, required_attributes
from trimtab_lab.ecs.errors import client
from trimtab_lab.ecs.registration import normalised
from trimtab_lab.ecs.tags import read_tags, tag_list
from trimtab_lab.ecs.task_definition import TaskDefinition
from trimtab_lab.ecs.world import World


class TaskDefinitions:
    """Registers, deregisters, describes and lists revisions."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.operations = {
            "RegisterTaskDefinition": self.register,
            "DeregisterTaskDefinition": self.deregister,
            "DescribeTaskDefinition": self.describe,
            "ListTaskDefinitions": self.list_arns,
            "ListTaskDefinitionFamilies": self.list_families,
        }

    def register(self, request: Json) -> Json:
        """Make the next revision of a family."""
        content = normalised(request)
        tags = read_tags(request.get("tags"))
        family = content["family"]
        revisions = self._world.families.setdefault(family, [])
        revision = len(revisions) + 1
        definition = TaskDefinition(
            arn=self._world.arn(f"task-definition/{family}:{revision}"),
            family=family,
            revision=revision,
            content=content,
            compatibilities=compatibilities(content),
            requires_attributes=required_attributes(content),
            registered_at=self._world.clock.now,
            registered_by=self._world.caller,
            tags=tags,
        )
        revisions.append(definition)
        answer: Json = {"taskDefinition": definition.describe()}
        if tags:
            answer["tags"] = tag_list(tags)
        return answer

    def deregister(self, request: Json) -> Json:
        """Make a revision INACTIVE: what runs it goes on, nothing new may use it."""
        reference = request["taskDefinition"]
        if ":" not in reference.rsplit("/", 1)[-1]:
            raise client("Task definition must be given as family:revision or as a full ARN.")
        definition = self._world.find_definition(reference)
        if definition is None:
            raise client("The specified task definition does not exist.")
        if definition.status == "ACTIVE":
            definition.status = "INACTIVE"
            definition.deregistered_at = self._world.clock.now
        return {"taskDefinition": definition.describe()}

    def describe(self, request: Json) -> Json:
        """Return one revision; a bare family means its latest ACTIVE one."""
        definition = self._world.find_definition(request["taskDefinition"])
        if definition is None:
            raise client("Unable to describe task definition.")
        answer: Json = {"taskDefinition": definition.describe()}
        if "TAGS" in request.get("include", []):
            answer["tags"] = tag_list(definition.tags)
        return answer

    def list_arns(self, request: Json) -> Json:
        """Return ARNs by family, then revision; ``sort`` turns the whole order."""
        status = request.get("status", "ACTIVE")
        prefix = request.get("familyPrefix")
        arns = [
            definition.arn
            for family in sorted(self._world.families)
            if prefix is None or family == prefix
            for definition in self._world.families[family]
            if definition.status == status
        ]
        if request.get("sort") == "DESC":
            arns.reverse()
        return page(request, "taskDefinitionArns", arns)[1]

    def list_families(self, request: Json) -> Json:
        """Return family names; ACTIVE ones have an ACTIVE revision."""
        wanted = request.get("status", "ACTIVE")
        names = [
            family
            for family, revisions in sorted(self._world.families.items())
            if family.startswith(request.get("familyPrefix", "")) and _matches(revisions, wanted)
        ]
        return page(request, "families", names)[1]


def _matches(revisions: list[TaskDefinition], wanted: str) -> bool:
    active = any(definition.status == "ACTIVE" for definition in revisions)
    return wanted == "ALL" or active == (wanted == "ACTIVE")
