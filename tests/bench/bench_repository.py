"""The list of ten thousand agreements, as a manager sees its first page."""

import pytest
from django.test import Client
from django.urls import reverse

from agreements import terms as t
from agreements.models import Agreement, Version
from tests.agreements.rounds import make_parties
from tests.factories import MAY, NOON, make_terms

pytestmark = pytest.mark.django_db
MANY = 10_000


def make_many(who):
    fields = {"provider": who.provider, "client": who.client, "owner": who.manager, "shared_at": NOON,
              "created_at": NOON, "changed_at": NOON, "state": Agreement.State.ACTIVE}
    agreements = Agreement.objects.bulk_create(
        [Agreement(reference=f"SLA-2026-{n:05}", title=f"Service {n}", **fields) for n in range(MANY)]
    )
    terms = make_terms()
    document, digest = t.dump(terms), t.digest(terms)
    Version.objects.bulk_create(
        [
            Version(agreement=each, terms=document, terms_sha256=digest, state=Version.State.EXECUTED,
                    effective_from=MAY, concluded_at=MAY, executed_at=MAY, created_by=who.manager, created_at=NOON)
            for each in agreements
        ],
        batch_size=500,
    )


def test_list(bench):
    who = make_parties()
    make_many(who)
    client = Client()
    client.force_login(who.manager)
    url = reverse("agreements:index")
    bench("First page of 10,000 agreements", lambda: client.get(url), goal=0.5)
    bench("The same, one filter and a sort", lambda: client.get(f"{url}?state=in_force&sort=-end"), goal=0.5)
    assert client.get(url).context["page"].paginator.count == MANY
