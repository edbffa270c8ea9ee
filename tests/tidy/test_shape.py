import tomllib

import pytest

from tests.tidy import shape
from tests.tidy.stack import ROOT, TEMPLATE, template
from trimtab_cli.installation import DEFAULT_STACK

CHECKS = [
    shape.careless_parameters,
    shape.ungrouped_parameters,
    shape.lost_logs,
    shape.reserved_concurrency,
    shape.data_lost_with_the_stack,
]


def _set(*path):
    *steps, last, value = path

    def breaks(broken):
        holder = broken
        for step in steps:
            holder = holder[step]
        holder[last] = value

    return breaks


BROKEN = [
    (shape.careless_parameters, _set("Parameters", "Clusters", "Description", "")),
    (
        shape.careless_parameters,
        _set("Parameters", "Anything", {"Default": "", "Description": "It takes anything"}),
    ),
    (shape.careless_parameters, _set("Parameters", "MayChangeEcs", "Default", "yes")),
    (shape.ungrouped_parameters, _set("Parameters", "Forgotten", {})),
    (shape.lost_logs, _set("Resources", "ApplyChangeFunction", "Properties", "LoggingConfig", {})),
    (shape.lost_logs, _set("Resources", "ApplyChangeLogGroup", "Properties", "RetentionInDays", None)),
    (shape.reserved_concurrency, _set("Globals", "Function", "ReservedConcurrentExecutions", 5)),
    (shape.data_lost_with_the_stack, _set("Resources", "ControlTable", "DeletionPolicy", "Delete")),
    (shape.data_lost_with_the_stack, _set("Resources", "ControlTable", "Properties", "SSESpecification", {})),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_template_is_in_order(check):
    assert list(check(template())) == []


@pytest.mark.parametrize(("check", "breaks"), BROKEN)
def test_a_template_out_of_order_is_found(check, breaks):
    broken = template()
    breaks(broken)

    assert len(list(check(broken))) == 1


def test_the_template_has_no_word_that_yaml_reads_as_a_boolean():
    assert list(shape.words_read_as_booleans(TEMPLATE.read_text("utf-8"))) == []


def test_a_bare_off_is_found():
    assert list(shape.words_read_as_booleans("A: [off, observe]\nB: 'no'\n")) == ["line 1: off is not quoted"]


def test_the_repository_metadata_fits_the_serverless_application_repository():
    metadata = template()["Metadata"]["AWS::ServerlessRepo::Application"]

    assert len(metadata["Description"]) <= 256
    assert metadata["SpdxLicenseId"] == "Apache-2.0"


def test_each_part_of_samconfig_deploys_a_stack_of_its_own_and_the_default_is_the_command_lines():
    parts = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
    names = {
        part: said["deploy"]["parameters"]["stack_name"] for part, said in parts.items() if part != "version"
    }

    assert len(set(names.values())) == len(names) == 2
    assert names["default"] == DEFAULT_STACK
