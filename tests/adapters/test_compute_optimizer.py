"""Compute Optimizer's recommendation as a second opinion."""

import boto3
from botocore.stub import Stubber

from trimtab.adapters.compute_optimizer import ComputeOptimizer
from trimtab.model.task_size import TaskSize

ARN = "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders"


def optimizer(*answers, error=None):
    client = boto3.client("compute-optimizer", region_name="eu-west-1")
    stub = Stubber(client)
    for answer in answers:
        stub.add_response("get_ecs_service_recommendations", answer)
    if error:
        stub.add_client_error("get_ecs_service_recommendations", error)
    stub.activate()
    return ComputeOptimizer(client)


def told(**changed):
    option = {
        "cpu": 512,
        "memory": 1024,
        "savingsOpportunity": {"estimatedMonthlySavings": {"currency": "USD", "value": 18.0}},
    }
    return {
        "serviceArn": ARN,
        "finding": "Overprovisioned",
        "findingReasonCodes": ["CPUOverprovisioned"],
        "lookbackPeriodInDays": 14.0,
        "currentServiceConfiguration": {"cpu": 1024, "memory": 2048},
        "serviceRecommendationOptions": [option],
        **changed,
    }


def test_the_first_option_is_the_opinion():
    found = optimizer({"ecsServiceRecommendations": [told()]}).opinions([ARN])
    assert found is not None
    opinion = found[ARN]
    assert (opinion.finding, opinion.size, opinion.monthly_usd_saved) == (
        "Overprovisioned",
        TaskSize(512, 1024),
        18,
    )
    assert (opinion.reasons, opinion.look_back_days) == (("CPUOverprovisioned",), 14)


def test_an_option_for_memory_alone_keeps_the_cpu():
    one = told(serviceRecommendationOptions=[{"memory": 1024}])
    found = optimizer({"ecsServiceRecommendations": [one]}).opinions([ARN])
    assert found is not None and found[ARN].size == TaskSize(1024, 1024)


def test_a_service_that_is_fine_has_an_opinion_without_a_size():
    one = told(finding="Optimized", serviceRecommendationOptions=[])
    found = optimizer({"ecsServiceRecommendations": [one]}).opinions([ARN])
    assert found is not None and found[ARN].size is None


def test_every_page_is_read():
    first = {"ecsServiceRecommendations": [told()], "nextToken": "more"}
    second = {"ecsServiceRecommendations": [told(serviceArn=ARN + "2")]}
    found = optimizer(first, second).opinions([ARN, ARN + "2"])
    assert found is not None and set(found) == {ARN, ARN + "2"}


def test_an_account_that_is_not_enrolled_has_no_opinions():
    assert optimizer(error="OptInRequiredException").opinions([ARN]) is None
