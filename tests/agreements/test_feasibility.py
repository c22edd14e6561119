"""Whether what stands behind a promise can carry it: one line per case, and laws."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements import feasibility
from agreements import terms as t
from agreements.businesstime import Calendar
from agreements.feasibility import HOLDS, SHORT, UNKNOWN, Support, times
from tests.factories import make_terms

TODAY = date(2026, 5, 6)
NB = "\N{NO-BREAK SPACE}"
SUN = {"sun": [["00:00", "24:00"]]}


def sla(target="99.9", **changes):
    terms = make_terms(term=t.Term("2026-05-01", "2027-04-30", "none"), **changes)
    terms.kpis = [replace(terms.kpis[0], target=target)]
    return terms


def behind(reference="OLA-2026-001", target="99.95", *, priorities=(), calendar="always", kpi=None, term=None, **link):
    terms = make_terms(priorities=list(priorities), term=t.Term("2026-05-01", "2027-04-30", "none"))
    terms.term = replace(terms.term, **(term or {}))
    terms.kpis = [replace(terms.kpis[0], target=target, calendar=calendar, **(kpi or {}))]
    return Support(reference, terms, **link)


def priority(resolution, response=None, calendar="desk", number=3):
    return t.Priority(number, "Normal", resolution * 3600, calendar, response and response * 3600)


def lines(terms, *supports, about="K1 Availability"):
    return [(each.verdict, each.text) for each in feasibility.check(terms, supports, TODAY) if each.about == about]


def test_without_a_supporter_nothing_is_said():
    assert feasibility.check(sla(), [], TODAY) == []
    assert feasibility.worst([]) == HOLDS


SHARES = [
    # in series
    ([("99.95", {})], HOLDS, "99.95 % ≥ 99.9 %"),
    ([("99.9", {})], HOLDS, "99.9 % ≥ 99.9 %"),
    ([("99.89", {})], SHORT, "99.89 % < 99.9 %"),
    ([("99.95", {}), ("99.9", {})], SHORT, "99.95 % × 99.9 % = 99.85005 % < 99.9 %"),
    ([("99.95", {}), ("99.95", {})], HOLDS, "99.95 % × 99.95 % = 99.900025 % ≥ 99.9 %"),
    ([("99.97", {}), ("99.97", {}), ("99.97", {})], HOLDS, "99.97 % × 99.97 % × 99.97 % = 99.9100269973 % ≥ 99.9 %"),
    # alternatives
    ([("99", {"group": "a"}), ("98", {"group": "a"})], HOLDS, "(1 − (1 − 98 %) × (1 − 99 %)) = 99.98 % ≥ 99.9 %"),
    ([("99", {"group": "a"}), ("98", {"group": "a"}), ("99.9", {})], SHORT,
     "99.9 % × (1 − (1 − 98 %) × (1 − 99 %)) = 99.88002 % < 99.9 %"),
    # what can't be compared is never fine
    ([("99.99", {"kpi_": {"period": "quarter"}})], UNKNOWN, "OLA-0 K1 is judged over a longer period."),
    ([("99.99", {"kpi_": {"op": "<="}})], UNKNOWN, "OLA-0 K1 is no share to be reached."),
    ([("99.99", {"kpi_": {"exclusions": ["maintenance"]}})], UNKNOWN, "OLA-0 K1 leaves out what counts here."),
    ([("99.99", {"kpi_": {"kind": "score"}})], UNKNOWN, "OLA-0 promises nothing of this kind."),
    ([("99.99", {"promise": "K9"})], UNKNOWN, "OLA-0 promises nothing of this kind."),
    ([("99.99", {"calendar": "desk"})], UNKNOWN, "the hours of OLA-0 K1 do not cover those of the promise."),
    ([("99.99", {"calendar": "gone"})], UNKNOWN, "the hours of OLA-0 K1 do not cover those of the promise."),
    ([("99.99", {}), ("99", {"kpi_": {"unit": "h"}})], UNKNOWN, "OLA-1 K1 is no share to be reached."),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "verdict", "text"), SHARES, ids=[row[2] for row in SHARES])
def test_availabilities(rows, verdict, text):
    supports = [
        behind(f"OLA-{n}", target, kpi=extra.pop("kpi_", None), **extra)
        for n, (target, extra) in enumerate((target, dict(extra)) for target, extra in rows)
    ]
    # In series the order of the references, alternatives behind them.
    assert lines(sla(), *supports) == [(verdict, text.replace(" %", f"{NB}%"))]


def test_hours_that_are_more_than_the_promise_has_make_a_share_worse():
    """A fifth of a percent of 168 hours may all fall into 35."""
    terms = sla("99")
    terms.kpis[0].calendar = "desk"
    assert lines(terms, behind(target="99.9")) == [(HOLDS, f"99.52{NB}% ≥ 99{NB}%")]
    assert lines(terms, behind(target="99.79")) == [(SHORT, f"98.992{NB}% < 99{NB}%")]


def test_a_share_without_an_end_is_cut_downwards():
    terms = sla("99")
    terms.kpis[0].calendar = "desk"
    terms.calendars[1].schedule = {"mon": [["00:00", "24:00"]], "tue": [["00:00", "21:00"]]}
    ((verdict, text),) = lines(terms, behind(target="99.99"))
    assert (verdict, text) == (HOLDS, f"99.962666666666…{NB}% ≥ 99{NB}%")


def test_only_what_is_linked_to_the_kpi_or_its_service_counts():
    assert lines(sla(), behind(target="90", kpi={}, service="mail")) == []
    assert lines(sla(), replace(behind(target="90"), kpi="K2")) == []
    assert lines(sla(), behind(target="99.99", service="canvas"))[0][0] == HOLDS
    assert lines(sla(), replace(behind(target="99.99"), kpi="K1"))[0][0] == HOLDS


def test_a_supporter_with_several_promises_must_be_told_which():
    support = behind()
    support.terms.kpis.append(replace(support.terms.kpis[0], key="K2", target="99.99"))
    assert lines(sla(), support)[0] == (UNKNOWN, "OLA-2026-001 promises several (K1, K2) and none is named.")
    assert lines(sla(), replace(support, promise="K2"))[0] == (HOLDS, f"99.99{NB}% ≥ 99.9{NB}%")


def test_late_cases_add_up():
    terms = make_terms()
    terms.kpis = [replace(terms.kpis[1], target="95")]
    a, b = (Support(name, make_terms()) for name in ("OLA-1", "OLA-2"))
    for each, target in ((a, "98"), (b, "97")):
        each.terms.kpis = [replace(each.terms.kpis[1], target=target)]
    said = lines(terms, a, b, about="K2 Priority 3 closed in time")
    assert said == [(HOLDS, f"100{NB}% − 2{NB}% − 3{NB}% = 95{NB}% ≥ 95{NB}%")]
    b.terms.kpis[0].target = "96"
    assert lines(terms, a, b, about="K2 Priority 3 closed in time")[0][0] == SHORT


def test_a_value_is_not_carried_over():
    terms = make_terms()
    found = lines(terms, Support("UC-1", make_terms(), kpi="K3"), about="K3 Time to resolve, 95th percentile")
    assert found == [(UNKNOWN, "a value of UC-1 cannot be carried over by arithmetic.")]


TERMS = [
    ({}, {}, HOLDS, "It lasts as long as the agreement."),
    ({"ends_on": None}, {}, HOLDS, "It lasts as long as the agreement."),
    ({"ends_on": "2027-03-31"}, {}, SHORT, "It ends on 31 March 2027, the agreement on 30 April 2027."),
    ({"ends_on": "2027-03-31", "renewal": "automatic"}, {}, HOLDS,
     "It ends on 31 March 2027 and renews unless somebody gives notice."),
    ({"ends_on": "2027-03-31", "renewal": "by_agreement"}, {}, UNKNOWN,
     "It ends on 31 March 2027 unless both agree to renew it; the agreement on 30 April 2027."),
    ({"effective_from": "2026-06-01"}, {}, SHORT, "It begins only on 1 June 2026."),
    ({"effective_from": "2026-05-02"}, {}, HOLDS, "It lasts as long as the agreement."),
    ({}, {"ended": True}, SHORT, "It has ended."),
    ({}, {"signed": False}, UNKNOWN, "It is not signed yet: its draft is read."),
    ({}, {"terms": None}, UNKNOWN, "It has no terms that can be read."),
]  # fmt: skip


@pytest.mark.parametrize(("term", "link", "verdict", "text"), TERMS, ids=[row[3] for row in TERMS])
def test_a_supporter_lasts_as_long_as_the_promise(term, link, verdict, text):
    assert lines(sla(), replace(behind(term=term), **link), about="OLA-2026-001") == [(verdict, text)]


def test_an_ended_supporter_carries_nothing():
    found = feasibility.check(sla(), [behind(ended=True)], TODAY)
    assert [each.verdict for each in found] == [SHORT]


def test_the_first_moment_that_is_not_covered_is_named():
    terms = sla()
    support = behind()
    about = "K1 Availability, hours"
    assert lines(terms, support, about=about) == [
        (HOLDS, "OLA-2026-001 is open whenever the promise counts, for twelve months to come.")
    ]
    support.terms.calendars[0].holidays = ["2026-12-25", "2027-12-25"]
    assert lines(terms, support, about=about) == [
        (SHORT, "OLA-2026-001 is closed on Fri 25 Dec 2026, 00:00, when the promise counts.")
    ]
    terms.calendars[0].holidays = ["2026-12-25"]
    assert lines(terms, support, about=about)[0][0] == HOLDS  # the other lies more than twelve months ahead
    terms.agreement.timezone = "Europe/Oslo"
    support.terms.calendars[0].schedule = {**support.terms.calendars[0].schedule, "sat": [["00:00", "23:00"]]}
    assert lines(terms, support, about=about) == [
        (SHORT, "OLA-2026-001 is closed on Sun 10 May 2026, 01:00, when the promise counts.")
    ]
    support.terms.kpis[0].calendar = "gone"
    assert lines(terms, support, about=about) == [(UNKNOWN, "The hours of OLA-2026-001 can't be compared.")]


RESOLUTION = "P3 Normal, resolution"
TIMES = [
    # the same hours: so much open time is so much open time
    (priority(10), [[priority(6)]], HOLDS, "6 h ≤ 10 h, whenever a case is opened."),
    (priority(10), [[priority(6)], [priority(4)]], HOLDS, "6 h + 4 h ≤ 10 h, whenever a case is opened."),
    (priority(10, calendar="always"), [[priority(6, calendar="always")], [priority(5, calendar="always")]], SHORT,
     "6 h + 5 h > 10 h: opened on Wed 6 May 2026, 00:00, it comes 1 h too late."),
    # a desk that sleeps at night and on the weekend behind a promise that runs day and night
    (priority(70, calendar="always"), [[priority(7)]], SHORT, None),
    (priority(24 * 9, calendar="always"), [[priority(7)]], HOLDS, "7 h ≤ 9 d, whenever a case is opened."),
    # the quicker of two alternatives counts
    (priority(10), [[priority(6), priority(11)]], HOLDS, "6 h or 11 h ≤ 10 h, whenever a case is opened."),
    # never silently fine
    (priority(10), [[priority(6, number=1)]], UNKNOWN, "OLA-0-0 promises no such time for priority 3."),
    (priority(10), [[priority(6, calendar="gone")]], UNKNOWN, "the hours of OLA-0-0 can't be read."),
    (priority(10, calendar="gone"), [[priority(6)]], UNKNOWN, "the hours of the promise can't be read."),
    (priority(10), [[priority(1)]] * 4, UNKNOWN, "more than 3 steps follow each other."),
]


def chained(groups):
    return [
        behind(f"OLA-{g}-{n}", priorities=[row], group=f"g{g}" if len(group) > 1 else "")
        for g, group in enumerate(groups) for n, row in enumerate(group)
    ]  # fmt: skip


@pytest.mark.parametrize(("promise", "groups", "verdict", "text"), TIMES)
def test_times_add_up(promise, groups, verdict, text):
    ((got, said),) = lines(sla(priorities=[promise]), *chained(groups), about=RESOLUTION)
    assert got == verdict and (text is None or said == text)


def test_the_worst_opening_is_found():
    """Opened the moment the desk goes home on Friday 8 May, it waits until Monday."""
    terms = sla(priorities=[priority(24 * 3, calendar="always")])
    terms.calendars[1].holidays = []
    support = behind(priorities=[priority(7)])
    support.terms.calendars[1].holidays = []
    ((verdict, text),) = lines(terms, support, about=RESOLUTION)
    # 7 h behind Friday 22:00 end on Monday 22:00, three days later to the second; a second sooner, Monday 21:59:59.
    assert (verdict, text) == (HOLDS, "7 h ≤ 3 d, whenever a case is opened.")
    support.terms.priorities = [replace(priority(7), resolution_seconds=7 * 3600 + 1)]
    ((verdict, text),) = lines(terms, support, about=RESOLUTION)
    assert verdict == SHORT and text.endswith("it comes 17 h 1 s too late.")


def test_a_holiday_months_ahead_is_found():
    terms = sla(priorities=[priority(24 * 3, calendar="always")])
    support = behind(priorities=[priority(7)])
    support.terms.calendars[1].holidays = ["2026-11-02"]
    ((verdict, text),) = lines(terms, support, about=RESOLUTION)
    assert (verdict, text) == (
        SHORT, "7 h > 3 d: opened on Fri 30 Oct 2026, 22:00, it comes 24 h too late."
    )


def test_a_response_is_a_line_of_its_own():
    terms = sla(priorities=[priority(10, 2)])
    assert lines(terms, behind(priorities=[priority(6, 2)]), about="P3 Normal, response") == [
        (HOLDS, "2 h ≤ 2 h, whenever a case is opened.")
    ]
    assert lines(terms, behind(priorities=[priority(6)]), about="P3 Normal, response") == [
        (UNKNOWN, "OLA-2026-001 promises no such time for priority 3.")
    ]


# --- laws

SHARE = st.decimals("90", "100", places=2).map(str)


@given(st.lists(SHARE, min_size=1, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_a_series_does_not_matter(shares, random):
    supports = [behind("OLA-1", share, kpi={"key": f"K{n}"}, promise=f"K{n}") for n, share in enumerate(shares)]
    shuffled = random.sample(supports, len(supports))
    assert [each[0] for each in lines(sla(), *supports)] == [each[0] for each in lines(sla(), *shuffled)]


ORDER = {SHORT: 0, HOLDS: 1}


@given(st.lists(st.tuples(SHARE, st.sampled_from(["", "a", "b"])), min_size=1, max_size=4), st.data())
@settings(max_examples=80, deadline=None)
def test_a_better_supporter_never_makes_it_worse(rows, data):
    supports = [behind(f"OLA-{n}", share, group=group) for n, (share, group) in enumerate(rows)]
    at = data.draw(st.integers(0, len(rows) - 1))
    better = data.draw(st.decimals(rows[at][0], "100", places=2).map(str))
    improved = list(supports)
    improved[at] = replace(supports[at], terms=behind(target=better).terms)
    assert ORDER[lines(sla(), *improved)[0][0]] >= ORDER[lines(sla(), *supports)[0][0]]


HOURS = [
    Calendar.always("UTC"),
    Calendar.from_dict({"timezone": "UTC", "schedule": {"mon": [["08:00", "12:00"]], "thu": [["22:00", "26:00"]]}}),
    Calendar.from_dict({"timezone": "Europe/Oslo", "schedule": {"wed": [["10:00", "18:30"]], **SUN}}),
]
STEP = st.builds(times.Step, st.integers(1, 90_000), st.sampled_from(HOURS))
START = datetime(2026, 5, 6, tzinfo=UTC)


@given(STEP, st.lists(STEP, min_size=1, max_size=2), st.integers(0, 366 * 86_400))
@settings(max_examples=25, deadline=None)
def test_no_opening_is_later_than_the_worst(promise, steps, second):
    chain = tuple((step,) for step in steps)
    late, _at = times.worst(promise, chain, START)
    at = START + timedelta(seconds=second)
    for order in itertools.permutations(chain):
        assert times._late(promise, order, at) <= max(late, 0)


@given(STEP, st.lists(STEP, min_size=1, max_size=2), st.integers(1, 50_000))
@settings(max_examples=15, deadline=None)
def test_a_quicker_step_is_never_later(promise, steps, less):
    chain = tuple((step,) for step in steps)
    quicker = ((steps[0]._replace(seconds=max(1, steps[0].seconds - less)),), *chain[1:])
    assert times.worst(promise, quicker, START)[0] <= max(0, times.worst(promise, chain, START)[0])
