import gzip
from pathlib import Path
from random import Random

import pytest

from trimtab_lab.demand import CELLS_A_DAY
from trimtab_lab.traces import TraceError, choose, read_meta, read_series

START = 1_760_000_400 - 1_760_000_400 % 86_400  # a midnight
META = (
    "series_id,source,n,start,days,coverage,cpu_unit,mem_unit,"
    "cap_vcpu,cap_mib,cap_known,interval_s,ts_nominal"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        f"a,ours,3,{START},1,1.0,vcpu,mib,2,4096,1,300,0",
        f"b,ours,3,{START},1,1.0,percent,percent,2,4096,0,300,0",
        f"c,ours,3,{START},1,1.0,minmax,minmax,2,1000,0,60,0",
        f"d,ours,3,{START},1,1.0,percent,none,2,,0,300,0",
    ]
    (tmp_path / "meta.csv").write_text("\n".join([META, *rows]) + "\n")
    samples = [
        f"a,{START},0.5,1000", f"a,{START + 300},1.0,1100", f"a,{START + 900},0.25,1200",
        f"b,{START},50,25", f"b,{START + 300},,30",
        *(f"c,{START + 60 * minute},{10 * minute},{50 + minute}" for minute in range(5)),
        f"d,{START},10,,40",
    ]  # fmt: skip
    with gzip.open(tmp_path / "ours.csv.gz", "wt") as file:
        file.write("series_id,timestamp,cpu,memory,cpu_max\n" + "\n".join(samples) + "\n")
    return tmp_path


def demand(folder: Path, series: str):
    infos = [info for info in read_meta(folder) if info.series_id == series]
    return read_series(folder, infos)[series].from_cell(START // 300)


def test_vcpu_and_mib_are_taken_as_they_are(folder):
    need = demand(folder, "a").at(START // 300)

    assert (need.cpu_units, need.memory_mib) == (512, 1000)


def test_percent_is_of_the_capacity(folder):
    need = demand(folder, "b").at(START // 300)

    assert (need.cpu_units, need.memory_mib) == (1024, 1024)


def test_a_series_between_its_extremes_is_placed_inside_the_capacity(folder):
    need = demand(folder, "c").at(START // 300)

    assert need.cpu_units == pytest.approx(0.9 * 0.20 * 2 * 1024)
    assert need.memory_mib == pytest.approx((0.30 + 0.60 * 0.52) * 1000)
    assert need.cpu_peak_units == pytest.approx(0.9 * 0.40 * 2 * 1024)


def test_a_measured_maximum_is_the_peak(folder):
    need = demand(folder, "d").at(START // 300)

    assert need.cpu_peak_units == pytest.approx(0.4 * 2 * 1024)


def test_a_gap_holds_the_last_value(folder):
    series = demand(folder, "a")

    assert [series.at(START // 300 + cell).memory_mib for cell in range(4)] == [1000, 1100, 1100, 1200]


def test_a_sample_without_cpu_holds_the_last_value(folder):
    assert demand(folder, "b").at(START // 300 + 1).cpu_units == 1024


def test_a_series_repeats(folder):
    series = demand(folder, "a")

    assert series.at(START // 300 + 4) == series.at(START // 300)


def test_a_series_keeps_its_time_of_day(folder):
    later = START // 300 + 100 * CELLS_A_DAY
    series = demand(folder, "a").from_cell(later)

    assert series.at(later).memory_mib == 1000


def test_series_without_memory_are_not_chosen(folder):
    chosen = choose(read_meta(folder), 3, Random(1))

    assert {info.series_id for info in chosen} == {"a", "b", "c"}


def test_asking_for_more_series_than_there_are_says_how_many(folder):
    with pytest.raises(TraceError, match="4 series with memory are needed; there are 3"):
        choose(read_meta(folder), 4, Random(1))


def test_a_folder_without_meta_says_which_file_is_missing(tmp_path):
    with pytest.raises(TraceError, match=r"meta\.csv"):
        read_meta(tmp_path)


def test_a_broken_file_says_which(folder):
    (folder / "ours.csv.gz").write_bytes(b"not gzip")

    with pytest.raises(TraceError, match=r"ours\.csv\.gz"):
        read_series(folder, read_meta(folder))


def test_a_series_that_its_file_lacks_is_named(folder):
    infos = read_meta(folder)
    with gzip.open(folder / "ours.csv.gz", "wt") as file:
        file.write(f"series_id,timestamp,cpu,memory\na,{START},1,1\n")

    with pytest.raises(TraceError, match="lacks the series"):
        read_series(folder, infos)
