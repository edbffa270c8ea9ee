"""Who starts tasks and retries them by itself, as the policy names it."""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Orchestrator:
    """One entry of ``orchestrators``: shell patterns, all that are given must match.

    ``tag`` is held against each tag's key, or against ``key=value`` where it has an equals sign.
    """

    name: str = ""
    started_by: str | None = None
    group: str | None = None
    cluster: str | None = None
    tag: str | None = None

    def starts(self, started_by: str, group: str, cluster: str, tags: Mapping[str, str]) -> bool:
        """Tell whether this entry speaks of a launch; one without a pattern speaks of none."""
        said = ((self.started_by, started_by), (self.group, group), (self.cluster, cluster))
        asked = [fnmatch.fnmatchcase(text, pattern) for pattern, text in said if pattern is not None]
        if self.tag is not None:
            whole = "=" in self.tag
            texts = (f"{key}={value}" if whole else key for key, value in tags.items())
            asked.append(any(fnmatch.fnmatchcase(text, self.tag) for text in texts))
        return bool(asked) and all(asked)
