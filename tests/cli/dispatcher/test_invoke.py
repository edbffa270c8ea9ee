import logging
import os

import pytest

from trimtab_lab.api_error import NotModelled

STACK = """
Work:
  Type: AWS::Serverless::Function
  Properties:
    CodeUri: functions/work
    Handler: app.handler
    Timeout: 60
    MemorySize: 512
    Environment: {Variables: {TRIMTAB_SPECIAL: here}}
"""


def invoke(stack, handler, event=None):
    stack.resources, stack.functions["work"] = STACK, handler
    return stack.deploy().invoke("work", event or {})


def test_a_handler_sees_its_context_and_the_variables_of_its_function_only_while_it_runs(stack):
    handler = """
        import os

        def handler(event, context):
            return [
                context.function_name,
                context.aws_request_id,
                context.get_remaining_time_in_millis(),
                context.memory_limit_in_mb,
                context.invoked_function_arn,
                os.environ["TRIMTAB_SPECIAL"],
                os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            ]
    """

    invocation = invoke(stack, handler)

    assert invocation.answer == [
        "trimtab-Work",
        invocation.request_id,
        60_000,
        512,
        "arn:aws:lambda:eu-west-1:111122223333:function:trimtab-Work",
        "here",
        "trimtab-Work",
    ]
    assert "TRIMTAB_SPECIAL" not in os.environ
    assert "AWS_LAMBDA_FUNCTION_NAME" not in os.environ


def test_calls_of_a_handler_are_made_by_its_function(connected_stack):
    stack = connected_stack
    stack.lab.keep_calls = True

    invoke(stack, "import boto3\n\ndef handler(event, context):\n    boto3.client('sqs').list_queues()\n")

    assert [(one.principal, one.operation) for one in stack.lab.calls][-1] == ("work", "ListQueues")
    assert stack.lab.principal == "person"


def test_what_a_handler_prints_and_logs_is_kept_with_the_invocation(stack, capsys):
    handler = """
        import logging
        import sys

        logger = logging.getLogger("trimtab-test-log")
        logger.addHandler(logging.StreamHandler(sys.stdout))

        def handler(event, context):
            print("printed")
            logger.warning("logged")
    """

    invocation = invoke(stack, handler)

    assert invocation.log == ("printed", "logged")
    assert capsys.readouterr().out == ""


def test_a_logger_made_before_the_first_invocation_is_kept_off_the_terminal_too(stack, capsys):
    import sys

    logger = logging.getLogger("trimtab-test-early-log")
    logger.addHandler(logging.StreamHandler(sys.stdout))
    handler = """
        import logging

        def handler(event, context):
            logging.getLogger("trimtab-test-early-log").warning("logged")
    """

    invocation = invoke(stack, handler)
    logger.warning("outside")

    assert invocation.log == ("logged",)
    assert capsys.readouterr().out == "outside\n"


def test_events_and_answers_travel_as_json(stack):
    handler = """
        def handler(event, context):
            event["list"].append(3)
            return {"pair": (1, 2), 5: None}
    """
    event = {"list": (1, 2)}

    invocation = invoke(stack, handler, event)

    assert event == {"list": (1, 2)}
    assert invocation.answer == {"pair": [1, 2], "5": None}


def test_an_answer_that_json_cannot_hold_is_an_error_of_the_function(stack):
    invocation = invoke(stack, "def handler(event, context):\n    return {1, 2}\n")

    assert invocation.outcome == "failed"
    assert invocation.error["errorType"] == "TypeError"


def test_a_gap_of_the_laboratory_is_no_fault_of_the_function(stack):
    handler = """
        from trimtab_lab.api_error import NotModelled

        def handler(event, context):
            raise NotModelled("the laboratory does not simulate s3:PutObject")
    """

    with pytest.raises(NotModelled):
        invoke(stack, handler)


def test_a_warning_of_a_handler_goes_into_its_log(stack):
    handler = """
        import warnings

        def handler(event, context):
            warnings.warn("no metrics", UserWarning)
    """

    invocation = invoke(stack, handler)

    assert invocation.outcome == "succeeded"
    assert invocation.log == ("UserWarning: no metrics",)
