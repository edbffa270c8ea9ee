"""A backtest as tables."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from trimtab_cli.backtest.compare import Ratio
from trimtab_cli.backtest.figures import Figures
from trimtab_cli.backtest.report import Group, Row
from trimtab_cli.backtest.run import AGAINST

FIGURES = (
    ("cost", "cost_to_oracle", 3),
    ("short %", "short_percent", 2),
    ("shed %", "shed_percent", 2),
    ("OOM", "oom", 1),
    ("OOM days", "oom_days", 1),
    ("early", "early_oom", 2),
    ("changes", "deployments", 2),
    ("A-B-A", "returns", 2),
    ("saving", "first_saving_day", 0),
    ("recovered", "under_recovered_days", 1),
    ("never %", "under_never_percent", 0),
    ("OOM", "under_oom", 1),
    ("shed %", "under_shed_percent", 2),
)
LEGEND = (
    "cost: running cost of the judged days, to that of the cheapest size that holds every sample of a day.\n"
    "short, shed: share of time, and of load, for which CPU was lacking. OOM, OOM days: kills for memory,\n"
    "and days with one, per 1,000 days; early: kills a series in the warm-up. changes, A-B-A: deployments,\n"
    "and those back to a size left within 14 days, per 30 days. saving: median day of the first cheaper\n"
    "size. The last four start at half of what is needed: mean days until one without trouble, series that\n"
    "never have one, kills a series, load shed."
)


def show(out: Console, found: Sequence[Group]) -> None:
    """Write the tables of each group, then what the columns are."""
    for group in found:
        out.print(_figures(group))
        if any(row.against for row in group.rows):
            out.print(_comparison(group))
    out.print(LEGEND, style="dim", highlight=False)


def _figures(group: Group) -> Table:
    title = f"{group.name}: {group.series} series, {group.judged_days:,} judged days"
    table = Table("policy", title=title, title_justify="left", box=None, pad_edge=False)
    for heading, *_ in FIGURES:
        table.add_column(heading, justify="right")
    for row in group.rows:
        table.add_row(row.policy, *(_cell(row.figures, name, places) for _, name, places in FIGURES))
    return table


def _cell(figures: Figures, name: str, places: int) -> str:
    value = getattr(figures, name)
    return "-" if value is None else f"{value:.{places}f}"


def _comparison(group: Group) -> Table:
    title = f"{group.name}, against {AGAINST}: ratio, and 95 of 100 draws of series"
    table = Table("policy", title=title, title_justify="left", box=None, pad_edge=False)
    for heading in ("cost", "OOM days", "OOM", "shed", "changes"):
        table.add_column(heading, justify="right")
    for row in group.rows:
        if row.against is not None:
            table.add_row(row.policy, *_ratios(row))
    return table


def _ratios(row: Row) -> list[str]:
    return [_told(ratio) for ratio in (row.against or {}).values()]


def _told(ratio: Ratio) -> str:
    if ratio.ratio is None:
        return "-"
    return f"{ratio.ratio:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
