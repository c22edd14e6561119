"""The API with real tokens: who may what, what comes back, and what it says of itself."""

import json
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from accounts import actions as people
from agreements import actions
from kpis.intake.rows import RowError
from kpis.models import Delivery
from records import vault
from records.models import AuditEntry
from reports.models import Report
from slaportal.api.errors import handler, refusals
from tests.factories import MAY, NOON

pytestmark = pytest.mark.usefixtures("world_once")
WHO = ["stranger", "client", "provider", "manager", "escalation", "auditor", "admin"]


@pytest.fixture(scope="module")
def world_once(world_once):
    world_once.report = getattr(world_once, "report", None) or make_report(world_once)
    return world_once


def make_report(world):
    """A report past its act: what the API shows of one."""
    document = vault.store(
        b"%PDF-1.7 report", kind="report", title="May", filename="may.pdf", scope=world.agreement.reference,
        actor=None, at=NOON,
    )
    return Report.objects.create(
        number="RPT-2026-05-900", agreement=world.agreement, version=world.version, interval="month",
        label="2024-05", lo=MAY.replace(2024), hi=MAY.replace(2024, 6), facts={}, facts_sha256="0" * 64,
        document=document, state="shared", compiled_at=NOON, shared_at=NOON,
    )


ALL = ("read", "samples", "prepare", "handle", "claim")


def call(client, person, name, *args, query="", data=None, scopes=ALL, method="post"):
    _token, secret = people.create_token(
        user=person, name="test", scopes=scopes, expires_at=None, actor=person, at=NOON
    )
    url = reverse(f"api:{name}", args=args) + query
    headers = {"authorization": f"Bearer {secret}"}
    if data is None:
        return client.get(url, headers=headers)
    body = data if isinstance(data, bytes | str) else json.dumps(data)
    return getattr(client, method)(url, body, content_type="application/json", headers=headers)


def push(client, world, rows, *, person=None, stream=None, **body):
    stream = stream or world.log
    return call(client, person or world.provider, "rows", stream.key, data={"rows": rows} | body)


OUTAGE = {"down_at": "2026-06-07T20:50:59Z", "up_at": "2026-06-08T03:01:43+02:00"}

# Who may


@pytest.mark.django_db
def test_who_may_read_what(client, world):
    reference = world.agreement.reference
    reading = {
        ("agreement", reference): 404,
        ("results", reference): 404,
        ("breach", world.breach.number): 404,
        ("report", world.report.number): 404,
        ("report_file", world.report.number): 404,
    }
    for person in WHO:
        blind = person in ("stranger", "admin")
        for operation, refused in reading.items():
            answer = call(client, getattr(world, person), *operation)
            assert answer.status_code == (refused if blind else 200), (person, operation)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["agreements", "breaches", "indicators", "reports"])
def test_lists_show_a_stranger_and_an_administrator_nothing(client, world, name):
    for person in WHO:
        answer = call(client, getattr(world, person), name)
        assert answer.status_code == 200
        assert bool(answer.json()["count"]) == (person not in ("stranger", "admin")), person


@pytest.mark.django_db
def test_who_may_push(client, world):
    expected = {
        "stranger": 404, "client": 403, "provider": 200, "manager": 200, "escalation": 403, "auditor": 403,
        "admin": 404,
    }
    got = {who: push(client, world, [OUTAGE], person=getattr(world, who)).status_code for who in WHO}
    assert got == expected


@pytest.mark.django_db
def test_a_token_without_the_scope_is_refused(client, world):
    assert call(client, world.client, "agreements", scopes=["samples"]).status_code == 403
    answer = call(client, world.provider, "rows", world.log.key, data={"rows": [OUTAGE]}, scopes=["read"])
    assert answer.status_code == 403
    assert not Delivery.objects.filter(door="api").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Bearer a b", "Basic eDp5", "Bearer \xff"])
def test_without_a_good_token_nobody_gets_in(client, header):
    headers = {"authorization": header} if header else {}
    answer = client.get(reverse("api:agreements"), headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
@pytest.mark.parametrize("spoil", ["revoked", "lapsed", "inactive"])
def test_a_token_ends(client, world, spoil):
    token, secret = people.create_token(
        user=world.client, name="old", scopes=["read"], actor=world.client, at=NOON,
        expires_at=NOON - timedelta(days=400) if spoil == "lapsed" else None,
    )
    if spoil == "revoked":
        people.revoke_token(token, actor=world.client, at=NOON)
    if spoil == "inactive":
        world.client.is_active = False
        world.client.save(update_fields=["is_active"])
    answer = client.get(reverse("api:agreements"), headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


@pytest.mark.django_db
def test_a_session_beside_the_token_lends_it_no_role(client, world):
    client.force_login(world.provider)
    assert push(client, world, [OUTAGE], person=world.client).status_code == 403


# Reading


@pytest.mark.django_db
def test_the_agreement_comes_with_the_terms_in_force(client, world):
    answer = call(client, world.client, "agreement", world.agreement.reference, query="?on=2026-05-15").json()
    assert answer["state"] == "active"
    assert (answer["provider"], answer["client"]) == ("Northgate Hosting", "Fennmarket")
    assert answer["version"]["label"] == "v1.0"
    assert answer["version"]["effective_from"] == "2026-05-01T00:00:00Z"
    assert answer["version"]["terms_sha256"] == world.version.terms_sha256
    assert answer["terms"] == world.version.terms


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query, found", [("?state=in_force", 1), ("?state=ended", 0), ("?q=learning&sort=-end", 1), ("?kind=uc", 0)]
)
def test_the_list_takes_the_filters_of_the_page(client, world, query, found):
    ours = [
        each
        for each in call(client, world.client, "agreements", query=query).json()["results"]
        if each["reference"] == world.agreement.reference
    ]
    assert [each["standing"] for each in ours] == ["in_force"] * found


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?state=nonsense", "?ends=-1", "?owner=x", "?sort=password"])
def test_a_filter_that_is_not_understood_is_refused(client, world, query):
    assert call(client, world.client, "agreements", query=query).status_code == 400


@pytest.mark.django_db
def test_a_day_tells_its_terms_and_their_proof(client, world):
    answer = call(client, world.client, "terms_on", world.agreement.reference, "2026-05-01").json()
    assert (answer["word"], answer["timezone"]) == ("held", "UTC")
    (held,) = answer["held"]
    assert (held["version"], held["terms_sha256"]) == ("v1.0", world.version.terms_sha256)
    assert held["terms"] == world.version.terms
    before = call(client, world.client, "terms_on", world.agreement.reference, "2026-04-30").json()
    assert (before["word"], before["held"]) == ("before", [])
    assert call(client, world.stranger, "terms_on", world.agreement.reference, "2026-05-01").status_code == 404
    assert call(client, world.client, "terms_on", world.agreement.reference, "nonsense").status_code == 400


@pytest.mark.django_db
def test_on_a_day_before_the_first_version_nothing_is_in_force(client, world):
    answer = call(client, world.client, "agreement", world.agreement.reference, query="?on=2026-04-30").json()
    assert (answer["version"], answer["terms"]) == (None, None)


@pytest.mark.django_db
def test_the_first_day_of_a_version_has_its_terms(client, world):
    answer = call(client, world.client, "agreement", world.agreement.reference, query="?on=2026-05-01").json()
    assert answer["version"]["label"] == "v1.0"


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-30", "9999-12-31x", "%00", "31/02/2026"])
def test_a_day_that_is_none_is_refused(client, world, day):
    answer = call(client, world.client, "agreement", world.agreement.reference, query=f"?on={day}")
    assert answer.status_code == 400
    assert list(answer.json()) == ["on"]


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_no_accident(client, world, day):
    assert call(client, world.client, "agreement", world.agreement.reference, query=f"?on={day}").status_code == 200


@pytest.mark.django_db
def test_the_catalogue_says_what_lacks_an_sla(client, world):
    mail = actions.add_service(
        organisation=world.provider_org, key="mail", name="Mail", description="", criticality="high", needs_sla=True,
        reason="Orders come by mail", owner=world.manager, actor=world.manager, at=NOON,
    )
    actions.set_dependencies(world.agreement.services.get(), on=[mail], actor=world.manager, at=NOON)

    rows = call(client, world.manager, "services").json()["results"]

    assert [(row["key"], row["sla"], row["depends_on"]) for row in rows] == [
        ("canvas", "covered", ["mail"]), ("mail", "lacking", []),
    ]
    assert world.agreement.reference in rows[0]["agreements"]
    lacking = call(client, world.manager, "services", query="?view=lacking&limit=1").json()
    assert ([row["key"] for row in lacking["results"]], lacking["count"]) == (["mail"], 1)
    assert call(client, world.client, "services").json()["results"] == []


def test_results_say_what_they_were_computed_from(client, world):
    answer = call(client, world.client, "results", world.agreement.reference).json()
    missed = next(each for each in answer["results"] if each["verdict"] == "breached")
    assert (missed["key"], missed["period"], missed["edition"]) == ("K1", "2026-05", 1)
    assert missed["sha256"] == world.result.sha256
    assert missed["inputs"] == world.result.inputs
    assert (missed["lo"], missed["hi"]) == ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")


@pytest.mark.django_db
def test_a_breach_comes_with_its_figures(client, world):
    answer = call(client, world.client, "breach", world.breach.number).json()
    assert answer["agreement"] == world.agreement.reference
    assert (answer["kpi"], answer["state"]) == ("K1", "open")
    assert answer["figures"] == json.loads(json.dumps(world.breach.figures))


@pytest.mark.django_db
def test_a_downloaded_report_is_the_file_and_the_download_is_recorded(client, world):
    answer = call(client, world.client, "report_file", world.report.number)
    assert answer.content == vault.read(world.report.document.sha256)
    assert answer["Content-Type"] == "application/pdf"
    entry = AuditEntry.objects.filter(verb="document.downloaded").latest("pk")
    assert (entry.actor, entry.target_id) == (world.client, world.report.document_id)


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?limit=x&offset=-1", "?limit=99999999999999999999&offset=%00"])
def test_a_nonsense_page_is_the_first(client, world, query):
    assert call(client, world.client, "breaches", query=query).json()["count"] == world.agreement.breaches.count()


@pytest.mark.django_db
def test_an_offset_beyond_every_database_is_refused(client, world):
    answer = call(client, world.client, "breaches", query="?offset=99999999999999999999")
    assert answer.status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["agreements", "breaches", "indicators", "reports"])
def test_lists_take_few_queries(client, world, name, django_assert_max_num_queries):
    _token, secret = people.create_token(
        user=world.client, name="q", scopes=["read"], expires_at=None, actor=world.client, at=NOON
    )
    with django_assert_max_num_queries(5 + (connection.vendor == "postgresql")):
        client.get(reverse(f"api:{name}"), headers={"authorization": f"Bearer {secret}"})


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["put", "patch", "delete", "post"])
def test_nothing_else_is_allowed(client, world, method):
    headers = {"authorization": f"Bearer {world.token_secret}"}
    answer = getattr(client, method)(reverse("api:agreements"), headers=headers)
    assert answer.status_code in (403, 405)


# Errors and the document


def test_a_lost_race_is_a_conflict():
    assert handler(TransitionNotAllowed("late"), {}).status_code == 409


def test_an_error_of_ours_is_not_hidden():
    assert handler(ZeroDivisionError(), {}) is None


@pytest.mark.django_db
def test_a_damaged_report_is_not_served(client, world):
    vault.path(world.report.document.sha256).unlink()
    assert call(client, world.client, "report_file", world.report.number).status_code == 404


@pytest.mark.django_db
def test_the_openapi_document_is_valid():
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


@pytest.mark.django_db
def test_the_openapi_document_names_every_operation(client):
    document = client.get(reverse("schema"), headers={"accept": "application/json"}).content.decode()
    for path in ("agreements/{reference}/results/", "indicators/{key}/rows/", "reports/{number}/pdf/"):
        assert f"/api/v1/{path}" in document


def test_the_observed_span_is_named_as_it_was_pushed():
    error = SimpleNamespace(errors=[RowError(1, "observed_until", "Lies in the future.")])
    assert refusals(error)[0]["column"] == "until"
