"""What a file or a hash is: the sealed original, in force or replaced, or nothing of ours."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agreements.models import Contest, Version
from agreements.terms import canonical
from records import pki, retention, verification
from records.models import AuditEntry, Document

GONE = gettext_noop("The portal's own copy is gone; its hash stays on record.")


@dataclass(frozen=True)
class Check:
    """One question with its answer: True, False, or None where it can't be answered."""

    question: str
    holds: bool | None
    how: str


@dataclass(frozen=True)
class Finding:
    """tone and headline say it in one sentence; the checks say why."""

    tone: str  # ok | warn | bad | mute
    headline: str
    text: str
    checks: list[Check] = field(default_factory=list)
    signatures: list[verification.Signature] = field(default_factory=list)
    timestamps: list[verification.Timestamp] = field(default_factory=list)
    sha256: str = ""
    recorded: bool = False


def fingerprints() -> list[str]:
    """SHA-256 of the root certificates that the signatures of this portal lead to: the one in use, then older ones."""
    return [root.fingerprint(hashes.SHA256()).hex() for root in pki.roots()]


def judge(pdf: bytes, *, now: datetime) -> Finding:
    """Verify a file. Nothing of it is kept."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    document = Document.objects.filter(sha256=sha256).first()
    version = _version_of(document)
    if version and version.imported_at:
        return _imported(document, version, now)
    attachment = (verification.TERMS, canonical(version.read_terms())) if version else None
    verdict = verification.check(
        pdf, roots=pki.roots(), at=now, attachment=attachment, time_roots=pki.time_roots()
    )
    found = {"signatures": verdict.people, "timestamps": verdict.timestamps, "sha256": sha256}
    checks = [
        Check(_("Is the file the one on record?"), document is not None, _("SHA-256 of file and record are equal")),
        Check(
            _("Is it unchanged since each signature?"),
            _none_of(verdict, "changed", "invalid", "unreadable", "encrypted"),
            _("Content and modification level of each signature, not only its integrity"),
        ),
        Check(
            _("Are all required signatures there?"),
            _none_of(verdict, "missing", "unreadable", "encrypted"),
            _("The slots that the terms inside the file name"),
        ),
        Check(
            _("Are they from this portal?"),
            _none_of(verdict, "untrusted", "unreadable", "encrypted"),
            _("Each certificate leads to the portal's root"),
        ),
    ]
    if version:
        checks.append(
            Check(_("Are the terms inside the ones that are measured?"), _none_of(verdict, "attachment"),
                  _("The attached JSON equals the stored terms, byte for byte"))
        )
    if verdict.problems:
        return Finding("bad", _("This is not a genuine, complete document of this portal"),
                       " ".join(dict.fromkeys(problem.text for problem in verdict.problems)),
                       checks, recorded=document is not None, **found)
    if document is None:
        text = _("Its seal holds. The portal has no file with this hash: it may be older than the last signature.")
        return Finding("warn", _("Sealed by this portal, but not on record"), text, checks, **found)
    return _recorded(document, version, checks, now, found)


def known(sha256: str, *, now: datetime) -> Finding:
    """What the record says about a hash; no content is shown."""
    document = Document.objects.filter(sha256=sha256).first()
    if document is None:
        return Finding("mute", _("Not in our records"), _("No document of this portal has this hash."), sha256=sha256)
    version = _version_of(document)
    if version and version.imported_at:
        return _imported(document, version, now)
    checks = [
        Check(_("Is a document with this hash on record?"), True, _("Stored on %s") % _day(document.stored_at)),
        Check(_("Is its storing in the chain of evidence?"), _is_chained(document), _("Entry of the audit chain")),
    ]
    return _recorded(document, version, checks, now, {"sha256": sha256})


def _recorded(document, version, checks, now, found) -> Finding:
    tombstone = retention.tombstone_of(document)
    if version is not None:
        name = {"reference": version.agreement.reference, "version": version.label}
        tone, text = _standing(version, now)
        if version.is_retroactive:
            text += " " + _("Effective on %(first)s, concluded on %(last)s.") % {
                "first": _day(version.effective_from), "last": _day(version.concluded_at)
            }
        for contest in Contest.objects.filter(slot__round__version=version).select_related("slot__person"):
            tone, text = ("warn" if contest.is_open else tone), f"{text} {contest}"
        headline = _("This is the signed original of %(reference)s %(version)s") % name
    elif document.kind == Document.Kind.PREPARED:
        tone, headline = "warn", _("This is %s on its way to being signed, not the signed original") % document.number
        text = _("It was stored on %s. What was added to it later is in the original alone.") % _day(document.stored_at)
    else:
        tone, headline = "ok", _("This is a sealed original of this portal")
        text = _("It was stored on %s and has not been changed since.") % _day(document.stored_at)
    if tombstone:
        tone, text = "warn", f"{text} {_(GONE)} {retention.epitaph(tombstone.disposal)}"
    return Finding(tone, headline, text, checks, recorded=True, **found)


def _imported(document: Document, version: Version, now: datetime) -> Finding:
    """The scan of a contract that was signed on paper: the same file, and no word about its signatures."""
    name = {"reference": version.agreement.reference, "version": version.label}
    checks = [
        Check(_("Is the file the one on record?"), True, _("Stored on %s") % _day(document.stored_at)),
        Check(_("Is its storing in the chain of evidence?"), _is_chained(document), _("Entry of the audit chain")),
    ]
    headline = _("This is the imported paper of %(reference)s %(version)s, not signed here") % name
    text = _("It was signed on paper and scanned. The portal keeps the scan unchanged and makes no claim about its "
             "signatures.")
    tombstone = retention.tombstone_of(document)
    gone = f" {_(GONE)} {retention.epitaph(tombstone.disposal)}" if tombstone else ""
    text = f"{text} {_standing(version, now)[1]}{gone}"
    return Finding("mute", headline, text, checks, sha256=document.sha256, recorded=True)


def _standing(version: Version, now: datetime) -> tuple[str, str]:
    if version.effective_from > now:
        return "ok", _("It is in force from %s.") % _day(version.effective_from)
    if version.holds_until is None or version.holds_until > now:
        return "ok", _("It is in force today.")
    successor = version.agreement.versions.executed().filter(effective_from__gte=version.holds_until).last()
    words = {"day": _day(version.holds_until), "version": successor.label if successor else ""}
    if successor:
        return "warn", _("It was in force until %(day)s; %(version)s replaced it.") % words
    return "warn", _("It was in force until %(day)s.") % words


def _version_of(document: Document | None) -> Version | None:
    if document is None:
        return None
    return Version.objects.filter(signed=document).select_related("agreement").first()


def _is_chained(document: Document) -> bool | None:
    """Whether the chain holds the entry of its storing; None while the linking sweep has yet to come."""
    stored = AuditEntry.objects.filter(
        verb="document.stored", target_label="records.document", target_id=document.pk
    ).select_related("link").first()
    if stored is None:
        return False
    return True if hasattr(stored, "link") else None


def _none_of(verdict: verification.Verdict, *codes: str) -> bool:
    return not any(problem.code in codes for problem in verdict.problems)


def _day(moment: datetime) -> str:
    return date_format(moment, "j F Y")
