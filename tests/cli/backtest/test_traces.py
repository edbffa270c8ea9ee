"""Reading recorded series, and saying where a file is wrong."""

import gzip

import numpy as np
import pytest

from tests.cli.backtest.folders import MIDNIGHT, write_folder
from trimtab_cli.backtest.traces import DAYS_MAX, TraceError, read_traces

GOOD = [f"a,{MIDNIGHT + 600},0.5,100", f"a,{MIDNIGHT + 900},,200", f"a,{MIDNIGHT + 1500},0.7,"]


def test_samples_lie_on_the_periods_of_their_day(tmp_path):
    (series,) = read_traces(write_folder(tmp_path, GOOD))
    assert (series.series_id, series.source, series.days) == ("a", "made", 1)
    assert series.timestamp(0) == MIDNIGHT
    assert series.vcpu[2] == 0.5 and np.isnan(series.vcpu[3]) and series.vcpu[5] == 0.7
    assert series.memory_mib is not None and list(series.memory_mib[2:4]) == [100, 200]


@pytest.mark.parametrize(
    ("meta", "vcpu", "mib"),
    [
        ("vcpu,mib,4,1000", 50, 50),
        ("percent,percent,4,1000", 2, 500),
        ("minmax,minmax,4,1000", 0.9 * 2, 600),
    ],
)
def test_each_unit_becomes_vcpu_and_mib(tmp_path, meta, vcpu, mib):
    (series,) = read_traces(write_folder(tmp_path, [f"a,{MIDNIGHT},50,50"], meta))
    assert series.vcpu[0] == pytest.approx(vcpu)
    assert series.memory_mib is not None and series.memory_mib[0] == pytest.approx(mib)


def test_finer_samples_are_the_mean_of_cpu_and_the_highest_memory(tmp_path):
    rows = [f"a,{MIDNIGHT},1,100", f"a,{MIDNIGHT + 60},3,300", f"a,{MIDNIGHT + 120},2,200"]
    (series,) = read_traces(write_folder(tmp_path, rows))
    assert series.memory_mib is not None
    assert (series.vcpu[0], series.memory_mib[0]) == (2, 300)


def test_memory_that_was_not_measured_is_none(tmp_path):
    (series,) = read_traces(write_folder(tmp_path, [f"a,{MIDNIGHT},1,"], "vcpu,none,1,"))
    assert series.memory_mib is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (f"a,{MIDNIGHT + 300},x,100", "line 3, column cpu: 'x' is not a number of 0 or more"),
        (f"a,{MIDNIGHT + 300},nan,100", "line 3, column cpu"),
        (f"a,{MIDNIGHT + 300},-1,100", "line 3, column cpu"),
        (f"a,{MIDNIGHT + 300},1,1e999", "line 3, column memory"),
        (f"a,{MIDNIGHT},1,100", "line 3, column timestamp"),
        (f"a,{MIDNIGHT - 300},1,100", "line 3, column timestamp"),
        (f"a,{MIDNIGHT + DAYS_MAX * 90_000},1,100", "line 3, column timestamp"),
        ("a,soon,1,100", "line 3, column timestamp"),
        (f"b,{MIDNIGHT},1,100", "line 3, column series_id"),
        (f"a,{MIDNIGHT + 300},1", "line 3: it has 3 columns, and line 1 names 4"),
    ],
)
def test_a_wrong_row_is_named_by_line_and_column(tmp_path, row, told):
    with pytest.raises(TraceError) as fault:
        read_traces(write_folder(tmp_path, [f"a,{MIDNIGHT},1,100", row]))
    assert "made.csv.gz" in str(fault.value) and told in str(fault.value)


def test_a_column_that_is_missing_is_named(tmp_path):
    with pytest.raises(TraceError, match=r"made\.csv\.gz, line 1: column cpu is missing"):
        read_traces(write_folder(tmp_path, [f"a,{MIDNIGHT},1"], header="series_id,timestamp,memory"))


def test_a_unit_that_nobody_knows_is_named(tmp_path):
    with pytest.raises(TraceError, match=r"meta\.csv, line 2, column cpu_unit: 'cores'"):
        read_traces(write_folder(tmp_path, GOOD, "cores,mib,1,1000"))


def test_rows_of_a_series_that_do_not_stand_together_are_named(tmp_path):
    write_folder(tmp_path, [*GOOD, f"b,{MIDNIGHT},1,1", f"a,{MIDNIGHT + 9000},1,1"])
    with (tmp_path / "meta.csv").open("a") as file:
        file.write(f"b,made,1,{MIDNIGHT},1,1,vcpu,mib,1,1000,1,300,0\n")
    with pytest.raises(TraceError, match="line 6, column series_id: 'a' is not a series"):
        read_traces(tmp_path)


def test_a_folder_without_its_files_is_named(tmp_path):
    with pytest.raises(TraceError, match=r"meta\.csv"):
        read_traces(tmp_path)


def test_a_file_that_is_cut_off_is_named(tmp_path):
    path = write_folder(tmp_path, GOOD) / "made.csv.gz"
    path.write_bytes(gzip.compress(b"series_id,timestamp,cpu,memory\n" * 50)[:-12])
    with pytest.raises(TraceError, match=r"made\.csv\.gz"):
        read_traces(tmp_path)


def test_a_series_without_cpu_is_named(tmp_path):
    with pytest.raises(TraceError, match="series a has no CPU sample"):
        read_traces(write_folder(tmp_path, [f"a,{MIDNIGHT},,100"]))
