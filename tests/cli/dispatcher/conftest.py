import textwrap

import boto3
import botocore.session
import pytest

from trimtab.adapters import clock
from trimtab_cli.dispatcher.dispatcher import Dispatcher
from trimtab_lab import in_process
from trimtab_lab.account import make_lab
from trimtab_lab.lab import START

HANDLER = """
def handler(event, context):
    if event.get("poison"):
        raise ValueError("poisoned")
    return event
"""


class Stack:
    """A small stack of a test: its lab, its dispatcher, and short ways to look at them."""

    def __init__(self, lab, folder):
        self.lab, self.folder = lab, folder
        self.resources, self.functions, self.dispatcher = "", {}, None

    def deploy(self, **options):
        head = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
        path = self.folder / "template.yaml"
        path.write_text(head + textwrap.indent(textwrap.dedent(self.resources), "  "), "utf-8")
        for feature, text in self.functions.items():
            (self.folder / "functions" / feature).mkdir(parents=True)
            (self.folder / "functions" / feature / "app.py").write_text(textwrap.dedent(text), "utf-8")
        self.dispatcher = Dispatcher(self.lab, path, **options)
        return self.dispatcher

    def run_for(self, seconds):
        self.lab.clock.run_for(seconds)
        return self

    @property
    def runs(self):
        """When each invocation began, in seconds from the start of the lab, and how it ended."""
        return [(one.at - self.start, one.outcome) for one in self.dispatcher.invocations]

    def messages(self, logical_id):
        url = self.dispatcher.queue_url(logical_id)
        return [one.body for one in self.lab.sqs.queue(url).messages.values()]

    @property
    def start(self):
        return START.timestamp()

    def use(self):
        """Let boto3's default session and Trimtab's clock be those of this lab."""
        session = botocore.session.get_session()
        in_process.connect(self.lab, session)
        boto3.setup_default_session(botocore_session=session)
        clock.use(self.lab.clock.today)


@pytest.fixture
def stack(tmp_path):
    made = Stack(make_lab(), tmp_path)
    made.functions["work"] = HANDLER
    return made


@pytest.fixture
def another_stack(tmp_path_factory):
    return Stack(make_lab(), tmp_path_factory.mktemp("another"))


@pytest.fixture
def connected_stack(stack):
    """A stack whose handlers' boto3 clients and clock are those of its lab."""
    before = boto3.DEFAULT_SESSION
    stack.use()
    yield stack
    clock.use(None)
    boto3.DEFAULT_SESSION = before
