import pytest

from trimtab_cli.dispatcher.refusal import Refusal
from trimtab_cli.dispatcher.template import Template

TEMPLATE = """
Parameters:
  Mode: {Type: String, AllowedValues: ["off", "observe"], Default: "off"}
  Count: {Type: Number, MinValue: 1, MaxValue: 4, Default: 2}
  Names: {Type: CommaDelimitedList, Default: "a, b"}
  Word: {Type: String, AllowedPattern: "^[a-z]+$", Default: word}
Mappings:
  Sizes: {small: {cpu: 256}}
Conditions:
  IsOff: !Equals [!Ref Mode, "off"]
  IsOn: !Not [!Condition IsOff]
  Both: !And [!Condition IsOff, !Equals [!Ref Count, 2]]
Globals:
  Function:
    Timeout: 60
    MemorySize: 512
    Environment: {Variables: {SHARED: yes-please, TABLE: !Ref Table}}
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/work
      Handler: app.handler
      MemorySize: 1024
      Policies: [!GetAtt Elsewhere.Anything]
      Environment:
        Variables:
          MODE: !Ref Mode
          NAMES: !Join ["+", !Ref Names]
          TEXT: !Sub "${AWS::StackName}/${Count}/${Table}/${Queue.Arn}/${!kept}"
          LOCAL: !Sub ["${A}${B}", {A: !Ref Word, B: x}]
          CPU: !FindInMap [Sizes, small, cpu]
          GONE: !If [IsOn, here, !Ref AWS::NoValue]
          URL: !Ref Queue
          FIRST: !Select [0, !Split [",", "p,q"]]
  Table: {Type: AWS::DynamoDB::Table}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${AWS::StackName}-in"}}
  OnlyWhenOn: {Type: AWS::SQS::Queue, Condition: IsOn}
  OnlyWhenBoth: {Type: AWS::SQS::Queue, Condition: Both}
"""


def load(folder, text=TEMPLATE, **parameters):
    (folder / "template.yaml").write_text(text, "utf-8")
    return Template(folder / "template.yaml", parameters)


def test_references_are_resolved_and_globals_merged(tmp_path):
    properties = load(tmp_path).properties("Work")

    assert (properties["Timeout"], properties["MemorySize"]) == (60, 1024)
    assert properties["Environment"]["Variables"] == {
        "SHARED": "yes-please",
        "TABLE": "trimtab-Table",
        "MODE": "off",
        "NAMES": "a+b",
        "TEXT": "trimtab/2/trimtab-Table/arn:aws:sqs:eu-west-1:111122223333:trimtab-in/${kept}",
        "LOCAL": "wordx",
        "CPU": 256,
        "URL": "https://sqs.eu-west-1.amazonaws.com/111122223333/trimtab-in",
        "FIRST": "p",
    }


def test_a_resource_whose_condition_is_false_is_not_there(tmp_path):
    off, on = load(tmp_path), load(tmp_path, Mode="observe")

    assert "OnlyWhenOn" not in off.resources
    assert "OnlyWhenBoth" in off.resources
    assert "OnlyWhenOn" in on.resources
    assert "OnlyWhenBoth" not in on.resources


@pytest.mark.parametrize(
    "parameters",
    [{"Mode": "apply"}, {"Count": "5"}, {"Count": "0"}, {"Word": "Two words"}, {"Unknown": "x"}],
)
def test_a_parameter_value_that_the_template_does_not_allow_is_refused(tmp_path, parameters):
    with pytest.raises(Refusal, match=next(iter(parameters))):
        load(tmp_path, **parameters)


def test_an_intrinsic_function_that_is_not_modelled_is_refused_with_the_resource(tmp_path):
    text = TEMPLATE.replace('!Join ["+", !Ref Names]', "!ImportValue other")

    with pytest.raises(Refusal, match=r"Work.*Fn::ImportValue"):
        load(tmp_path, text).properties("Work")


def test_a_reference_to_nothing_is_refused(tmp_path):
    with pytest.raises(Refusal, match="Nowhere"):
        load(tmp_path, TEMPLATE.replace("!Ref Queue", "!Ref Nowhere")).properties("Work")


def test_an_unquoted_off_is_read_as_cloudformation_reads_it(tmp_path):
    text = TEMPLATE.replace(
        'AllowedValues: ["off", "observe"], Default: "off"', "AllowedValues: [off], Default: x"
    )

    with pytest.raises(Refusal, match="'off' is not an allowed one"):
        load(tmp_path, text, Mode="off")
