"""The API of tags, for everything that has some."""

from trimtab_lab.ecs.answers import Json
from trimtab_lab.ecs.errors import invalid, not_found
from trimtab_lab.ecs.tags import Tags, read_tags, tag_list
from trimtab_lab.ecs.world import World


class ResourceTags:
    """Sets, removes and lists the tags of a resource."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.operations = {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list_tags,
        }

    def tag(self, request: Json) -> Json:
        """Add tags, or give new values to those that are there."""
        held = self._held(request["resourceArn"])
        new = read_tags(request["tags"], held)
        held.clear()
        held.update(new)
        return {}

    def untag(self, request: Json) -> Json:
        """Remove tags by key."""
        held = self._held(request["resourceArn"])
        for key in request["tagKeys"]:
            held.pop(key, None)
        return {}

    def list_tags(self, request: Json) -> Json:
        """Return a resource's tags."""
        return {"tags": tag_list(self._held(request["resourceArn"]))}

    def _held(self, arn: str) -> Tags:
        kind, _, name = arn.partition(":task-definition/")
        if name:
            definition = self._world.find_definition(arn)
            if definition is not None:
                return definition.tags
            raise not_found("The specified task definition does not exist.")
        kind, _, name = arn.rpartition(":")[2].partition("/")
        tags = self._of(kind, name, arn)
        if tags is None:
            raise not_found(f"The specified {kind} does not exist.")
        return tags

    def _of(self, kind: str, name: str, arn: str) -> Tags | None:
        if kind == "cluster":
            cluster = self._world.clusters.get(name)
            return cluster.tags if cluster else None
        if kind == "service":
            return next(
                (s.tags for s in self._world.services() if s.arn == arn and s.status != "INACTIVE"), None
            )
        if kind == "task":
            task = self._world.tasks.get(arn)
            return task.tags if task else None
        if kind == "capacity-provider":
            provider = self._world.providers.get(name)
            return provider.tags if provider else None
        if kind == "container-instance":
            instances = (c.instances.get(arn) for c in self._world.clusters.values())
            return next((i.tags for i in instances if i), None)
        raise invalid("Invalid resource ARN.")
