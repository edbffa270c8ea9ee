"""Run ministack as an AWS account that also accepts events in the name of AWS services.

Runs in .venv-e2e under Python 3.13, so that Lambda functions run in the Python they are built for. AWS lets
only itself send events whose source begins with ``aws.``; here the test plays AWS.
"""

from ministack.app import main
from ministack.services import eventbridge

_put_events = eventbridge._put_events
eventbridge._put_events = lambda data, allow_aws_source=True: _put_events(data, True)

main()
