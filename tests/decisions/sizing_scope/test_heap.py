import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.decisions.sizing_scope.heap import find_heaps, least_for_heaps

SECRET = "canary-7f3a"


def env(name, value):
    return {"environment": [{"name": name, "value": value}]}


def heaps(**said):
    return find_heaps([{"name": "app", **said}])


@pytest.mark.parametrize(
    ("said", "heap_mib"),
    [
        (env("JAVA_TOOL_OPTIONS", "-Xms1g -Xmx2g"), 2048),
        (env("JDK_JAVA_OPTIONS", "-XX:MaxHeapSize=1536m"), 1536),
        (env("JAVA_OPTS", "-Xmx1048576K"), 1024),
        (env("KAFKA_HEAP_OPTS", "-Xmx1073741824"), 1024),
        ({"command": ["java", "-Xmx3G", "-jar", "app.jar"]}, 3072),
        ({"entryPoint": ["sh", "-c"], "command": ["exec java -Xmx512m -jar app.jar"]}, 512),
        ({"command": ["java", "-Xmx1g"], **env("JAVA_TOOL_OPTIONS", "-Xmx2g")}, 2048),
        (env("NODE_OPTIONS", "--max-old-space-size=4096"), 4096),
        ({"command": ["node", "--max_old_space_size=768", "server.js"]}, 768),
        ({"command": ["node", "--max-old-space-size", "900", "server.js"]}, 900),
        (env("GOMEMLIMIT", "2750MiB"), 2750),
        (env("GOMEMLIMIT", "1GiB"), 1024),
        (env("GOMEMLIMIT", "1073741824"), 1024),
        (env("GOMEMLIMIT", "1073741824B"), 1024),
        (env("DOTNET_GCHeapHardLimit", "0x20000000"), 512),
        (env("COMPlus_GCHeapHardLimit", "C800000"), 200),
    ],
)
def test_a_fixed_heap_is_read_with_its_unit(said, heap_mib):
    (heap,) = heaps(**said)

    assert (heap.heap_mib, heap.percent) == (heap_mib, None)


@pytest.mark.parametrize(
    ("said", "percent"),
    [
        (env("JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=75.0"), 75),
        (env("NODE_OPTIONS", "--max-old-space-size-percentage=50"), 50),
        (env("DOTNET_GCHeapHardLimitPercent", "0x4B"), 75),
        (env("DOTNET_GCHeapHardLimitPercent", "32"), 50),
    ],
)
def test_a_share_goes_along_with_the_size(said, percent):
    (heap,) = heaps(**said)

    assert (heap.percent, heap.needs_mib) == (percent, 0)


@pytest.mark.parametrize(
    "said",
    [
        {},
        env("GOMEMLIMIT", "off"),
        env("GOMEMLIMIT", "2GB"),
        env("OTHER", "2750MiB"),
        env("DOTNET_GCHeapHardLimit", "2g"),
        env("DOTNET_GCHeapHardLimitPercent", "0xFF"),
        env("JAVA_TOOL_OPTIONS", "-Xmx$HEAP"),
        env("JAVA_TOOL_OPTIONS", "-Xmx2gb"),
        env("JAVA_TOOL_OPTIONS", "-Xmx999999999999999g"),
        env("JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=0"),
        {"environment": [{"name": "JAVA_OPTS"}, {"value": None}], "command": None},
    ],
)
def test_what_sets_no_heap_is_none(said):
    assert heaps(**said) == ()


def test_a_fixed_heap_counts_before_a_share():
    (heap,) = heaps(**env("JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=50 -Xmx1g"))

    assert heap.heap_mib == 1024


def test_a_heap_needs_room_beside_it_and_for_the_other_containers():
    containers = [{"name": "app", **env("JAVA_OPTS", "-Xmx2g")}, {"name": "log", "memoryReservation": 128}]

    assert least_for_heaps(containers, find_heaps(containers)) == 2560 + 128
    assert least_for_heaps([{"name": "app", "memory": 512}], ()) == 0


def test_go_needs_less_room_as_its_limit_counts_all():
    (heap,) = heaps(**env("GOMEMLIMIT", "1000MiB"))

    assert heap.needs_mib == 1100


def test_nothing_but_the_number_is_shown():
    for one in heaps(**env("JAVA_OPTS", f"-Dpassword={SECRET} -Xmx2g")):
        assert "2048 MiB" in one.told
        assert SECRET not in repr(one) + one.told


words = st.one_of(
    st.text(),
    st.sampled_from(
        ["-Xmx", "--max-old-space-size=", "GOMEMLIMIT", "DOTNET_GCHeapHardLimit", "0x", "9" * 40]
    ),
)
texts = st.lists(words, max_size=5).map("".join)
pairs = st.fixed_dictionaries({}, optional={"name": texts, "value": st.none() | texts})


@given(
    st.fixed_dictionaries(
        {"name": st.text()},
        optional={
            "environment": st.none() | st.lists(pairs),
            "command": st.none() | st.lists(texts),
            "entryPoint": st.none() | st.lists(texts),
        },
    )
)
def test_any_text_is_read_without_an_error(container):
    for heap in find_heaps([container]):
        assert heap.told
        assert least_for_heaps([container], [heap]) >= 0


@given(st.integers(1, 10**6), st.sampled_from(["m", "M"]), texts)
def test_a_heap_between_other_words_is_found(mib, unit, text):
    found = heaps(**env("JAVA_OPTS", f"{text} -Xmx{mib}{unit} x"))

    assert found
    assert found[0].heap_mib is None or found[0].heap_mib >= mib
