from incidents import actions, escalation
from tests.factories import MAY, NOON
from tests.incidents.access import OUTCOME
from tests.incidents.rows import CLOSED, DAY, JUNE, make_breach


def extend(world):
    """One breach in each state that somebody must act on: `breach` is open."""
    # Long ago, so that no other period of the world is the same.
    month = {"lo": MAY.replace(2024), "hi": JUNE.replace(2024)}
    world.documented_breach = make_breach(world.version, "K4", **month)
    world.acknowledged_breach = make_breach(world.version, "K2", **month)
    world.breach = make_breach(world.version, "K1", **month)
    escalation.tick(now=CLOSED)
    for breach in (world.documented_breach, world.acknowledged_breach):
        actions.acknowledge(breach, actor=world.provider, at=CLOSED)
    # By the manager, so that no silence of the client lets the manager close it.
    actions.document_outcome(world.documented_breach, **OUTCOME, actor=world.manager, at=CLOSED)
    world.closed_breach = _closed(world, {"lo": MAY.replace(2023), "hi": JUNE.replace(2023)})
    world.promise = actions.add_breach_action(
        world.acknowledged_breach, kind="preventive", text="Watch the disk", owner=world.provider,
        due_on=CLOSED.date() + 9 * DAY, actor=world.manager, at=CLOSED,
    )
    world.incidents = {state: _incident(world, state) for state in ("open", "acknowledged", "in_progress", "resolved")}


def _closed(world, month):
    """Closed long ago, its check due: the escalation point owned it and wrote the outcome."""
    breach = make_breach(world.version, "K1", **month)
    who = {"actor": world.escalation, "at": CLOSED - 60 * DAY}
    breach = actions.acknowledge(breach, **who)
    breach = actions.document_outcome(breach, **OUTCOME, **who)
    return actions.close(breach, actor=world.client, at=CLOSED - 60 * DAY)


def _incident(world, until):
    """Logged by the provider, so that closing is the client's alone, and led to a state by the acts."""
    who = {"actor": world.provider, "at": NOON}
    incident = actions.log_incident(
        world.agreement, title=f"Slow pages, {until}", text="", priority=3, began_at=NOON, party="provider",
        door="portal", actor=world.manager, at=NOON,
    )
    for state, act, words in (
        ("acknowledged", actions.acknowledge_incident, {}),
        ("in_progress", actions.begin_incident, {}),
        ("resolved", actions.resolve_incident, {"resolution": "Restarted."}),
    ):
        if incident.state != until:
            incident = act(incident, **words, **who)
            assert incident.state == state
    return incident
