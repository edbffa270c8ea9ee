"""The resource that a reason text names: the image, secret, log group or subnet a person has to look at."""

import re

from trimtab.model.task import Container

# ARNs of things to repair; roles and sessions are who asked, not what is wrong.
_RESOURCE_ARN = re.compile(
    r"arn:[\w-]+:(?:secretsmanager|ssm|kms|ecr|logs|s3|elasticfilesystem):[^\s'\",;)\]]+"
)
_OTHERS = (
    re.compile(r"\bsubnet-[0-9a-f]+\b"),
    re.compile(r"\bfs-[0-9a-f]+\b"),
    re.compile(r"\beni-[0-9a-f]+\b"),
)
_IMAGE = re.compile(
    r"(?:failed to resolve ref|manifest for|access denied for|pull image|failed to copy)\s+[\"']?"
    r"([\w][\w.\-/]*(?::[\w.\-]+)?(?:@sha256:[0-9a-f]{64})?)"
)


def named_image(text: str, containers: tuple[Container, ...]) -> str | None:
    """Return the image a pull failed on: of the container that says so, else from the text."""
    for container in containers:
        if container.image and container.reason and "CannotPull" in container.reason:
            return container.image
    found = _IMAGE.search(text)
    if found:
        return found[1].rstrip(".:")
    images = {container.image for container in containers if container.image}
    return images.pop() if len(images) == 1 else None


def named_resource(text: str) -> str | None:
    """Return the ARN or id of what is missing or denied, or None when the text names nothing."""
    for pattern in (_RESOURCE_ARN, *_OTHERS):
        found = pattern.search(text)
        if found:
            return found[0].rstrip(".:")
    return None
