"""Tags: a dict inside, a list of key and value at the edge."""

import re
from typing import Any

from trimtab_lab.ecs.errors import invalid

Tags = dict[str, str]

# Source: ECS Developer Guide, "Tag restrictions" (read 2026-11-22).
TAGS_MOST = 50
KEY_LETTERS_MOST, VALUE_LETTERS_MOST = 128, 256
_ALLOWED = re.compile(r"^[\w\s+\-=._:/@]*$")


def read_tags(given: list[dict[str, str]] | None, held: Tags | None = None) -> Tags:
    """Return the tags of a request on top of those already held.

    Raises:
        ApiError: A key or value the API does not take, a reserved prefix, or too many.
    """
    tags = dict(held or {})
    for tag in given or []:
        key, value = tag.get("key", ""), tag.get("value", "")
        if not key or len(key) > KEY_LETTERS_MOST or len(value) > VALUE_LETTERS_MOST:
            raise invalid(f"The tag {key!r} has no key, or a key or value that is too long.")
        if not (_ALLOWED.match(key) and _ALLOWED.match(value)):
            raise invalid(f"The tag {key!r} holds characters that tags must not have.")
        if key.lower().startswith("aws:"):
            raise invalid("Tag keys that start with aws: are reserved for AWS use.")
        tags[key] = value
    if sum(not key.startswith("aws:") for key in tags) > TAGS_MOST:
        raise invalid(f"A resource cannot have more than {TAGS_MOST} tags.")
    return tags


def tag_list(tags: Tags) -> list[dict[str, Any]]:
    """Return tags as the API lists them."""
    return [{"key": key, "value": value} for key, value in tags.items()]
