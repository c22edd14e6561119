"""Recompute everything the portal claims, from the rows and files themselves."""

from collections.abc import Callable
from datetime import datetime

import rfc8785

import kpis.results
import reports.facts
from agreements import ending_paper, ratifying_paper
from agreements.models import Contest, Ending, Slot, Version
from agreements.terms import TermsError, canonical, digest
from kpis.models import PeriodResult
from records import audit, pki, vault, verification
from records.models import AuditEntry, ChainLink, Disposal, Document, Tombstone
from reports.models import Report
from reviews.models import Meeting

Findings = tuple[int, list[str]]


def chain(*, now: datetime) -> Findings:
    """Each entry's hash and its place after the one before."""
    return ChainLink.objects.count(), list(audit.broken_links())


def documents(*, now: datetime) -> Findings:
    """Each file of the vault against its name; a tombstone excuses a file that is gone, if the chain names it."""
    found = []
    agreed = set()
    for entry in AuditEntry.objects.filter(verb="disposal.agreed"):
        agreed.update(entry.data["documents"])
    buried = dict(Tombstone.objects.values_list("document__sha256", "disposal__state"))
    for sha256 in Document.objects.order_by("pk").values_list("sha256", flat=True):
        if sha256 in buried:
            found += _buried(sha256, buried[sha256], sha256 in agreed)
            continue
        try:
            vault.read(sha256)
        except vault.Damaged as error:
            found.append(str(error))
    return Document.objects.count(), found


def _buried(sha256: str, state: str, is_agreed: bool) -> list[str]:
    if not is_agreed:
        return [f"document {sha256} has a tombstone, but no entry of the chain says that its disposal was agreed"]
    if state == Disposal.State.DONE and vault.path(sha256).exists():
        return [f"document {sha256} was disposed of, but its file is there"]
    return []


def terms(*, now: datetime) -> Findings:
    """Each frozen version's terms against the hash that was signed."""
    frozen = Version.objects.exclude(terms_sha256="").select_related("agreement")
    found = []
    for version in frozen:
        try:
            same = digest(version.read_terms()) == version.terms_sha256
        except TermsError:
            same = False
        if not same and version.state in (Version.State.SIGNING, Version.State.SEALING, Version.State.EXECUTED):
            found.append(f"terms: {version} were changed after they were signed")
    return len(frozen), found


def signatures(*, now: datetime) -> Findings:
    """Each signed agreement, verified as a stranger would, against its slots and its stored terms."""
    signed = Version.objects.executed().filter(signed__isnull=False, imported_at=None)
    signed = signed.select_related("agreement", "signed")
    found = []
    for version in signed:
        slots = Slot.objects.filter(round__version=version, round__state="complete", state=Slot.State.SIGNED)
        found += _judge(
            version.signed, now, [slot.key for slot in slots],
            (verification.TERMS, canonical(version.read_terms())), name=str(version),
        )
    return len(signed), found


def endings(*, now: datetime) -> Findings:
    """Each notice and each end by agreement: the signatures of its parties, and the declaration inside."""
    made = Ending.objects.select_related("agreement", "document")
    found = []
    for ending in made:
        stated = (ending_paper.STATEMENT, ending_paper.canonical(ending.statement))
        found += _judge(ending.document, now, list(ending.evidence), stated, name=str(ending))
    return len(made), found


def ratifications(*, now: datetime) -> Findings:
    """Each ratification of a contested signature: the signature of its party, and the declaration inside."""
    made = Contest.objects.filter(document__isnull=False).select_related(
        "document", "slot__person", "slot__document", "slot__round__version__agreement"
    )
    found = []
    for contest in made:
        stated = (ratifying_paper.STATEMENT, rfc8785.dumps(ratifying_paper.statement(contest)))
        found += _judge(contest.document, now, [ratifying_paper.SIGNS], stated, name=str(contest))
    return len(made), found


def seals(*, now: datetime) -> Findings:
    """Each sealed report and each sealed minutes."""
    sealed = {
        each.document: str(each)
        for model in (Report, Meeting)
        for each in model.objects.filter(document__isnull=False).select_related("document")
    }
    found = [line for document, name in sealed.items() for line in _judge(document, now, [], None, name=name)]
    return len(sealed), found


def results(*, now: datetime) -> Findings:
    """Each closed result, worked out again from its raw rows: the same bytes or not."""
    closed = PeriodResult.objects.select_related("period__target__agreement").order_by("pk")
    found = []
    for result in closed:
        if problems := kpis.results.problems(result):
            target = result.period.target
            name = f"{target.agreement.reference} {target.key} {result.period.label}"
            found.append(f"result: {name}: {problems[0]}")
    return len(closed), found


def facts(*, now: datetime) -> Findings:
    """Each report's frozen facts against their hash."""
    made = Report.objects.all()
    return len(made), [
        f"report: the facts of {report} were changed"
        for report in made
        if reports.facts.digest(report.facts) != report.facts_sha256
    ]


def _judge(document, now, required, attachment, *, name) -> list[str]:
    try:
        content = vault.read(document.sha256)
    except vault.Damaged:
        return []  # `documents` names it, unless it was disposed of
    verdict = verification.check(
        content, roots=pki.roots(), at=now, required=required, attachment=attachment
    )
    return [f"signature: {name}: {problem.text}" for problem in verdict.problems]


CHECKS: list[tuple[str, Callable[..., Findings]]] = [
    ("Entries of the chain", chain),
    ("Documents in the vault", documents),
    ("Frozen terms", terms),
    ("Signed agreements", signatures),
    ("Notices and ends", endings),
    ("Ratified signatures", ratifications),
    ("Sealed reports and minutes", seals),
    ("Closed results", results),
    ("Facts of reports", facts),
]
