"""What ran on which implementation, told at the end of a test run."""

import re
from collections import defaultdict

import pytest

_TOLD = pytest.StashKey[bool]()
_WHERE = re.compile(r"contract/test_(\w+)\.py::(\w+)\[(.*)\]")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what ran on which implementation, and every skip with its reason."""
    if terminalreporter.config.stash.get(_TOLD, False):
        return  # more than one conftest may have asked for it
    terminalreporter.config.stash[_TOLD] = True
    ran: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    skips: list[str] = []
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            where = _WHERE.search(getattr(report, "nodeid", ""))
            if where is None:
                continue
            area, test, parameters = where.groups()
            name = "moto" if "moto" in parameters.split("-") else "lab"
            if outcome == "skipped":
                skips.append(f"  not on {name}: {area}: {test}: {_reason(report)}")
            else:
                ran[area][name] += 1
    if not ran:
        return
    terminalreporter.section("contract suite: laboratory and moto")
    for area, counts in sorted(ran.items()):
        terminalreporter.line(f"  {area:24} lab {counts['lab']:3}   moto {counts['moto']:3}")
    for skip in sorted(skips):
        terminalreporter.line(skip)


def _reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    return str(reason).removeprefix("Skipped: ")
