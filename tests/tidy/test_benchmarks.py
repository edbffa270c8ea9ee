"""A benchmark that nobody runs for a while still runs."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def test_what_is_asked_of_the_ecs_api_is_measured_for_a_small_fleet():
    command = [sys.executable, BENCHMARKS / "api_rates.py", "24", "25"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    plans = [line for line in done.stdout.splitlines() if line.startswith(("first plan", "plan of the day"))]
    assert len(plans) == 2 and all("24}" in line for line in plans), "each service has its row"
