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
_IMAGE = r"[\"']?(\w[\w.\-/]*(?::[\w.\-]+)?(?:@sha256:[0-9a-f]{64})?)"
_IMAGE_AFTER = tuple(
    re.compile(words + r"\s+" + _IMAGE)
    for words in ("failed to resolve ref", "failed to resolve reference", "manifest for", "access denied for")
)


def named_image(text: str, containers: tuple[Container, ...]) -> str | None:
    """Return the image a pull failed on: the one the text names, else the only one it can be."""
    for container in containers:
        if container.image and container.image in text:
            return container.image
    for pattern in _IMAGE_AFTER:
        found = pattern.search(text)
        if found:
            return found[1].rstrip(".:")
    complained = {c.image for c in containers if c.image and "CannotPull" in (c.reason or "")}
    images = complained or {c.image for c in containers if c.image}
    return images.pop() if len(images) == 1 else None


def named_resource(text: str) -> str | None:
    """Return the ARN or id of what is missing or denied, or None when the text names nothing."""
    for pattern in (_RESOURCE_ARN, *_OTHERS):
        found = pattern.search(text)
        if found:
            return found[0].rstrip(".:")
    return None
