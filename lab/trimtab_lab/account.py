"""The whole simulated account: a laboratory with every service it simulates."""

from datetime import datetime

from trimtab_lab.autoscaling import Autoscaling
from trimtab_lab.cloudwatch import CloudWatch
from trimtab_lab.compute_optimizer import ComputeOptimizer
from trimtab_lab.dynamodb import DynamoDb
from trimtab_lab.ec2 import Ec2
from trimtab_lab.ecs import Ecs
from trimtab_lab.events import Events
from trimtab_lab.kms import Kms
from trimtab_lab.lab import START, Lab
from trimtab_lab.load_balancers import LoadBalancers
from trimtab_lab.pricing import Pricing
from trimtab_lab.scheduler import Schedules
from trimtab_lab.sns import Sns
from trimtab_lab.sqs import Sqs
from trimtab_lab.ssm import Ssm
from trimtab_lab.sts import Sts
from trimtab_lab.usage import Usage


class Account(Lab):
    """A laboratory whose services are also at hand as Python objects.

    Attributes:
        load_balancers: ``load_balancers.front(cluster, service, target_group_arn)`` counts its requests.
        usage: What tasks use: ``usage.set(cluster, service, demand)``.
        dynamodb: ``dynamodb.tables[name].listen(callback)`` follows a stream.
        schedules: ``schedules.rules[name]`` are the targets of a rule, for whoever asks.
        sqs: ``sqs.queue(name)`` is a queue; it can be listened to.
        sns: ``sns.published`` lists what was published.
    """

    autoscaling: Autoscaling
    cloudwatch: CloudWatch
    compute_optimizer: ComputeOptimizer
    dynamodb: DynamoDb
    ec2: Ec2
    ecs: Ecs
    events: Events
    kms: Kms
    load_balancers: LoadBalancers
    schedules: Schedules
    sns: Sns
    sqs: Sqs
    ssm: Ssm
    usage: Usage


def make_lab(
    seed: int | str = 0,
    start: datetime = START,
    account: str = "111122223333",
    region: str = "eu-west-1",
) -> Account:
    """Build an account from a seed; the arguments are those of ``Lab``."""
    lab = Account(seed, start, account, region)
    lab.ecs = Ecs(lab)
    lab.ec2 = Ec2(lab, lab.ecs)
    lab.autoscaling = Autoscaling(lab)
    lab.usage = Usage(lab, lab.ecs)
    lab.ecs.watch(lab.usage)
    lab.cloudwatch = CloudWatch(lab, lab.usage)
    lab.compute_optimizer = ComputeOptimizer(lab)
    lab.load_balancers = LoadBalancers(lab, lab.usage, lab.cloudwatch.metrics)
    lab.ecs.watch_alarms(lab.cloudwatch.alarms)
    lab.dynamodb = DynamoDb(lab)
    lab.schedules = Schedules(lab)
    lab.events = Events(lab, lab.schedules)
    lab.kms = Kms(lab)
    lab.sqs = Sqs(lab)
    lab.sns = Sns(lab, lab.sqs)
    lab.ssm = Ssm(lab)
    Pricing(lab)
    Sts(lab)
    return lab
