"""The record of deployments, read from the laboratory: moto keeps none."""

import botocore.session
import pytest
from botocore.exceptions import ClientError

from tests.samples import NOW, ORDERS, a_change, a_service, minutes, revision
from trimtab.adapters.ecs_deployer import EcsDeployer
from trimtab.adapters.ecs_deployments import EcsDeploymentHistory
from trimtab.adapters.ecs_services import EcsServices
from trimtab.adapters.ecs_task_definitions import EcsTaskDefinitions
from trimtab.decisions.witness import Replaced, hear_witness
from trimtab.model.change import Base
from trimtab.model.errors import UnreadableError
from trimtab.model.tags import CHANGE_TAG, COPY_TAG
from trimtab_lab.account import make_lab
from trimtab_lab.ecs.behaviour import Plan
from trimtab_lab.in_process import connect

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}


class Account:
    def __init__(self):
        self.lab = make_lab(1)
        session = botocore.session.get_session()
        connect(self.lab, session)
        self.ecs = session.create_client("ecs", region_name="eu-west-1")
        self.ecs.create_cluster(clusterName="shop")
        self.register("v1")
        made = self.ecs.create_service(
            cluster="shop",
            serviceName="orders",
            taskDefinition="orders:1",
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=NETWORK,
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        )
        self.arn = made["service"]["serviceArn"]
        self.lab.clock.run_for(600)

    def register(self, tag):
        self.ecs.register_task_definition(
            family="orders",
            cpu="256",
            memory="512",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            containerDefinitions=[{"name": "app", "image": f"orders:{tag}", "essential": True}],
            tags=[{"key": "team", "value": "orders"}],
        )

    def deploy(self, number, seconds):
        self.ecs.update_service(cluster="shop", service="orders", taskDefinition=f"orders:{number}")
        self.lab.clock.run_for(seconds)

    def history(self):
        service = EcsServices(self.ecs, print).describe(self.arn)
        return [
            one.in_force.task_definition.rpartition("/")[2]
            for one in EcsDeploymentHistory(self.ecs).of(service)
        ]


@pytest.fixture
def account():
    return Account()


def test_deployments_are_told_newest_first_with_what_each_put_in_force(account):
    account.register("v2")
    account.register("v3")
    account.deploy(2, 1)
    account.deploy(3, 600)

    assert account.history() == ["orders:3", "orders:2", "orders:1"]


def test_a_deployment_that_ecs_rolled_back_counts_with_what_it_went_back_to(account):
    account.lab.ecs.behave_image("*:broken", Plan(run_seconds=2, exit_code=1))
    account.register("broken")
    account.deploy(2, 3600)

    assert account.history()[0] == "orders:1"


def test_a_deploy_that_ours_covered_is_told_although_ecs_took_ours_back(account):
    account.register("v2")  # 2: what a person deploys
    account.register("broken")  # 3: ours, which does not start
    account.lab.ecs.behave_image("*:broken", Plan(run_seconds=2, exit_code=1))
    base = EcsServices(account.ecs, print).describe(account.arn).task_definition
    account.deploy(2, 1)
    account.deploy(3, 3600)
    service = EcsServices(account.ecs, print).describe(account.arn)

    ours = a_change(workload=account.arn, base=Base(base), applied={"task_definition": base[:-1] + "3"})
    heard = hear_witness(ours, EcsDeploymentHistory(account.ecs).of(service))

    assert service.task_definition == base
    assert heard.went_back_to.task_definition == base
    assert heard.restore.task_definition == base[:-1] + "2"


RECORD = ORDERS.replace(":service/", ":service-deployment/")
REVISION = ORDERS.replace(":service/", ":service-revision/")
RESIZED = a_change(applied={"task_definition": revision(2)})


def row(name, after, status="SUCCESSFUL"):
    return {
        "serviceDeploymentArn": f"{RECORD}/{name}",
        "targetServiceRevisionArn": f"{REVISION}/{name}",
        "createdAt": NOW + minutes(after),
        "status": status,
    }


def history_of(stubbed, rows, described, **revisions):
    """The history that comes of these answers; what they leave out is among their failures."""
    client, answers = stubbed("ecs")
    answers.add_response("list_service_deployments", {"serviceDeployments": rows})
    missing = [{"arn": f"{RECORD}/b", "reason": "MISSING"}]
    answers.add_response(
        "describe_service_deployments", {"serviceDeployments": described, "failures": missing}
    )
    told = [
        {"serviceRevisionArn": f"{REVISION}/{name}", "taskDefinition": revision(number)}
        for name, number in revisions.items()
    ]
    answers.add_response("describe_service_revisions", {"serviceRevisions": told, "failures": []})
    return EcsDeploymentHistory(client).of(a_service())


def described(name, status="STOPPED", **back):
    return {"serviceDeploymentArn": f"{RECORD}/{name}", "status": status, **back}


ROWS = [row("c", 3, "IN_PROGRESS"), row("b", 2, "STOPPED"), row("a", -1000)]


def test_a_record_with_a_hole_is_told_up_to_the_hole(stubbed):
    """The revision of the person we ran into is seconds old, and not told yet."""
    history = history_of(stubbed, ROWS, [described("b")], a=1, c=2)

    assert [one.wanted.task_definition for one in history] == [revision(2)]
    assert hear_witness(RESIZED, history).replaced is Replaced.UNKNOWN


@pytest.mark.parametrize("status", ["ROLLBACK_SUCCESSFUL", "ROLLBACK_REQUESTED", "STOPPED"])
def test_a_way_back_that_is_not_told_is_a_hole(stubbed, status):
    rows = [ROWS[0], row("b", 2, status), ROWS[2]]

    assert len(history_of(stubbed, rows, [], a=1, b=7, c=2)) == 1


def test_a_rollback_without_its_revision_is_a_hole(stubbed):
    rows = [ROWS[0], row("b", 2, "ROLLBACK_SUCCESSFUL"), ROWS[2]]

    assert len(history_of(stubbed, rows, [described("b", "ROLLBACK_SUCCESSFUL")], a=1, b=7, c=2)) == 1


def test_what_was_replaced_on_its_way_back_was_not_in_force(stubbed):
    back = {"rollback": {"startedAt": NOW, "serviceRevisionArn": f"{REVISION}/a"}}
    history = history_of(stubbed, ROWS, [described("b", **back)], a=1, b=7, c=2)

    assert (history[1].wanted.task_definition, history[1].in_force.task_definition) == (
        revision(7),
        revision(1),
    )
    assert hear_witness(RESIZED, history).replaced is Replaced.PLANNED_BASE


def test_what_was_replaced_on_its_way_was_in_force(stubbed):
    history = history_of(stubbed, ROWS, [described("b")], a=1, b=7, c=2)

    assert hear_witness(RESIZED, history).restore.task_definition == revision(7)


def test_a_copy_says_the_same_as_its_original_and_is_the_newest(account):
    account.register("v2")
    definitions = EcsTaskDefinitions(account.ecs)
    original = definitions.describe("orders:1")

    arn = EcsDeployer(account.ecs, account.ecs).register_copy(original, a_change())

    newest = definitions.latest("orders")
    assert newest.arn == arn
    assert newest.registration() == original.registration()
    assert newest.tags == {"team": "orders", CHANGE_TAG: a_change().id, COPY_TAG: original.arn}


def test_a_record_that_ecs_refuses_is_not_taken_for_an_empty_one(stubbed):
    client, stubber = stubbed("ecs")
    stubber.add_client_error("list_service_deployments", "AccessDeniedException", http_status_code=400)

    with pytest.raises(UnreadableError, match="AccessDenied"):
        EcsDeploymentHistory(client).of(a_service())


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("ServerException", 500)])
def test_trouble_that_passes_is_not_taken_for_a_record_that_ecs_refuses(stubbed, code, status):
    client, stubber = stubbed("ecs")
    stubber.add_client_error("list_service_deployments", code, http_status_code=status)

    with pytest.raises(ClientError):
        EcsDeploymentHistory(client).of(a_service())
