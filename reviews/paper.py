"""The printed minutes: made of the shared document and its approvals alone, sealed by the platform."""

from datetime import date
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from agreements.models import Version
from records import pdf, sealing
from records.pdf import Attachment
from reviews import minutes, parts
from reviews.models import Meeting


def sealed(meeting: Meeting) -> bytes:
    """The sealed PDF of approved minutes, with the document that was approved as an attachment.

    Raises ValueError when the stored minutes are not what both sides approved.
    """
    if minutes.digest(meeting.minutes) != meeting.minutes_sha256:
        raise ValueError(f"the minutes of {meeting.number} are not those that were approved")
    content = minutes.canonical(meeting.minutes)
    with override(_heading(meeting).language):
        made = pdf.render(
            html(meeting), title=_("Minutes %s") % meeting.number, language=_heading(meeting).language,
            at=meeting.approved_at,
            attachments=[Attachment("minutes.json", content, _("The minutes as they were approved"))],
        )
        reason = _("Minutes approved by both sides, SHA-256 %s") % meeting.minutes_sha256
    return sealing.seal(made, reason=reason, at=meeting.approved_at)


def html(meeting: Meeting) -> str:
    """The document as HTML, times in the agreement's zone."""
    zone = ZoneInfo(_heading(meeting).timezone)
    approvals = meeting.approvals.filter(sha256=meeting.minutes_sha256).select_related("by").order_by("at")
    names = parts.names(_version(meeting).read_terms())
    document = meeting.minutes
    return render_to_string(
        "reviews/print/minutes.html",
        {
            "minutes": document,
            "meeting": meeting,
            "held_at": meeting.held_at.astimezone(zone),
            "zone": zone.key,
            "language": _heading(meeting).language,
            "changes": [
                each | {"part": names.get(each["part"], each["part"])} for each in document["changes"]
            ],
            "actions": [
                each | {"due_on": date.fromisoformat(each["due_on"])} for each in document["actions"]
            ],
            "approvals": [
                {"by": each.by, "party": document["agreement"][each.party], "at": each.at.astimezone(zone)}
                for each in approvals
            ],
        },
    )


def words(meeting: Meeting) -> str:
    """The text of the minutes, for search."""
    document = meeting.minutes
    items = [text for item in document["agenda"] for text in (item["title"], item["minutes"])]
    changes = [each["text"] for each in document["changes"]]
    return "\n".join([*document["attendees"], *items, *changes, *(a["text"] for a in document["actions"])])


def _version(meeting: Meeting) -> Version:
    label = meeting.minutes["agreement"]["version"]
    versions = meeting.agreement.versions.executed()
    return next((each for each in versions if each.label == label), None) or versions.first()


def _heading(meeting: Meeting):
    return _version(meeting).read_terms().agreement
