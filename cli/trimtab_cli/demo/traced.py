"""The demo's services driven by real series instead of made-up ones."""

from pathlib import Path

from trimtab_cli.demo.fleet import MACHINES, SERVICES
from trimtab_lab.account import Account
from trimtab_lab.demand import CELL_SECONDS, CELLS_A_DAY, Demand
from trimtab_lab.grid import fargate_sizes
from trimtab_lab.traces import choose, read_meta, read_series

MEMORY_ROOM = 1.05
"""A team gives its service at least a little more than it ever used."""


class Traced:
    """A folder of series in the documented format (docs/traces.md).

    Raises:
        TraceError: The folder cannot be read; the text names the file and the fault.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._infos = [info for info in read_meta(folder) if info.interval_seconds <= CELL_SECONDS]

    def demands(self, lab: Account, days: int) -> tuple[dict[str, Demand], dict[str, tuple[int, int]]]:
        """Return for each Fargate service a series drawn by the seed, and the size its team would choose.

        The team's size is the smallest Fargate size that holds the machine the series was recorded on,
        and its highest memory.
        """
        names = [row.name for row in SERVICES if row.strategy != MACHINES and row.name != "catalog"]
        chosen = choose(self._infos, len(names), lab.random("traces"))
        series = read_series(self._folder, chosen)
        first = int(lab.clock.now // CELL_SECONDS)
        demands: dict[str, Demand] = {}
        sizes: dict[str, tuple[int, int]] = {}
        for name, info in zip(names, chosen, strict=True):
            demand = series[info.series_id].from_cell(first)
            demands[name] = demand
            cells = range(first, first + days * CELLS_A_DAY)
            peak = max(demand.at(cell).memory_peak_mib for cell in cells) * MEMORY_ROOM
            need = (info.capacity_vcpu * 1024, max(info.capacity_mib, peak))
            holding = [size for size in fargate_sizes() if size[0] >= need[0] and size[1] >= need[1]]
            sizes[name] = min(holding, default=fargate_sizes()[-1])
        return demands, sizes
