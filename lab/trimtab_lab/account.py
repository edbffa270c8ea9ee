"""The whole simulated account: a laboratory with every service it simulates."""

from trimtab_lab.dynamodb import DynamoDb
from trimtab_lab.lab import Lab


class Account(Lab):
    """A laboratory whose services are also at hand as Python objects."""

    dynamodb: DynamoDb


def make_lab(seed: int | str = 0) -> Account:
    """Build an account from a seed."""
    lab = Account(seed)
    lab.dynamodb = DynamoDb(lab)
    return lab
