"""The record of deployments, read from the laboratory: moto keeps none."""

import botocore.session
import pytest

from tests.samples import a_change
from trimtab.adapters.ecs_deployer import EcsDeployer
from trimtab.adapters.ecs_deployments import EcsDeploymentHistory
from trimtab.adapters.ecs_services import EcsServices
from trimtab.adapters.ecs_task_definitions import EcsTaskDefinitions
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
        return [one.task_definition.rpartition("/")[2] for one in EcsDeploymentHistory(self.ecs).of(service)]


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


def test_a_copy_says_the_same_as_its_original_and_is_the_newest(account):
    account.register("v2")
    definitions = EcsTaskDefinitions(account.ecs)
    original = definitions.describe("orders:1")

    arn = EcsDeployer(account.ecs, account.ecs).register_copy(original, a_change())

    newest = definitions.latest("orders")
    assert newest.arn == arn
    assert newest.registration() == original.registration()
    assert newest.tags == {"team": "orders", CHANGE_TAG: a_change().id, COPY_TAG: original.arn}
