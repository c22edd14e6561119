"""Everything that writes reports: the sweep that compiles them, and what people do with them."""

from datetime import datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_fsm import TransitionNotAllowed

from accounts.models import Role, User
from accounts.notifications import notify
from agreements.models import Agreement
from agreements.people import members
from kpis.models import PeriodResult
from records import audit, vault
from records.models import Document
from reports import facts, render, spans
from reports.models import Receipt, Report
from reports.spans import Span
from reports.words import headline, title

log = structlog.get_logger(__name__)


class Refused(ValueError):
    """An input that an act does not take; `place` is the form field."""

    def __init__(self, place: str, message: str):
        super().__init__(message)
        self.place = place


def compile_due(*, now: datetime) -> int:
    """Make and share each report that is due and not there; returns how many were made.

    Safe to run twice, or twice at once. One that fails stops no other; the first error is raised last.
    """
    made, errors = 0, []
    for agreement in spans.reporting_agreements():
        for span in list(spans.unreported(agreement, now)):
            try:
                made += spans.is_ready(agreement, span, now) and _compile(agreement, span, now)
            except Exception as error:
                log.exception("report_failed", agreement=agreement.reference, period=span.label)
                errors.append(error)
    if errors:
        raise errors[0]
    return made


def _compile(agreement: Agreement, span: Span, now: datetime) -> bool:
    # Typesetting takes seconds: before the lock, so that no act waits for it.
    known = facts.gather(agreement, span, number=_number(agreement, span), at=now)
    pdf = render.pdf(known)
    with transaction.atomic():
        Agreement.objects.select_for_update().get(pk=agreement.pk)
        if Report.objects.filter(agreement=agreement, interval=span.interval, label=span.label).exists():
            return False
        share(_store(agreement, span, known, pdf, actor=None, at=now), actor=None, at=now)
    return True


def _number(agreement: Agreement, span: Span) -> str:
    """RPT-2026-05-014 from SLA-2026-014; with the whole reference where another agreement has that one."""
    running = agreement.reference.rsplit("-", 1)[-1]
    number = f"RPT-{span.label}-{running}"
    taken = Report.objects.filter(number=number).exclude(agreement=agreement).exists()
    return f"RPT-{span.label}-{agreement.reference}" if taken else number


def _store(agreement: Agreement, span: Span, known: dict, pdf: bytes, *, actor: User | None, at: datetime) -> Report:
    report = Report.objects.create(
        number=known["number"], edition=known["edition"], agreement=agreement, version=span.version,
        interval=span.interval, label=span.label, lo=span.lo, hi=span.hi, facts=known,
        facts_sha256=facts.digest(known), document=_keep(agreement, known, pdf, actor, at),
        reason=known["reason"], compiled_at=at,
    )  # fmt: skip
    audit.record(
        "report.compiled", report, actor=actor, at=at, scope=agreement.reference, number=report.number,
        edition=report.edition, facts_sha256=report.facts_sha256, document_sha256=report.document.sha256,
        light=known["light"], reason=report.reason,
    )  # fmt: skip
    return report


def _keep(agreement: Agreement, known: dict, pdf: bytes, actor: User | None, at: datetime) -> Document:
    name = known["number"] if known["edition"] == 1 else f"{known['number']}-edition-{known['edition']}"
    return vault.store(
        pdf,
        kind=Document.Kind.REPORT,
        title=title(known),
        filename=f"{name}.pdf",
        actor=actor,
        at=at,
        scope=agreement.reference,
        number=known["number"],
        text=render.words(known),
    )


@transaction.atomic
def share(report: Report, *, actor: User | None, at: datetime) -> Report:
    """Give a compiled report to the recipients that the terms name, and to the agreement's owner.

    Raises TransitionNotAllowed when it was shared already.
    """
    report = _locked(report)
    report.share(at=at)
    report.save(update_fields=["state", "shared_at"])
    people = facts.recipients(report.agreement, spans.span_of(report), at)
    Receipt.objects.bulk_create([Receipt(report=report, user=each, told_at=at) for each in people])
    audit.record(
        "report.shared",
        report,
        actor=actor,
        at=at,
        scope=report.agreement.reference,
        number=report.number,
        edition=report.edition,
        recipients=[each.name for each in people],
    )
    for person in people:
        with override(person.language):
            _tell([person], report, "shared", title(report.facts), _told(report), at)
    return report


def _told(report: Report) -> str:
    said = headline(report.facts)
    if report.edition > 1:
        edition = {"edition": report.edition, "reason": report.reason}
        said = f"{said} {_('This is edition %(edition)d: %(reason)s') % edition}"
    return said


@transaction.atomic
def mark_opened(report: Report, *, actor: User, at: datetime) -> Receipt | None:
    """Note that a recipient opened the report, the first time only; None for whoever is no recipient."""
    receipt = Receipt.objects.select_for_update().filter(report=report, user=actor).first()
    if receipt is None or receipt.opened_at is not None:
        return receipt
    receipt.opened_at = at
    receipt.save(update_fields=["opened_at"])
    _record("report.opened", report, actor, at)
    return receipt


@transaction.atomic
def acknowledge(report: Report, *, remark: str = "", actor: User, at: datetime) -> Report:
    """Confirm a report for the client, also after a dispute. A further person of the client adds their own.

    Raises TransitionNotAllowed when this person has confirmed already, or a newer edition exists.
    """
    report = _answerable(report)
    receipt = _receipt(report, actor, at)
    if receipt.acknowledged_at is not None:
        raise TransitionNotAllowed("confirmed already")
    if report.state in (Report.State.SHARED, Report.State.DISPUTED):
        report.acknowledge(at=at)
        report.save(update_fields=["state", "settled_at"])
    receipt.acknowledged_at, receipt.opened_at = at, receipt.opened_at or at
    receipt.remark = remark or receipt.remark
    receipt.save(update_fields=["acknowledged_at", "opened_at", "remark"])
    _record("report.acknowledged", report, actor, at, remark=remark)
    if remark:
        said = _("%(name)s confirmed a report with a remark")
        _tell_keeper(report, f"acknowledged:{actor.pk}", said, actor, remark, at)
    return report


@transaction.atomic
def dispute(report: Report, *, remark: str, actor: User, at: datetime) -> Report:
    """Say for the client what is wrong with a report. Raises Refused without a remark, TransitionNotAllowed
    when it was settled already.
    """
    if not remark.strip():
        raise Refused("remark", _("Say what is wrong with it."))
    report = _answerable(report)
    report.dispute()
    report.save(update_fields=["state"])
    receipt = _receipt(report, actor, at)
    receipt.disputed_at, receipt.opened_at, receipt.remark = at, receipt.opened_at or at, remark
    receipt.save(update_fields=["disputed_at", "opened_at", "remark"])
    _record("report.disputed", report, actor, at, remark=remark)
    _tell_keeper(report, "disputed", _("%(name)s disputes a report"), actor, remark, at)
    return report


def deem_due(*, now: datetime) -> int:
    """Accept by silence what nobody answered in the agreed days; returns how many."""
    waiting = Report.objects.newest().filter(state=Report.State.SHARED).order_by("pk")
    return sum(_deem(each, now) for each in waiting if _silent(each, now))


def _silent(report: Report, now: datetime) -> bool:
    until = facts.accepted_at(report)
    return until is not None and until <= now


@transaction.atomic
def _deem(report: Report, now: datetime) -> bool:
    report = _locked(report)
    if report.state != Report.State.SHARED:
        return False
    report.deem(at=now)
    report.save(update_fields=["state", "settled_at"])
    _record("report.deemed", report, None, now, days=report.facts["acceptance"]["days"])
    return True


def reissue_due(*, now: datetime) -> int:
    """Issue anew each report of which a result was corrected; returns how many. One that fails stops no other."""
    made, errors = 0, []
    for report in list(spans.outdated()):
        corrected = spans.corrected_since(report)
        try:
            made += bool(corrected and reissue(report, reason=_why(corrected), actor=None, at=now))
        except TransitionNotAllowed:  # somebody was faster
            continue
        except Exception as error:
            log.exception("report_failed", report=report.number)
            errors.append(error)
    if errors:
        raise errors[0]
    return made


def _why(corrected: list[PeriodResult]) -> str:
    return "; ".join(dict.fromkeys(result.reason for result in corrected))


def reissue(report: Report, *, reason: str, actor: User | None, at: datetime) -> Report:
    """Compile the next edition from what is known now, and share it; the earlier ones stay as they are.

    Raises Refused without a reason, TransitionNotAllowed when there is a newer edition.
    """
    if not reason.strip():
        raise Refused("reason", _("Say why there is a new edition."))
    agreement, span = report.agreement, spans.span_of(report)
    known = facts.gather(
        agreement, span, number=report.number, edition=report.edition + 1, reason=reason.strip(), at=at
    )
    pdf = render.pdf(known)
    with transaction.atomic():
        _newest(_locked(report))
        return share(_store(agreement, span, known, pdf, actor=actor, at=at), actor=actor, at=at)


def _locked(report: Report) -> Report:
    related = Report.objects.select_related("agreement__client", "agreement__owner", "document")
    return related.select_for_update(of=("self",)).get(pk=report.pk)


def _answerable(report: Report) -> Report:
    return _newest(_locked(report))


def _newest(report: Report) -> Report:
    if not Report.objects.newest().filter(pk=report.pk).exists():
        raise TransitionNotAllowed("there is a newer edition")
    return report


def _receipt(report: Report, actor: User, at: datetime) -> Receipt:
    """The person's receipt; whoever answers for the client without having been told becomes a reader now."""
    return Receipt.objects.get_or_create(report=report, user=actor, defaults={"told_at": at})[0]


def _record(verb: str, report: Report, actor: User | None, at: datetime, **data) -> None:
    audit.record(
        verb,
        report,
        actor=actor,
        at=at,
        scope=report.agreement.reference,
        number=report.number,
        edition=report.edition,
        **data,
    )


def _tell_keeper(report: Report, key: str, said: str, actor: User, remark: str, at: datetime) -> None:
    people = [report.agreement.owner, *members(report.agreement.keeper, Role.MANAGER, at=at)]
    text = f"{title(report.facts)}: {remark}"
    _tell(people, report, key, said % {"name": actor.name}, text, at)


def _tell(people: list[User], report: Report, key: str, said: str, text: str, at: datetime) -> None:
    notify(
        people,
        key=f"report:{report.pk}:{key}",
        title=said,
        text=text,
        url=report.get_absolute_url(),
        at=at,
        scope=report.agreement.reference,
    )
