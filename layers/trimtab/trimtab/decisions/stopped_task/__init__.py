"""Why a task stopped and what follows from it: one verdict for every task, whatever its shape."""

from trimtab.decisions.stopped_task.facts import SIGKILL_EXIT_CODE
from trimtab.decisions.stopped_task.judge import judge_task
from trimtab.decisions.stopped_task.rules import KILLED_WITHOUT_A_WORD

__all__ = ["KILLED_WITHOUT_A_WORD", "SIGKILL_EXIT_CODE", "judge_task"]
