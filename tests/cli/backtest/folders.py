"""Folders of recorded series, made up."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from trimtab_cli.backtest.series import Series, on_grid

META = (
    "series_id,source,n,start,days,coverage,cpu_unit,mem_unit,cap_vcpu,cap_mib,"
    "cap_known,interval_s,ts_nominal"
)
MIDNIGHT = 1_700_006_400


def write_folder(folder: Path, rows: Sequence[str], meta: str = "vcpu,mib,1,1000", header: str = "") -> Path:
    """Write one series ``a`` of the source ``made`` as it stands in ``rows``."""
    (folder / "meta.csv").write_text(f"{META}\na,made,1,{MIDNIGHT},1,1,{meta},1,300,0\n")
    text = "\n".join([header or "series_id,timestamp,cpu,memory", *rows]) + "\n"
    with gzip.open(folder / "made.csv.gz", "wt") as file:
        file.write(text)
    return folder


def series_of(vcpu: Sequence[float], memory_mib: Sequence[float] | None, series_id: str = "a") -> Series:
    """Return a series with a sample in each period from a midnight on."""
    seconds = MIDNIGHT + 300 * np.arange(len(vcpu))
    memory = None if memory_mib is None else np.array(memory_mib, dtype=float)
    return on_grid(series_id, "made", seconds, np.array(vcpu, dtype=float), memory)
