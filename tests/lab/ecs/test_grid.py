import pytest

from trimtab_lab import grid


def test_fargate_sells_77_sizes_for_linux():
    sizes = grid.fargate_sizes()

    assert len(sizes) == len(set(sizes)) == 77
    assert sizes == sorted(sizes)
    assert (256, 4096) not in sizes
    assert (32768, 249856) in sizes


@pytest.mark.parametrize(
    ("text", "units"), [("256", 256), (".25 vCPU", 256), ("0.25vcpu", 256), ("4 vCPU", 4096), ("0.3", None)]
)
def test_cpu_is_read_in_units_or_in_vcpu(text, units):
    assert grid.cpu_units(text) == units


@pytest.mark.parametrize(
    ("text", "mib"), [("1024", 1024), ("1 GB", 1024), ("0.5GB", 512), ("1.5 gb", 1536), ("much", None)]
)
def test_memory_is_read_in_mib_or_in_gb(text, mib):
    assert grid.memory_mib(text) == mib
