"""The resources of an envelope -> the one service they name."""

from trimtab.messages.envelope import Envelope
from trimtab.messages.fields import Fields


def the_service(envelope: Envelope) -> str:
    """Return the ARN of the service an event is about.

    Raises:
        MessageError: The event names no service.
    """
    for resource in envelope.resources:
        if ":service/" in resource:
            return resource
    raise Fields({}, envelope.subject, "event").fault("event.resources names no ECS service")
