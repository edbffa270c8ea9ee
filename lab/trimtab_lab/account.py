"""The whole simulated account: a laboratory with every service it simulates."""

from trimtab_lab.dynamodb import DynamoDb
from trimtab_lab.events import Events
from trimtab_lab.kms import Kms
from trimtab_lab.lab import Lab
from trimtab_lab.sns import Sns
from trimtab_lab.sqs import Sqs
from trimtab_lab.ssm import Ssm
from trimtab_lab.sts import Sts


class Account(Lab):
    """A laboratory whose services are also at hand as Python objects."""

    dynamodb: DynamoDb
    events: Events
    kms: Kms
    sns: Sns
    sqs: Sqs
    ssm: Ssm


def make_lab(seed: int | str = 0) -> Account:
    """Build an account from a seed."""
    lab = Account(seed)
    lab.dynamodb = DynamoDb(lab)
    lab.events = Events(lab)
    lab.kms = Kms(lab)
    lab.sqs = Sqs(lab)
    lab.sns = Sns(lab, lab.sqs)
    lab.ssm = Ssm(lab)
    Sts(lab)
    return lab
