"""Wakes the functions as AWS would, by the rules, queues, schedules and streams of the template.

Nothing here knows what Trimtab does: it reads ``template.yaml`` and delivers events of the
laboratory to ``functions/*/app.py`` at simulated time. What it does not model it refuses when the
template is loaded, never when an event comes.
"""

from trimtab_cli.dispatcher.refusal import Refusal

__all__ = ["Refusal"]
