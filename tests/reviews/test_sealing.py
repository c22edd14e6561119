import io
import json

import pikepdf
import pytest

from records import vault
from records.models import AuditEntry, Document
from reviews import actions, minutes, paper
from reviews.models import Meeting
from tests.reviews.rows import DAY, approved_meeting, make_scene, shared_meeting

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    return approved_meeting(make_scene(bound=False))


def test_approved_minutes_are_sealed_once(meeting):
    later = meeting.approved_at + DAY
    assert actions.seal_minutes(now=later) == 1
    assert actions.seal_minutes(now=later) == 0
    document = Meeting.objects.get().document
    assert (document.kind, document.number, document.scope) == (
        Document.Kind.MINUTES, "REV-2026-01", meeting.agreement.reference
    )
    assert "Said to item 3" in document.text
    assert AuditEntry.objects.get(verb="minutes.sealed").data["document"] == document.sha256


def test_the_pdf_carries_what_was_approved(meeting):
    actions.seal_minutes(now=meeting.approved_at)
    content = vault.read(Meeting.objects.get().document.sha256)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        attached = pdf.attachments["minutes.json"].get_file().read_bytes()
        assert "/Perms" in pdf.Root  # certified: nothing may be added
    assert minutes.digest(json.loads(attached)) == meeting.minutes_sha256


def test_minutes_that_were_changed_behind_the_portals_back_are_not_sealed(meeting):
    changed = meeting.minutes | {"attendees": ["Somebody else"]}
    Meeting.objects.filter(pk=meeting.pk).update(minutes=changed)
    with pytest.raises(ValueError, match="REV-2026-01"):
        actions.seal_minutes(now=meeting.approved_at)
    assert Meeting.objects.get().document is None


def test_the_printed_words_come_from_the_shared_document(meeting):
    Meeting.objects.filter(pk=meeting.pk).update(agenda=[], place="Elsewhere")
    html = paper.html(Meeting.objects.get())
    assert "Said to item 3" in html and "Room 2" in html and "Elsewhere" not in html
    assert "KPIs and targets" in html and meeting.minutes_sha256 in html


def test_nothing_is_sealed_before_both_approved():
    shared_meeting(make_scene(bound=False))
    assert actions.seal_minutes(now=make_scene(bound=False).now) == 0
