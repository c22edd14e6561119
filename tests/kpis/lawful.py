"""What the laws of figures are tried on: an agreement with a KPI of each kind, and what may happen to its data.

Everything happens by the acts that people perform; only the withdrawal of a fact has none.
"""

from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from agreements import terms as t
from kpis import actions, facts, periods
from kpis.actions import Declined
from kpis.intake import rows as r
from kpis.models import Case, Delivery, DirtyDay, Exclusion, Outage, Period, PeriodResult, Sample
from tests.factories import make_agreement, make_member, make_terms, make_version
from tests.kpis.build import deliver, stream, utc

MAY, JUNE, NOW = utc("2026-05-01T00:00"), utc("2026-06-01T00:00"), utc("2026-06-20T00:00")
LAW = settings(
    max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
SLICES = {"slice": 3600, "error_percent": "5", "minimum_run": 1, "minimum_requests": 0}
BOTH = [{"kpi": "K1", "weight": "1"}, {"kpi": "K5", "weight": "2"}]
PARTS = {"method": "weighted_mean", "late_days": 0, "components": BOTH}
# The categories of a KPI: of time one may be called good, of values none.
DROPS, ALL = ["dropped", "capped"], ["dropped", "capped", "good"]
CATEGORIES = {"K1": ALL, "K2": DROPS, "K3": DROPS, "K4": ALL, "K5": DROPS, "K8": ALL}


def kpi(key, kind, indicator, params, **kwargs):
    fields = {"op": ">=", "target": "99", "unit": "%", "coverage": "0", "exclusions": CATEGORIES.get(key, [])} | kwargs
    return t.Kpi(key, key, "canvas", kind, indicator, source="probe", params=params, **fields)


KPIS = [
    kpi("K1", "uptime", "log", {}, calendar="always"),
    kpi("K2", "value", "ms", {"aggregate": "percentile", "percentile": "95"}, op="<=", target="50", unit="ms"),
    kpi("K3", "value", "ms", {"aggregate": "avg"}, op="<=", target="50", unit="ms", calendar="desk"),
    kpi("K4", "slice_uptime", "http", SLICES, calendar="always"),
    kpi("K5", "ratio", "http", {"method": "sum"}),
    kpi("K6", "count", "cases", {"cohort": "opened_in"}, op="<=", target="3", unit="cases"),
    kpi("K7", "deadline", "cases", {"cohort": "due_in"}),
    kpi("K8", "count", "log", {"of": "outages", "minimum_run": 1800}, op="<=", target="2", unit="outages"),
    kpi("K9", "composite", "index", PARTS),
]  # fmt: skip
KEYS = {"log": 0, "ms": 1, "http": 2, "cases": 3}


def make_house():
    """In force since May in Brussels; two of the provider's people, one of the client's."""
    terms = make_terms(kpis=KPIS, credits=[])
    terms.agreement.timezone = "Europe/Brussels"
    terms.exclusions = [
        t.ExclusionTerm("dropped", "Maintenance"),
        t.ExclusionTerm("capped", "Repairs", yearly_cap_minutes=1500),
        t.ExclusionTerm("good", "Force majeure", effect="as_good"),
    ]
    agreement = make_agreement(state="active")
    make_version(agreement, state="executed", terms=terms, effective_from=MAY - timedelta(hours=2))
    actions.bind_executed(now=NOW)
    asker, other = (make_member(agreement.provider, "provider") for _each in range(2))
    client = make_member(agreement.client, "client")
    return SimpleNamespace(agreement=agreement, asker=asker, other=other, client=client)


# One thing that is told: which stream, which of a few facts, when, and how much; or that the fact is withdrawn.
TOLD = st.tuples(
    st.sampled_from(sorted(KEYS)), st.integers(0, 5), st.integers(0, 32 * 24 - 1), st.integers(0, 100), st.booleans()
)
ROWS = st.lists(TOLD, min_size=1, max_size=5, unique_by=lambda each: each[:2])
STREAMS = st.lists(ROWS, min_size=1, max_size=4)


def claims(*whats):
    """One claim: what is done, for which KPI by which category, from which hour, for how many minutes."""
    return st.tuples(
        st.sampled_from(whats), st.sampled_from(sorted(CATEGORIES)), st.integers(0, 2),
        st.integers(0, 32 * 24 - 1), st.integers(1, 1800),
    )  # fmt: skip


def row(kind, number, hour, amount):
    """The same fact always has the same id; its time is in its id where the identity holds the time."""
    at, late = MAY - timedelta(hours=12) + timedelta(hours=hour), timedelta(minutes=1 + amount)
    if kind == "log":
        return r.Outage(at, at + late, f"o{number}")
    if kind == "cases":
        return r.Case(f"c{number}", at, 3, None, at + 10 * late if amount % 2 else None)
    fixed = MAY + timedelta(hours=number * 150)
    if kind == "ms":
        return r.Sample(fixed, Decimal(amount) / 4, f"s{number}")
    return r.Sample(fixed, Decimal(amount), f"s{number}", total=Decimal(100))


@contextmanager
def undone():
    """What one example did is no fact of the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def happen(house, step):
    """A step: some rows, or a claim."""
    if isinstance(step, list):
        tell(house, step)
    else:
        claim(house, *step)


def tell(house, step):
    """One delivery for each stream that is told of; the last of the tuple withdraws the fact instead."""
    for key in sorted({each[0] for each in step}):
        given_ = [each for each in step if each[0] == key and not each[4]]
        if given_:
            indicator = stream(house.agreement, key)
            deliver(indicator, [row(*each[:4]) for each in given_], house.asker, at=NOW, reason="Corrected")
        for each in step:
            if each[0] == key and each[4]:
                void(house, key, row(*each[:4]))


def void(house, key, told):
    """A revision that voids the newest one, as an act would write it."""
    indicator = stream(house.agreement, key)
    model = {"log": Outage, "cases": Case}.get(key, Sample)
    known = model.objects.newest(indicator.pk).filter(external_id=told.external_id).first()
    if known is None or known.voided:
        return
    delivery = Delivery.objects.create(indicator=indicator, door="api", source="log", by=house.asker, at=NOW)
    known.revision, known.voided, known.delivery_id = known.revision + 1, True, delivery.pk
    known._state.adding = True
    known.save(force_insert=True)
    ends = {"log": "until", "cases": "closed_at"}.get(key)
    days = [known.at, *filter(None, [getattr(known, ends) if ends else None])]
    DirtyDay.objects.bulk_create(DirtyDay(indicator_id=indicator.pk, day=at.date(), marked_at=NOW) for at in days)


def claim(house, what, key, category, hour, minutes):
    """An exclusion is asked for and approved, refused, or one of those that count is acknowledged or withdrawn."""
    if what in ("withdraw", "acknowledge"):
        act, person = {
            "withdraw": (actions.withdraw_exclusion, house.asker),
            "acknowledge": (actions.acknowledge_exclusion, house.client),
        }[what]
        states = ["approved", "acknowledged"] if what == "withdraw" else ["approved"]
        if counting := list(Exclusion.objects.filter(state__in=states).order_by("pk")):
            said = {"reason": "Wrong"} if what == "withdraw" else {}
            act(counting[hour % len(counting)], actor=person, at=NOW, **said)
        return
    starts = MAY - timedelta(hours=12) + timedelta(hours=hour)
    categories = CATEGORIES[key]
    try:
        asked = actions.propose_exclusion(
            house.agreement, category=categories[category % len(categories)], kpis=[key], starts_at=starts,
            ends_at=starts + timedelta(minutes=minutes), reason="Night work", actor=house.asker, at=NOW,
        )  # fmt: skip
    except Declined:  # before the version's life, or the cap is used up
        return
    if what == "exclude":
        actions.approve_exclusion(asked, actor=house.other, at=NOW)
    else:
        actions.refuse_exclusion(asked, reason="Not so", actor=house.other, at=NOW)


def correct(house):
    """Each closed result of what it has become is corrected by all three; an index then follows its parts."""
    for period in Period.objects.filter(state="closed").exclude(target__key="K9").order_by("pk"):
        try:
            asked = actions.propose_correction(period, reason="New data", actor=house.asker, at=NOW)
        except Declined:  # nothing would change
            continue
        asked = actions.approve_correction(asked, actor=house.other, at=NOW)
        actions.accept_correction(asked, actor=house.client, at=NOW)
    actions.close_due(now=NOW)


def may(house):
    """The periods of May, one for each KPI."""
    found = Period.objects.filter(target__agreement=house.agreement, label="2026-05").order_by("target__key")
    return found.select_related("target__indicator")


def outcomes(house, *, rolled):
    """What May would be now, by KPI: from rollups and rows, or from every row."""
    found = {}
    for period in may(house):
        mark = None if rolled else facts.latest_delivery(period.target.indicator)
        components = periods._components(period, JUNE) if period.target.key == "K9" else ()
        found[period.target.key] = periods.compute(
            period.target, period.lo, period.hi, known_until=mark, known_at=period.hi, components=components
        ).to_dict()
    return found


def judged(house):
    """The newest edition of each result of May, by KPI. Of an index what it is made of is not named by its hash."""
    found = {}
    for period in may(house):
        outcome = PeriodResult.objects.filter(period=period).order_by("edition").last().outcome
        for each in outcome["figures"].get("components", []):
            del each["edition"], each["sha256"]
        found[period.target.key] = outcome
    return found
