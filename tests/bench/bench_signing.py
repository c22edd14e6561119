"""Freeze, sign and seal an SLA of twelve pages with two signatures."""

from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse

from agreements import terms as t
from agreements.models import Slot, Version
from agreements.standard import standard_sla
from records import clock, vault
from tests.agreements.rounds import executed, make_ready, open_round, prepared, slot
from tests.factories import PASSWORD, make_terms

pytestmark = [pytest.mark.django_db, pytest.mark.typesets]
PAGES = 12


def long_terms():
    """The factories' promises with the clauses of the default template, repeated to fill the pages."""
    text = [each for each in standard_sla()["terms"]["clauses"] if "{{" not in each["body"]]
    clauses = [t.Clause(f"{each['id']}-{n}", each["title"], each["body"]) for n in range(2) for each in text]
    tomorrow = (clock.now() + timedelta(days=1)).date()
    return make_terms(clauses=clauses, term=t.Term(str(tomorrow), None, "none", 12, 90))


def ready():
    return make_ready(terms=long_terms())


def asked():
    now = clock.now()
    return prepared(open_round(ready(), at=now, deadline=now + timedelta(days=10)), at=now)


def test_freeze_sign_and_seal(bench):
    now = clock.now()

    def work(who):
        executed(prepared(open_round(who, at=now, deadline=now + timedelta(days=10)), at=now), at=now)

    bench("Freeze, sign twice and seal (12 pages)", work, goal=3, setup=ready)
    signed = Version.objects.executed().first().signed
    with pikepdf.open(BytesIO(vault.read(signed.sha256))) as pdf:
        assert len(pdf.pages) >= PAGES


def test_signature_request(bench, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # as people have it

    def opened_page():
        who = asked()
        client, seat = Client(), slot(who)
        seat.person.set_password(PASSWORD)
        seat.person.save()
        client.force_login(seat.person)
        client.get(reverse("agreements:sign", args=[seat.pk]))
        return client, seat

    def work(given):
        client, seat = given
        client.post(
            reverse("agreements:sign", args=[seat.pk]),
            {
                "shown_sha256": seat.round.version.terms_sha256,
                "consent": "on",
                "typed_name": seat.person.name,
                "password": PASSWORD,
            },
        )

    bench("A signature, request to answer", work, goal=0.3, setup=opened_page)
    assert Slot.objects.filter(state="signed").count() == 5
