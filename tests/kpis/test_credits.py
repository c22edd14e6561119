"""Credits: public SLAs with every edge of their tiers, the holes that are refused, exact amounts."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.credits import Tier, TierError, check, credit_for, together

TINY = Fraction(1, 10**12)


def tiers(*rows, **kwargs):
    """Rows of (lo, hi, amount) as in the terms."""
    return [Tier(*(None if end is None else Decimal(end) for end in row), **kwargs) for row in rows]


def paid(value, rows, fee="1000", **kwargs):
    due = credit_for(Fraction(value), rows, Decimal(fee), **kwargs)
    return None if due is None else due.amount


# Public texts as of their dates, as templates to edit, not as current truth.
PUBLIC = {
    # aws.amazon.com/compute/sla, 5 May 2022: region level
    "AWS EC2": ("99.99", [("99.0", "99.99", "10"), ("95.0", "99.0", "30"), ("0", "95.0", "100")]),
    # aws.amazon.com/s3/sla, 28 November 2023
    "AWS S3 Standard": ("99.9", [("99.0", "99.9", "10"), ("95.0", "99.0", "25"), ("0", "95.0", "100")]),
    "AWS S3 IA": ("99.0", [("98.0", "99.0", "10"), ("95.0", "98.0", "25"), ("0", "95.0", "100")]),
    # aws.amazon.com/s3/sla-rtc, 4 May 2022
    "AWS S3 RTC": ("99.9", [("98.0", "99.9", "10"), ("95.0", "98.0", "25"), ("0", "95.0", "100")]),
    # aws.amazon.com/es/rds-sla, 22 January 2024
    "AWS RDS Multi-AZ": ("99.95", [("99.0", "99.95", "10"), ("95.0", "99.0", "25"), ("0", "95.0", "100")]),
    "AWS RDS single": ("99.5", [("99.0", "99.5", "10"), ("95.0", "99.0", "25"), ("0", "95.0", "100")]),
    # dynamodbaccelerator/sla, 20 May 2024
    "AWS DAX Multi-AZ": ("99.99", [("99.0", "99.99", "10"), ("95.0", "99.0", "25"), ("0", "95.0", "100")]),
    "AWS DAX Single-AZ": ("99.5", [("99.0", "99.5", "10"), ("95.0", "99.0", "25"), ("0", "95.0", "100")]),
    # second hand, 2024
    "AWS DynamoDB": ("99.99", [("99.0", "99.99", "10"), ("95.0", "99.0", "25"), ("0", "95.0", "100")]),
    "AWS DynamoDB global": ("99.999", [("99.0", "99.999", "10"), ("95.0", "99.0", "25"), ("0", "95.0", "100")]),
    # cloud.google.com/alloydb/sla
    "GCP AlloyDB HA": ("99.99", [("99.0", "99.99", "10"), ("95.0", "99.0", "25"), ("0", "95.0", "50")]),
    # azure.microsoft.com, virtual machines in two or more zones
    "Azure VM": ("99.99", [("99", "99.99", "10"), ("95", "99", "25"), ("0", "95", "100")]),
    # Twilio APIs
    "Twilio": ("99.95", [("0", "99.95", "10")]),
    "Twilio Enterprise": ("99.99", [("0", "99.99", "10")]),
    # The public code host's quarter as it can be written without its holes: half-open.
    "Code host": ("99.9", [("99.0", "99.9", "10"), ("0", "99.0", "25")]),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_edge_of_a_public_sla(name):
    target, rows = PUBLIC[name]
    own = tiers(*rows)

    check(own, op=">=", target=Decimal(target))

    assert paid(target, own) is None
    assert paid("100", own) is None
    for lo, hi, percent in rows:
        amount = Decimal(percent) * 10
        assert paid(lo, own) == amount
        assert paid(Fraction(lo) + TINY, own) == amount
        assert paid(Fraction(hi) - TINY, own) == amount


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_the_order_of_the_rows_does_not_matter(order):
    target, rows = PUBLIC["AWS EC2"]
    own = tiers(*[rows[place] for place in order])

    check(own, op=">=", target=Decimal(target))

    assert paid("96", own) == 300


def test_atlassian_s_worked_example():
    """60 of 43,200 minutes: 99.861111 %, 10 %."""
    value = Fraction(100 * (43_200 - 60), 43_200)

    due = credit_for(value, tiers(("0", "99.9", "10")), Decimal("410.00"))

    assert (due.amount, due.percent, due.tier, due.capped) == (Decimal("41.00"), Decimal("10.0000"), 1, False)


@pytest.mark.parametrize(
    ("rows", "tier", "message"),
    [
        # The quarter's text of a public code host: "<= 99.9 and > 99.0: 10 %", "< 99.0: 25 %".
        (
            [Tier(Decimal("99.0"), Decimal("99.9"), Decimal(10), lo_included=False),
             Tier(Decimal(0), Decimal("99.0"), Decimal(25))],
            1, "Exactly 99.0 belongs to neither tier 2 nor tier 1",
        ),
        (
            [Tier(Decimal("99.0"), Decimal("99.9"), Decimal(10), hi_included=True),
             Tier(Decimal(0), Decimal("99.0"), Decimal(25))],
            1, "pays also for 99.9, which is met",
        ),
        (tiers(("99", "99.9", "10"), ("0", "98", "25")), 1, "from 98 to 99, nothing is said"),
        (tiers(("98", "99.9", "10"), ("0", "99", "25")), 1, "overlaps tier 2"),
        (tiers(("99", "99.9", "10"), (None, None, "25")), 1, "overlaps tier 2"),
        (
            [*tiers(("99", "99.9", "10")), Tier(Decimal(0), Decimal(99), Decimal(25), hi_included=True)],
            1, "Exactly 99 belongs to tier 2 and to tier 1",
        ),
        (tiers(("99", "99.9", "10")), 1, "Below tier 1 .* nothing is said"),
        (tiers(("0", "99", "10")), 1, "and the target 99.9 nothing is said"),
        (tiers(("0", None, "10")), 1, "pays also for 99.9"),
        (tiers(("0", "99", "25"), ("99", "100", "10")), 2, "pays also for 99.9"),
        (tiers(("0", "99.9", "10"), ("99.9", "99.9", "10")), 2, "holds no value"),
        (tiers(("99.9", "0", "10")), 1, "holds no value"),
        (tiers(("0", "99.9", "-1")), 1, "less than nothing"),
        (tiers(("0", "99.9", "10"), kind="gift"), 1, "unknown kind"),
        ([], 1, "no tier"),
    ],
)  # fmt: skip
def test_tiers_with_a_hole_or_an_overlap_are_refused(rows, tier, message):
    with pytest.raises(TierError, match=message) as error:
        check(rows, op=">=", target=Decimal("99.9"))

    assert error.value.tier == tier


def test_declared_ends_may_close_what_is_half_open():
    """"more than 99.0" and "99.0 or less" leave nothing out."""
    own = [
        Tier(Decimal("99.0"), Decimal("99.9"), Decimal(10), lo_included=False),
        Tier(Decimal(0), Decimal("99.0"), Decimal(25), hi_included=True),
    ]

    check(own, op=">=", target=Decimal("99.9"))

    assert (paid("99.0", own), paid(Fraction(99) + TINY, own)) == (250, 100)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (tiers(("800", "1000", "5"), ("1000", None, "10")), None),
        (tiers(("800", "1000", "5")), "Above tier 1"),
        (tiers(("900", None, "5")), "Between the target 800"),
        (tiers(("700", None, "5")), "pays also for 800"),
        (tiers(("800", None, "5"), kind="multiple"), "only a share of time"),
    ],
)
def test_tiers_of_a_target_from_above(rows, message):
    if message is None:
        check(rows, op="<=", target=Decimal(800))
        assert (paid("999.9", rows), paid("1000", rows)) == (50, 100)
        return
    with pytest.raises(TierError, match=message):
        check(rows, op="<=", target=Decimal(800))


@pytest.mark.parametrize(("multiple", "amount"), [("10", "13.89"), ("100", "138.89")])
def test_a_multiple_of_the_downtime_s_fee(multiple, amount):
    """Slack, 14 June 2024: ten times the fee of the downtime; an older plan paid a hundred times."""
    own = tiers(("0", "99.99", multiple), kind="multiple")
    value = Fraction(100 * (43_200 - 60), 43_200)

    assert paid(value, own) == Decimal(amount)


def test_a_fixed_sum():
    assert paid("99", tiers(("0", "99.9", "123.45"), kind="fixed")) == Decimal("123.45")


def test_the_cap_is_a_share_of_the_fee():
    own = tiers(("0", "99.9", "100"))

    due = credit_for(Fraction(50), own, Decimal(410), cap_percent=Decimal(30))

    assert (due.amount, due.percent, due.capped) == (Decimal("123.00"), Decimal("30.0000"), True)


@pytest.mark.parametrize(("fee", "amount"), [("9.99", "0.00"), ("10.00", "1.00")])
def test_below_the_minimum_nothing_is_paid(fee, amount):
    """RDS pays a credit only from 1 USD on; 0.999 is below it although it would round to 1.00."""
    assert paid("99", tiers(("0", "99.9", "10")), fee, minimum=Decimal(1)) == Decimal(amount)


@pytest.mark.parametrize(
    ("fee", "percent", "decimals", "amount"),
    [
        ("0.50", "5", 2, "0.02"),  # 0.025
        ("0.70", "5", 2, "0.04"),  # 0.035
        ("0.5001", "5", 2, "0.03"),
        ("1005", "10", 0, "100"),  # 100.5 yen
        ("410.00", "5", 2, "20.50"),
    ],
)
def test_amounts_are_rounded_once_half_to_even(fee, percent, decimals, amount):
    due = credit_for(Fraction(99), tiers(("0", "99.9", percent)), Decimal(fee), decimals=decimals)

    assert str(due.amount) == amount


def test_a_free_service_earns_nothing():
    due = credit_for(Fraction(99), tiers(("0", "99.9", "10")), Decimal(0))

    assert (due.amount, due.percent) == (0, 0)


@pytest.mark.parametrize(
    ("value", "fee"), [(Fraction(99), 410.0), (99.0, Decimal(410)), (Fraction(99), Decimal(-1))]
)
def test_floats_and_negative_fees_are_refused(value, fee):
    with pytest.raises(ValueError, match=r"exact number|not negative"):
        credit_for(value, tiers(("0", "99.9", "10")), fee)


def test_tiers_are_read_from_the_terms():
    rows = [
        {"from_value": "95", "below": "99.9", "percent": "5"},
        {"from_value": "", "below": "95", "percent": "9"},
    ]

    assert [Tier.from_terms(row) for row in rows] == tiers(("95", "99.9", "5"), (None, "95", "9"))


@given(st.lists(st.decimals("0.1", "99.8", places=1), unique=True, max_size=6), st.fractions(0, 100))
def test_valid_tiers_answer_every_missed_value_exactly_once(edges, value):
    cuts = [Decimal(0), *sorted(edges), Decimal("99.9")]
    own = [Tier(lo, hi, Decimal(1)) for lo, hi in zip(cuts, cuts[1:], strict=False)]

    check(own, op=">=", target=Decimal("99.9"))

    assert sum(tier.holds(value) for tier in own) == (1 if value < Fraction("99.9") else 0)


CREDITS = st.lists(st.integers(1, 500).map(Decimal), max_size=5)


@given(CREDITS, st.permutations(range(5)), st.none() | st.integers(0, 900).map(Decimal))
def test_credits_keep_to_their_common_rule_in_any_order(amounts, order, most):
    """Slack and others: credits are not cumulative; only the worst KPI pays."""
    ordered = [amounts[place] for place in order if place < len(amounts)]
    for rule, total in (("sum", sum(amounts)), ("largest", max(amounts, default=0))):
        given_: list[Decimal] = []
        for amount in ordered:
            given_.append(together(amount, given_, rule=rule, most=most))

        assert sum(given_) == (total if most is None else min(total, most))
        assert all(each >= 0 for each in given_)


@pytest.mark.parametrize("row, worth", [
    ({"from_value": "0", "below": "99.9", "percent": "10"}, "100"),
    ({"from_value": "0", "below": "99.9", "percent": "0", "kind": "multiple", "amount": "10"}, "100"),
    ({"from_value": "", "below": "99.9", "percent": "0", "kind": "fixed", "amount": "12.50"}, "12.50"),
])  # fmt: skip
def test_a_tier_as_the_terms_keep_it(row, worth):
    assert paid("99", [Tier.from_terms(row)]) == Decimal(worth)
