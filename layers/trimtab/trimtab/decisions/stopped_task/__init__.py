"""Why a task stopped and what follows from it: one verdict for every task, whatever its shape."""

from trimtab.decisions.stopped_task.judge import judge_task

__all__ = ["judge_task"]
