"""One checker per invariant: looks at the world's own record and says what was broken."""

from collections.abc import Callable

from trimtab_cli.simulation.checkers.anomaly import strange_plans_are_held
from trimtab_cli.simulation.checkers.asked_for import (
    changed_only_where_asked,
    moved_only_where_asked,
    observed_is_left_alone,
)
from trimtab_cli.simulation.checkers.at_rest import (
    begins_with_every_task,
    is_the_same_service,
    nobody_is_interrupted,
    one_thing_at_a_time,
    stands_on_its_base,
    starts_at_rest,
)
from trimtab_cli.simulation.checkers.blind import nothing_is_shrunk_blindly
from trimtab_cli.simulation.checkers.bounds import nothing_is_put_below_a_kill, sizes_keep_to_their_bounds
from trimtab_cli.simulation.checkers.brakes import (
    canaries_go_first,
    what_was_reversed_is_left_alone,
    windows_and_freezes_hold,
)
from trimtab_cli.simulation.checkers.breaker import the_breaker_holds
from trimtab_cli.simulation.checkers.budgets import limits_hold, the_ramp_holds
from trimtab_cli.simulation.checkers.calm import calm_seeds_do_the_expected
from trimtab_cli.simulation.checkers.endings import (
    every_change_ends,
    people_hear_of_theirs,
    workloads_are_given_back,
)
from trimtab_cli.simulation.checkers.fights import changes_keep_their_pace, resets_are_respected
from trimtab_cli.simulation.checkers.holds import (
    leases_never_overlap,
    nothing_comes_before_a_way_back,
    only_the_holder_writes,
)
from trimtab_cli.simulation.checkers.in_time import nothing_old_is_released_late, takeovers_end
from trimtab_cli.simulation.checkers.latest import latest_equals_what_runs, nobody_elses_is_buried
from trimtab_cli.simulation.checkers.launches import (
    remembered_tasks_are_accounted_for,
    restarts_are_the_same_task,
)
from trimtab_cli.simulation.checkers.ledger import (
    every_write_has_its_change,
    nothing_of_others_is_claimed,
    only_what_was_approved_is_applied,
    the_ledger_only_grows,
)
from trimtab_cli.simulation.checkers.lineages import (
    deadlines_end_lineages,
    hopeless_tasks_are_left_alone,
    lineages_have_one_task,
    restarts_keep_their_pace,
    what_is_done_is_left_alone,
)
from trimtab_cli.simulation.checkers.notices import notices_do_not_flood
from trimtab_cli.simulation.checkers.once import (
    a_revision_is_put_in_force_once,
    causes_are_shallow,
    one_update_a_change,
)
from trimtab_cli.simulation.checkers.orphans import only_orphans_are_marked, orphans_are_marked
from trimtab_cli.simulation.checkers.rates import a_spent_share_fails_no_change, no_more_than_a_share
from trimtab_cli.simulation.checkers.restarts import (
    one_restart_a_stop,
    services_start_their_own_tasks,
)
from trimtab_cli.simulation.checkers.revisions import (
    nothing_but_sizes_changes,
    nothing_unknown_is_dropped,
    only_allowed_parameters,
)
from trimtab_cli.simulation.checkers.secrets import no_secret_is_seen
from trimtab_cli.simulation.checkers.signals import (
    no_success_while_an_alarm_fires,
    no_success_while_users_suffer,
    nothing_begins_while_an_alarm_fires,
)
from trimtab_cli.simulation.checkers.sizes import (
    nothing_is_decided_on_broken_data,
    nothing_is_decided_on_few_days,
    sizes_hold_what_was_used,
)
from trimtab_cli.simulation.checkers.stories import (
    a_next_run_ends_the_one_before,
    jobs_get_the_memory_they_were_killed_for,
    restarts_are_of_the_revision_asked_for,
    what_is_spared_and_stops_later_is_answered,
    what_is_spared_gets_no_successor,
)
from trimtab_cli.simulation.checkers.storms import one_goes_first, storms_are_told_once
from trimtab_cli.simulation.checkers.strangers import repeats_are_one, strangers_are_refused
from trimtab_cli.simulation.checkers.subjects import (
    nothing_is_written_for_what_is_gone,
    nothing_is_written_for_what_others_deploy,
)
from trimtab_cli.simulation.checkers.survival import human_deploys_survive, strategies_of_others_survive
from trimtab_cli.simulation.checkers.switch import written_only_under_a_policy, written_only_while_switched_on
from trimtab_cli.simulation.checkers.taken_back import what_ecs_took_back_counts
from trimtab_cli.simulation.checkers.tasks import (
    no_success_near_the_memory_limit,
    no_success_while_tasks_die,
)
from trimtab_cli.simulation.checkers.undone import no_way_back_into_an_empty_pool, undo_restores_what_was
from trimtab_cli.simulation.checkers.verification import (
    failures_are_answered,
    services_are_left_well,
    success_was_watched,
    what_ecs_went_back_to_is_vouched_for,
    what_runs_is_vouched_for,
)
from trimtab_cli.simulation.trial import Trial

Checker = Callable[[Trial], list[str]]

CHECKERS: dict[str, Checker] = {
    "I1 asked for": changed_only_where_asked,
    "I1 profile": moved_only_where_asked,
    "I2 observed is left alone": observed_is_left_alone,
    "I3 switch": written_only_while_switched_on,
    "I3 policy": written_only_under_a_policy,
    "I4 limits": limits_hold,
    "I4 I27 ramp": the_ramp_holds,
    "I26 anomaly": strange_plans_are_held,
    "I27 breaker": the_breaker_holds,
    "I5 holder": only_the_holder_writes,
    "I5 I35 leases": leases_never_overlap,
    "I5 way back": nothing_comes_before_a_way_back,
    "I6 deploys survive": human_deploys_survive,
    "I6 strategies survive": strategies_of_others_survive,
    "I7 I30 round trip": nothing_but_sizes_changes,
    "I7 unknown members": nothing_unknown_is_dropped,
    "I8 parameters": only_allowed_parameters,
    "I9 at rest": starts_at_rest,
    "I9 one at a time": one_thing_at_a_time,
    "I9 all tasks": begins_with_every_task,
    "I9 interrupts nobody": nobody_is_interrupted,
    "I9 on its base": stands_on_its_base,
    "I9 the same service": is_the_same_service,
    "I9 there": nothing_is_written_for_what_is_gone,
    "I9 controllers": nothing_is_written_for_what_others_deploy,
    "I9 alarms": nothing_begins_while_an_alarm_fires,
    "I9 windows": windows_and_freezes_hold,
    "I10 quarantine": what_was_reversed_is_left_alone,
    "I10 pace": changes_keep_their_pace,
    "I11 once": one_update_a_change,
    "I11 in force once": a_revision_is_put_in_force_once,
    "I11 orphans": orphans_are_marked,
    "I11 only orphans": only_orphans_are_marked,
    "I12 restarts": one_restart_a_stop,
    "I12 the same task": restarts_are_the_same_task,
    "I12 revision": restarts_are_of_the_revision_asked_for,
    "I12 spared": what_is_spared_gets_no_successor,
    "I12 stopped after all": what_is_spared_and_stops_later_is_answered,
    "I12 accounted for": remembered_tasks_are_accounted_for,
    "I12 stops of services": services_start_their_own_tasks,
    "I12 one task": lineages_have_one_task,
    "I13 restart pace": restarts_keep_their_pace,
    "I13 next run": a_next_run_ends_the_one_before,
    "I13 deadlines": deadlines_end_lineages,
    "I13 hopeless": hopeless_tasks_are_left_alone,
    "I13 done": what_is_done_is_left_alone,
    "I13 storms": one_goes_first,
    "I13 storms told": storms_are_told_once,
    "I14 sizes": sizes_hold_what_was_used,
    "I14 bounds": sizes_keep_to_their_bounds,
    "I14 floor": nothing_is_put_below_a_kill,
    "I14 memory of jobs": jobs_get_the_memory_they_were_killed_for,
    "I15 broken data": nothing_is_decided_on_broken_data,
    "I15 few days": nothing_is_decided_on_few_days,
    "I16 I22 I25 endings": every_change_ends,
    "I16 in time": nothing_old_is_released_late,
    "I16 takeovers": takeovers_end,
    "I16 given back": workloads_are_given_back,
    "I16 people hear": people_hear_of_theirs,
    "I17 blind": nothing_is_shrunk_blindly,
    "I17 watched": success_was_watched,
    "I17 alarms": no_success_while_an_alarm_fires,
    "I17 users": no_success_while_users_suffer,
    "I17 deaths": no_success_while_tasks_die,
    "I17 memory": no_success_near_the_memory_limit,
    "I17 failures answered": failures_are_answered,
    "I17 taken back": what_ecs_took_back_counts,
    "I17 empty pools": no_way_back_into_an_empty_pool,
    "I17 vouched for": what_runs_is_vouched_for,
    "I17 back on ours": what_ecs_went_back_to_is_vouched_for,
    "I18 I19 ledger first": every_write_has_its_change,
    "I18 claims": nothing_of_others_is_claimed,
    "I19 I31 ledger grows": the_ledger_only_grows,
    "I20 repeats": repeats_are_one,
    "I21 shallow causes": causes_are_shallow,
    "I23 fights": resets_are_respected,
    "I24 share of the API": no_more_than_a_share,
    "I24 nothing fails": a_spent_share_fails_no_change,
    "I28 left well": services_are_left_well,
    "I29 secrets": no_secret_is_seen,
    "I31 approved": only_what_was_approved_is_applied,
    "I32 notices": notices_do_not_flood,
    "I33 canaries": canaries_go_first,
    "I34 undo": undo_restores_what_was,
    "I36 I37 strangers": strangers_are_refused,
    "I38 latest": latest_equals_what_runs,
    "I38 theirs stays": nobody_elses_is_buried,
    "calm": calm_seeds_do_the_expected,
}
"""What a seed is judged by; docs/simulation.md has the list of invariants, and which are not here."""
