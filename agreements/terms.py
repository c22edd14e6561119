"""The terms of an agreement: one JSON document per version, typed here, hashed by RFC 8785.

Everything that is promised stands in it, text and figures alike: editor, lint, redline, PDF, monitor
and hash read this document and nothing else. Every section is present even when empty. Exact numbers
are strings ("99.90"), durations whole seconds, dates ISO 8601. Positions and signature slots name a
party and a capacity, never a person: who fills them lives outside and may change without a new version.
"""

import dataclasses
import hashlib
import types
import typing
from dataclasses import dataclass, field
from functools import cache

import rfc8785

SCHEMA = 1
# A value that came after documents had been signed: left out of the document while it is what it always was, so
# that every hash stays. `field(default=..., metadata=LATER)`.
LATER = {"later": True}


class TermsError(ValueError):
    """The document does not have the form of terms; `place` names where, as in "kpis.2.target"."""

    def __init__(self, place: str, message: str):
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


@dataclass
class Heading:
    reference: str = ""
    kind: str = "sla"  # sla | ola | uc
    title: str = ""
    version: str = ""
    language: str = "en-gb"
    timezone: str = "UTC"
    currency: str = "EUR"


@dataclass
class Representative:
    name: str = ""
    title: str = ""


@dataclass
class Party:
    organisation: str = ""
    address: str = ""
    representatives: list[Representative] = field(default_factory=list)


@dataclass
class Parties:
    provider: Party = field(default_factory=Party)
    client: Party = field(default_factory=Party)


@dataclass
class Service:
    key: str
    name: str
    description: str = ""
    criticality: str = "medium"  # low | medium | high | critical


@dataclass
class RequirementTerm:
    number: str
    text: str
    who: str = ""
    why: str = ""
    priority: str = "should"  # must | should | could


@dataclass
class CalendarBreak:
    date: str
    start: str
    end: str


@dataclass
class CalendarTerm:
    """The form that businesstime.Calendar.from_dict reads, with a key and a name."""

    key: str
    name: str
    timezone: str
    schedule: dict[str, list[list[str]]]
    holidays: list[str] = field(default_factory=list)
    special_hours: dict[str, list[list[str]]] = field(default_factory=dict)
    breaks: list[CalendarBreak] = field(default_factory=list)


@dataclass
class Kpi:
    """One promise: an indicator, how it is aggregated, and the target."""

    key: str
    name: str
    service: str
    kind: str  # those of kpis.formulas
    indicator: str  # the stream's key at the provider; kpis binds it on execution
    op: str  # >= | <=
    target: str
    unit: str  # % | h | ms | points ...
    source: str = ""
    warn: str | None = None
    decimals: int = 2
    period: str = "month"  # kpis.windows says what each means
    calendar: str = ""
    missing: str = "gap"  # gap | good | bad | carry
    coverage: str = "0.9"
    critical: bool = False
    data_due_days: int = 2
    requirements: list[str] = field(default_factory=list)
    exclusions: list[str] = field(default_factory=list)
    # By kind, typed by agreements.params: uptime {"minimum_run", "whole_minutes", "combine", "sources"};
    # slice_uptime {"slice", "error_percent", "minimum_run", "minimum_requests"}; ratio {"method", "slice"};
    # deadline and count {"cohort", "priorities", "measure"}; value {"aggregate": "percentile", "percentile": "95",
    # "every", "cohort", "priorities", "measure"}; score {"minimum_answers"}; composite {"method", "components"}.
    params: dict[str, typing.Any] = field(default_factory=dict)
    trailing_days: int = field(default=0, metadata=LATER)  # of a trailing period


@dataclass
class Priority:
    priority: int
    name: str
    resolution_seconds: int
    calendar: str
    response_seconds: int | None = None


@dataclass
class Pause:
    key: str
    name: str
    definition: str = ""


@dataclass
class WorkloadLimit:
    key: str
    name: str
    most: int
    unit: str
    period: str = "month"


@dataclass
class ExclusionTerm:
    key: str
    name: str
    text: str = ""
    effect: str = "drop"  # drop | as_good | suppress_only
    notice_hours: int = 0
    yearly_cap_minutes: int | None = None


@dataclass
class MaintenanceWindow:
    name: str
    text: str


@dataclass
class Position:
    key: str
    party: str  # provider | client
    title: str


@dataclass
class Level:
    """A step of the escalation matrix. Level 0 is the initial contact."""

    level: int
    name: str
    after_seconds: int
    positions: list[str]
    clock: str = ""  # empty: elapsed time; else the key of a calendar
    critical: bool = True
    ack_seconds: int | None = None  # an acknowledgement lapses after this, and the ladder goes on


@dataclass
class Escalation:
    positions: list[Position] = field(default_factory=list)
    levels: list[Level] = field(default_factory=list)
    repeats: int = field(default=0, metadata=LATER)  # of the whole ladder, while nobody acknowledges
    repeat_seconds: int = field(default=86_400, metadata=LATER)  # after the last level was told, on its clock


@dataclass
class Tier:
    """Half-open: values from `from_value` (included) up to `below` (excluded).

    `percent` of the fee; as "multiple" so many times the fee for the downtime, as "fixed" a sum: then `amount`.
    """

    from_value: str
    below: str
    percent: str
    kind: str = field(default="percent", metadata=LATER)  # percent | multiple | fixed
    amount: str = field(default="", metadata=LATER)


@dataclass
class CreditTerm:
    kpi: str
    fee: str
    tiers: list[Tier]
    cap_percent: str = "100"
    claim_days: int = 30
    minimum: str = field(default="0", metadata=LATER)  # below this sum nothing is paid


@dataclass
class Crediting:
    """What holds for all credits of a month together: their sum or only the largest, and at most so much."""

    rule: str = "sum"  # sum | largest
    most: str = ""  # in the agreement's currency; empty: no limit


@dataclass
class Reporting:
    intervals: list[str] = field(default_factory=lambda: ["month"])
    grace_days: int = 2
    recipients: list[str] = field(default_factory=list)  # keys of positions
    accepted_after_days: int = 20


@dataclass
class Review:
    interval_months: int = 12
    text: str = ""


@dataclass
class Term:
    effective_from: str = ""
    ends_on: str | None = None
    renewal: str = "none"  # none | automatic | by_agreement
    renewal_months: int = 12
    notice_days: int = 90
    fiscal_month: int = field(default=1, metadata=LATER)  # the first month of fiscal years
    contract_year: str = field(default="", metadata=LATER)  # the day that contract years count from


@dataclass
class Signatory:
    slot: str
    party: str
    step: int
    capacity: str


@dataclass
class Clause:
    """Text in Markdown; `{{ name }}` is filled from the terms when it is shown or printed."""

    id: str
    title: str
    body: str


@dataclass
class Terms:
    schema: int = SCHEMA
    agreement: Heading = field(default_factory=Heading)
    parties: Parties = field(default_factory=Parties)
    services: list[Service] = field(default_factory=list)
    requirements: list[RequirementTerm] = field(default_factory=list)
    calendars: list[CalendarTerm] = field(default_factory=list)
    kpis: list[Kpi] = field(default_factory=list)
    priorities: list[Priority] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    workload: list[WorkloadLimit] = field(default_factory=list)
    exclusions: list[ExclusionTerm] = field(default_factory=list)
    maintenance: list[MaintenanceWindow] = field(default_factory=list)
    escalation: Escalation = field(default_factory=Escalation)
    credits: list[CreditTerm] = field(default_factory=list)
    crediting: Crediting = field(default_factory=Crediting, metadata=LATER)
    reporting: Reporting = field(default_factory=Reporting)
    review: Review = field(default_factory=Review)
    duties: list[str] = field(default_factory=list)
    term: Term = field(default_factory=Term)
    signatories: list[Signatory] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)

    def kpi(self, key: str) -> Kpi:
        return next(kpi for kpi in self.kpis if kpi.key == key)

    def calendar(self, key: str) -> CalendarTerm:
        return next(calendar for calendar in self.calendars if calendar.key == key)


def load(document: dict[str, typing.Any]) -> Terms:
    """Read a terms document strictly. Raises TermsError naming the first place that is wrong."""
    if not isinstance(document, dict):
        raise TermsError("terms", "must be an object")
    if document.get("schema") != SCHEMA:
        raise TermsError("schema", f"must be {SCHEMA}")
    return _read(Terms, document, "")


def dump(terms: Terms) -> dict[str, typing.Any]:
    """The document of these terms, every section present."""
    return plain(terms)


def plain(value: typing.Any) -> typing.Any:
    """A part of the terms as it stands in the document."""
    if dataclasses.is_dataclass(value):
        return {
            each.name: plain(getattr(value, each.name))
            for each in dataclasses.fields(value)
            if not (each.metadata.get("later") and getattr(value, each.name) == default(each))
        }
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def default(field_: dataclasses.Field) -> typing.Any:
    """What a field is when nobody says anything else."""
    if field_.default_factory is not dataclasses.MISSING:
        return field_.default_factory()
    return field_.default


def canonical(terms: Terms) -> bytes:
    """The bytes that are hashed, stored at the freeze and attached to the PDF (RFC 8785)."""
    return rfc8785.dumps(dump(terms))


def digest(terms: Terms) -> str:
    """SHA-256 of the canonical document, as hexadecimal digits."""
    return hashlib.sha256(canonical(terms)).hexdigest()


def parts(terms: Terms) -> dict[str, str]:
    """Each reviewable part and its hash: every clause ("clause:c4"), their order ("clauses"), other sections ("kpis").

    An approval is a set of these pairs, so an edit uncovers only what it touched.
    """
    document = dump(terms)
    document.pop("schema")
    clauses = document.pop("clauses")
    pieces = document | {"clauses": [clause["id"] for clause in clauses]}
    pieces |= {f"clause:{clause['id']}": clause for clause in clauses}
    return {name: hashlib.sha256(rfc8785.dumps(piece)).hexdigest() for name, piece in pieces.items()}


def _read(kind: typing.Any, value: typing.Any, place: str) -> typing.Any:
    origin = typing.get_origin(kind)
    if kind is typing.Any:
        return value
    if origin is types.UnionType:
        return None if value is None else _read(typing.get_args(kind)[0], value, place)
    if origin is list:
        _expect(isinstance(value, list), place, "must be a list")
        (item,) = typing.get_args(kind)
        return [_read(item, each, _at(place, index)) for index, each in enumerate(value)]
    if origin is dict:
        _expect(isinstance(value, dict), place, "must be an object")
        _key, item = typing.get_args(kind)
        return {str(key): _read(item, each, _at(place, key)) for key, each in value.items()}
    if dataclasses.is_dataclass(kind):
        return _read_object(kind, value, place)
    # bool is an int in Python: a yes where a number belongs is a mistake.
    exact = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    _expect(exact, place, f"must be {_WORDS[kind]}")
    return value


_WORDS = {str: "text", int: "a whole number", bool: "true or false"}


def _read_object(kind: typing.Any, value: typing.Any, place: str) -> typing.Any:
    _expect(isinstance(value, dict), place, "must be an object")
    kinds, required = _shape(kind)
    for unknown in value.keys() - kinds.keys():
        raise TermsError(_at(place, unknown), "is not known")
    for name in required:
        _expect(name in value, _at(place, name), "is missing")
    return kind(**{name: _read(kinds[name], item, _at(place, name)) for name, item in value.items()})


@cache
def _shape(kind: type) -> tuple[dict[str, typing.Any], list[str]]:
    """The kind of each field, and the fields that have no default."""
    required = [
        each.name
        for each in dataclasses.fields(kind)
        if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
    ]
    return typing.get_type_hints(kind), required


def _at(place: str, name: object) -> str:
    return f"{place}.{name}" if place else str(name)


def _expect(holds: bool, place: str, message: str) -> None:
    if not holds:
        raise TermsError(place, message)
