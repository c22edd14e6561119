"""Results: what was judged, from what, and the hash that anybody can get again."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

from agreements.models import Version
from agreements.terms import Terms, digest
from kpis import exclusions, formulas, parts, periods
from kpis.gathering import Question
from kpis.models import Period, PeriodResult
from kpis.rollups import Days
from kpis.spec import case_terms, spec_of


@dataclass(frozen=True)
class Judgement:
    """An outcome with all it was computed from."""

    inputs: dict[str, Any]
    outcome: dict[str, Any]

    @property
    def sha256(self) -> str:
        """SHA-256 over the canonical JSON (RFC 8785) of inputs and outcome."""
        return sha256_of(self.inputs, self.outcome)

    @property
    def verdict(self) -> str:
        return self.outcome["verdict"]


def sha256_of(inputs: dict[str, Any], outcome: dict[str, Any]) -> str:
    """The hash of a result's content, as hexadecimal digits."""
    return hashlib.sha256(rfc8785.dumps({"inputs": inputs, "outcome": outcome})).hexdigest()


@dataclass(frozen=True)
class Signed:
    """What a version says, read once for all that it judges."""

    label: str
    terms: Terms
    sha256: str

    @classmethod
    def of(cls, version: Version) -> "Signed":
        """Read a version. Raises TermsError when its terms are malformed."""
        terms = version.read_terms()
        return cls(version.label, terms, digest(terms))


def judge(
    period: Period, *, known_until: int, signed: Signed | None = None, rolled: Days | None = None
) -> Judgement:
    """Judge a whole period from the deliveries up to a mark, by its signed terms, looked at from its end.

    The exclusions are those that count now. The caller holds the stream's lock and the mark is the newest delivery:
    whole days may come from their rollups. Who judges many hands over what they share: `signed`, of the period's
    version, and the days of all their streams.
    """
    return _judge(
        period, known_until, period.lo, period.hi, periods.counted_before(period),
        exclusions.counting(period.target, period.lo, period.hi), formulas.ARITHMETIC_VERSION,
        parts.closed(period), signed=signed, rolled=rolled or Days([period.target.indicator_id]),
    )


def recompute(result: PeriodResult) -> str:
    """Work a result out again from the signed terms and the raw rows; its hash must come out the same."""
    return again(result).sha256


def again(result: PeriodResult) -> Judgement:
    """The judgement that the stored inputs give today."""
    return judge_from(result.period, result.inputs)


def judge_from(period: Period, inputs: dict[str, Any]) -> Judgement:
    """The judgement that the inputs of an earlier one give today."""
    return _judge(
        period,
        inputs["highest_delivery"],
        datetime.fromisoformat(inputs["lo"]),
        datetime.fromisoformat(inputs["hi"]),
        inputs["already_missed"],
        inputs.get("exclusions", []),
        inputs["arithmetic"],
        parts.stored(period, inputs.get("components", [])),
    )


def problems(result: PeriodResult) -> list[str]:
    """What does not hold about a stored result; empty when everything does."""
    found = []
    if sha256_of(result.inputs, result.outcome) != result.sha256:
        found.append("the stored figures are not those that were hashed")
    if result.verdict != result.outcome.get("verdict"):
        found.append("the verdict is not the one of the figures")
    return found or _differences(result)


def _differences(result: PeriodResult) -> list[str]:
    try:
        same = recompute(result) == result.sha256
    except ValueError as error:  # TermsError too: what was computed once and can't be any more was changed
        return [f"it can't be worked out any more: {error}"]
    return [] if same else ["the raw rows or the terms give another result"]


def _judge(
    period: Period,
    known_until: int,
    lo: datetime,
    hi: datetime,
    already_missed: Collection[str],
    excluded: Collection[int],
    arithmetic: int,
    components: Sequence[formulas.Component],
    *,
    signed: Signed | None = None,
    rolled: Days | None = None,
) -> Judgement:
    target = period.target
    # From the version, not from the target beside it: what was signed is what is measured.
    signed = signed or Signed.of(target.version)
    kpi = signed.terms.kpi(target.key)
    spec = spec_of(signed.terms, kpi, version=signed.label, terms_sha256=signed.sha256)
    before = [(each.effective_from, each.read_terms()) for each in periods.versions_of(target)]
    versions = [(since, case_terms(each)) for since, each in before]
    asked = Question(
        spec, target.indicator_id, formulas.Frame(lo, hi, hi), known_until, versions,
        exclusions.spans(spec, excluded), components=components, rolled=rolled,
    )
    outcome = periods.evaluate(asked, already_missed=already_missed, arithmetic=arithmetic).to_dict()
    return Judgement(
        {
            "arithmetic": arithmetic,
            "version": signed.label,
            "terms_sha256": signed.sha256,
            # The versions that judge cases begun before this one.
            "earlier_terms": [digest(each) for _since, each in before[:-1]],
            "target": target.key,
            "indicator": target.indicator.key,
            "lo": lo.astimezone(UTC).isoformat(),
            "hi": hi.astimezone(UTC).isoformat(),
            "highest_delivery": known_until,
            # Only those that would have counted: the outcome names them.
            "already_missed": outcome["figures"].get("already_missed", []),
            **({"components": outcome["figures"]["components"]} if components else {}),
            # The spans that counted; none where nothing was excluded, as in every result before there were any.
            **({"exclusions": list(excluded)} if excluded else {}),
        },
        outcome,
    )
