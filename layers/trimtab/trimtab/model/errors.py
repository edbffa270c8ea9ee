"""The exceptions Trimtab raises on purpose.

    TrimtabError
    ├── MessageError            permanent: the message cannot be read, trying again cannot help
    ├── TagError                a tag of ours has a value that we do not know: the workload is left alone
    ├── PolicyError             the policy document cannot be read: nothing is written until it can
    ├── IllegalTransitionError  a Change was asked to take a step that its state machine does not have
    ├── ConflictError           somebody else moved the item first: read it again
    ├── LaunchError             ECS could not place a task now
    ├── ThrottledError          AWS took no request for now: nothing was written, ask again later
    ├── ShareSpentError         our own share of an API is used up: nothing was sent, ask again later
    ├── RejectedError           AWS refused a write as it stands: sending it again cannot help
    │   └── DeniedError         IAM refused it: it can help when somebody changes a policy
    ├── UnreadableError         a stored Change, or what ECS shows, cannot be read by this version
    └── NoticeError             EventBridge did not take a notice: nobody was told yet

A normal "no" is never an exception: it is a ``Verdict`` or a refusal with its reason. Anything else
that is raised is a bug or a transient fault, and Lambda may try again.
"""


class TrimtabError(Exception):
    """Base of every error that Trimtab raises on purpose."""


class MessageError(TrimtabError):
    """A message has not the shape its kind promises. Permanent: it belongs in the dead-letter queue.

    The text says what was tried, what stopped it, what was left unchanged and what to do; ``what`` is only
    what stopped it.
    """

    def __init__(self, text: str, what: str = "") -> None:
        super().__init__(text)
        self.what = what or text


class TagError(TrimtabError):
    """A tag of ours cannot be read; the text names it and the values it may have."""


class PolicyError(TrimtabError):
    """The policy document cannot be read; the text names the place of the fault."""


class IllegalTransitionError(TrimtabError):
    """A Change cannot take that step; nothing was changed."""


class ConflictError(TrimtabError):
    """A conditional write found another state than the one it was decided on; nothing was changed."""


class StaleLookError(TrimtabError):
    """What was read for a write has grown old on the way to it; nothing was sent."""


class LaunchError(TrimtabError):
    """RunTask was accepted but placed nothing; the text is ECS's own reason."""


class ThrottledError(TrimtabError):
    """AWS took no request of this kind at the moment, or not from these credentials; nothing was written.

    ``share_seconds`` is set where our own share was used up: AWS was not even asked, and may be then.
    """

    def __init__(self, text: str, share_seconds: float | None = None) -> None:
        super().__init__(text)
        self.share_seconds = share_seconds


class ShareSpentError(TrimtabError):
    """Trimtab may make no call of this kind now, by its own share of the rate; nothing was sent.

    ``seconds`` says in how long it may.
    """

    def __init__(self, text: str, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


class RejectedError(TrimtabError):
    """AWS refused a write for good; nothing was written. The text is AWS's own reason."""


class DeniedError(RejectedError):
    """IAM did not allow a write; nothing was written. The text is AWS's own reason."""


class UnreadableError(TrimtabError):
    """Something cannot be read by this version, or not by us; the text names it. Nothing was changed."""


class NoticeError(TrimtabError):
    """A notice was not taken; whoever rang may ring again."""
