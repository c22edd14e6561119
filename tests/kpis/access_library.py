"""The library of KPI definitions and the measurement guide in the access table."""

from hashlib import sha256

from kpis.forms.defining import ProposalForm, TextForm
from kpis.models import Definition
from kpis.openslo import writing
from tests.access import Row
from tests.agreements.access_drafting import EDIT, EDIT_POST, reviewing
from tests.kpis.definitions import begun, make_definitions, released, sent_back

# anonymous, stranger, client, provider, manager, escalation, auditor, admin
READERS = (302, 200, 200, 200, 200, 200, 200, 403)
WRITERS = (302, 200, 403, 403, 200, 403, 403, 403)
WRITERS_POST = (302, 422, 403, 403, 302, 403, 403, 403)
OURS = (302, 404, 404, 200, 200, 200, 200, 403)
KEPT = (302, 404, 404, 403, 200, 403, 403, 403)
KEPT_POST = (302, 404, 404, 403, 302, 403, 403, 403)
BROUGHT = (302, 404, 403, 403, 302, 403, 403, 404)
GUIDE = (302, 404, 200, 200, 200, 200, 200, 404)


def portals(world):
    make_definitions()
    return [Definition.objects.get(organisation=None, name="Service availability").pk]


def own(world):
    """A draft of the provider's house."""
    if not hasattr(world, "definition"):
        world.definition = begun(world.provider_org, world.manager)
    return [world.definition.pk]


def published(world):
    if not hasattr(world, "published_definition"):
        world.published_definition = released(world.provider_org, world.manager, name="Our uptime")
    return [world.published_definition.pk]


def begin(world):
    return {"name": "Answered at once", "organisation": world.provider_org.pk, "kind": "ratio"}


def revise(world):
    return {"name": "Ours", "organisation": world.provider_org.pk}


def same(world):
    """The page of the draft sent back as it was shown."""
    own(world)
    forms = [TextForm(initial=vars(world.definition.text)), ProposalForm(kpi=world.definition.read_kpi())]
    return sent_back(*forms) | {"revision": "1"}


def guide(world):
    return [world.agreement.reference, world.version.label]


def chosen(world):
    return {"definitions": portals(world), "service": "canvas", "calendar": ""}


def slos(world):
    """The documents of the agreement in force, and what was seen of them."""
    text = writing.export(world.version.read_terms()).text.strip()
    return {"text": text, "take": ["0"], "seen": sha256(text.encode()).hexdigest(), "add": "1"}


# Left out, or spoilt where it is read as text only.
TEXTS = (
    "purpose", "words", "caution", "origin", "unit", "source", "indicator", "critical", "whole_minutes", "revision",
    # Judged when it is published, as a draft's is when it is sent to review.
    "target", "warn", "sources",
)  # fmt: skip
ROWS = [
    Row("kpis:library", "GET", READERS),
    Row("kpis:library_paper", "GET", READERS),
    Row("kpis:definition", "GET", READERS, args=portals),
    Row("kpis:definition", "GET", OURS, args=published),
    Row("kpis:definition", "GET", KEPT, args=own),
    Row("kpis:new_definition", "GET", WRITERS),
    Row("kpis:new_definition", "POST", WRITERS_POST, data=begin, free=("name",)),
    Row("kpis:revise_definition", "GET", WRITERS, args=portals),
    Row("kpis:revise_definition", "POST", WRITERS_POST, args=portals, data=revise, free=("name",)),
    Row("kpis:edit_definition", "GET", KEPT, args=own),
    Row("kpis:edit_definition", "POST", KEPT_POST, args=own, data=same, free=TEXTS),
    Row(
        "kpis:publish_definition", "POST", KEPT_POST, args=own, data=lambda w: {"description": "First"},
        free=("description",),
    ),
    Row(
        "kpis:retire_definition", "POST", KEPT_POST, args=published, data=lambda w: {"reason": "Not used"},
        free=("reason",),
    ),
    Row("kpis:discard_definition", "POST", KEPT_POST, args=own),
    Row("kpis:guide", "GET", GUIDE, args=guide),
    Row("kpis:guide_paper", "GET", GUIDE, args=guide),
    Row("kpis:openslo", "GET", GUIDE, args=guide),
    Row("kpis:bring_openslo", "GET", EDIT, args=reviewing),
    Row("kpis:bring_openslo", "POST", BROUGHT, args=reviewing, data=slos, free=("seen", "add")),
    Row("kpis:add_definitions", "GET", EDIT, args=reviewing),
    Row("kpis:add_definitions", "POST", EDIT_POST, args=reviewing, data=chosen),
]
