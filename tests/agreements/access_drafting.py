"""Rows of the access table for catalogue, editor and review. Things are made when first asked for."""

from datetime import date
from types import SimpleNamespace

from agreements import actions, questions, templating, terms
from agreements.forms.boxes import Around
from agreements.forms.parts import PARTS, Page
from agreements.forms.templates import TEMPLATE_PARTS
from agreements.models import Service
from tests.access import Row
from tests.agreements.drafts import complete, drafted, in_review, make_template
from tests.agreements.pages import as_shown, posted
from tests.factories import NOON

# anonymous, stranger (manager elsewhere), client, provider, manager, escalation, auditor, admin
CATALOGUE = (302, 200, 403, 200, 200, 200, 200, 403)
KEEP = (302, 200, 403, 403, 200, 403, 403, 403)
KEEP_POST = (302, 422, 403, 403, 302, 403, 403, 403)
SERVICE = (302, 404, 404, 200, 200, 200, 200, 404)
SERVICE_KEEP = (302, 404, 404, 403, 200, 403, 403, 404)
SERVICE_KEEP_POST = (302, 404, 404, 403, 302, 403, 403, 404)
ASKED = (302, 404, 200, 200, 200, 200, 200, 404)
ASKED_POST = (302, 404, 302, 403, 403, 403, 403, 404)
LINK_POST = (302, 404, 404, 403, 302, 403, 403, 404)
ANYBODY = (200,) * 8
TRACE_HIDDEN = (302, 404, 404, 200, 200, 200, 200, 404)
SERVICE_BLIND = (302, 404, 403, 200, 200, 200, 200, 403)
TEMPLATE_KEEP = (302, 404, 403, 403, 200, 403, 403, 403)
TEMPLATE_POST = (302, 404, 403, 403, 302, 403, 403, 403)
TALKED_FROM = (302, 404, 403, 403, 200, 403, 403, 404)
DECIDE_POST = (302, 404, 403, 403, 302, 403, 403, 404)
HIDDEN = (302, 404, 404, 403, 200, 403, 403, 404)
HIDDEN_POST = (302, 404, 404, 403, 302, 403, 403, 404)
HIDDEN_READ = (302, 404, 404, 200, 200, 200, 200, 404)
EDIT = (302, 404, 403, 403, 200, 403, 403, 404)
EDIT_POST = (302, 404, 403, 403, 302, 403, 403, 404)
READ = (302, 404, 200, 200, 200, 200, 200, 404)
TALK_POST = (302, 404, 302, 302, 302, 403, 403, 404)
SETTLE_POST = (302, 404, 302, 403, 302, 403, 403, 404)
JUDGE_POST = (302, 404, 302, 302, 403, 403, 403, 404)


def service(world):
    return [Service.objects.get(organisation=world.provider_org, key="canvas").pk]


def retired(world):
    place = service(world)
    found = Service.objects.get(pk=place[0])
    if found.retired_at is None:
        actions.retire_service(found, reason="Replaced", actor=world.manager, at=NOON)
    return place


def house(world):
    return SimpleNamespace(
        provider=world.provider_org,
        client=world.client_org,
        manager=world.manager,
        engineer=world.provider,
        head=world.client,
        service=Service.objects.get(pk=service(world)[0]),
    )


def asked(world):
    if not hasattr(world, "requirement"):
        world.requirement = actions.ask_requirement(
            house(world).service, client=world.client_org, asked_of=world.client, actor=world.manager, at=NOON
        )
    return [world.requirement.number]


def linked(world):
    """A requirement asked for by a link that is open today."""
    if not hasattr(world, "linked"):
        world.linked = actions.ask_by_link(
            house(world).service, client=world.client_org, name="Rosa Lindt", email="rosa@example.org",
            due_on=date(2126, 5, 1), message="", actor=world.manager, at=NOON,
        )  # fmt: skip
    return world.linked


def link(world):
    return [questions.token(linked(world).question)]


NEED = {"text": "Reachable at any hour", "why": "Night courses", "otherwise": "We phone", "priority": "must"}


def stated(world):
    asked(world)
    words = {"text": "Reachable", "why": "", "priority": "must"}
    world.requirement = actions.state_requirement(world.requirement, **words, actor=world.client, at=NOON)
    return [world.requirement.number]


def drafting(world):
    """A draft that only the provider knows."""
    if not hasattr(world, "draft"):
        world.draft = drafted(house(world)).version
    return [world.draft.agreement.reference, world.draft.label]


def reviewing(world):
    """A draft that is with its reviewers: the provider's engineer and the client's head."""
    if not hasattr(world, "reviewed"):
        world.reviewed = in_review(complete(drafted(house(world)))).version
    return [world.reviewed.agreement.reference, world.reviewed.label]


def talked(world):
    place = reviewing(world)
    if not hasattr(world, "said"):
        world.said = actions.comment(
            world.reviewed, part="kpis", text="Why?", blocking=False, actor=world.client, at=NOON
        )
    return [*place, world.said.pk]


def suggested(world):
    place = reviewing(world)
    if not hasattr(world, "suggested"):
        world.suggested = actions.comment(
            world.reviewed, part="clause:support", text="Clearer", blocking=False, wording="The desk answers at once.",
            actor=world.client, at=NOON,
        )
    return [*place, world.suggested.pk]


def again(world):
    """The draft's second round: there is something to compare it with."""
    place = reviewing(world)
    if not hasattr(world, "again"):
        document = world.reviewed.read_terms()
        document.kpis[0].source = "Probe in Oslo"
        saved = actions.save_terms(
            world.reviewed, terms=document, revision=world.reviewed.revision, actor=world.manager, at=NOON
        )
        named = [(world.provider, "provider", True), (world.client, "client", True)]
        world.again = actions.submit(saved, reviewers=named, actor=world.manager, at=NOON)
    return place


def reminded(world):
    return [*reviewing(world), world.reviewed.reviewers.get(user=world.client).pk]


def ticked(world):
    reviewing(world)
    digest = terms.parts(world.reviewed.read_terms())["kpis"]
    return {"part": [f"kpis={digest}"], "page": "whole", "anchor": "clause-levels"}


def part(name):
    return lambda world: [*reviewing(world), name]


def sent_back(name):
    def data(world):
        reviewing(world)
        return as_shown(name, world.reviewed.read_terms(), world.reviewed.revision)

    return data


def new_service(world):
    return {
        "organisation": world.provider_org.pk,
        "name": "Mail",
        "key": "mail",
        "description": "Letters",
        "criticality": "high",
        "owner": world.manager.pk,
        "needs_sla": "",
        "reason": "Internal only",
        "depends_on": [],
    }


def new_agreement(world):
    return {
        "title": "Learning platform",
        "keeper": world.provider_org.pk,
        "partner": world.client_org.pk,
        "services": service(world),
        "template": make_template().pk,
    }


def reviewers(world):
    return {
        "provider": [world.provider.pk],
        "client": [world.client.pk],
        "asked": [world.escalation.pk],
        "message": "Please look at it",
    }


TERM_TEXTS = (
    "term-text",
    "signatories-0-slot",
    "signatories-0-capacity",
    "signatories-1-slot",
    "signatories-1-capacity",
    "signatories-MIN_NUM_FORMS",
    "signatories-MAX_NUM_FORMS",
)


def _drafted_template(world):
    return actions.draft_template(
        name="Ours", kind="sla", terms=make_template().read_terms(), organisation=world.provider_org,
        actor=world.manager, at=NOON,
    )  # fmt: skip


def own_template(world):
    """A draft that only the provider's house sees."""
    if not hasattr(world, "own_template"):
        world.own_template = _drafted_template(world)
    return [world.own_template.pk]


def published_template(world):
    if own_template(world) and world.own_template.published_at is None:
        world.own_template = actions.release_template(
            world.own_template, description="First", actor=world.manager, at=NOON
        )
    return [world.own_template.pk]


def second_template(world):
    if published_template(world) and not hasattr(world, "second_template"):
        world.second_template = _drafted_template(world)
    return [world.second_template.pk]


def named(world):
    return {"name": "Theirs", "organisation": world.provider_org.pk}


def same_term(world):
    own_template(world)
    terms = templating.opened(world.own_template.read_terms())
    return posted(Page(TEMPLATE_PARTS["term"], terms, Around(terms.services))) | {"revision": "1"}


def reviewers_again(world):
    return {"provider": [world.provider.pk], "client": [world.client.pk], "asked": [world.escalation.pk]}


SERVICE_TEXTS = ("name", "key", "description", "reason", "needs_sla")
PARTY_TEXTS = (
    "heading-title",
    "provider-organisation",
    "provider-address",
    "provider-representatives",
    "client-organisation",
    "client-address",
    "client-representatives",
    "term-text",
    "signatories-0-slot",
    "signatories-0-capacity",
    "signatories-1-slot",
    "signatories-1-capacity",
    "term-ends_on",
    "signatories-MIN_NUM_FORMS",
    "signatories-MAX_NUM_FORMS",
)

ROWS = [
    Row("agreements:services", "GET", CATALOGUE),
    Row("agreements:services", "GET", CATALOGUE, query="?view=lacking"),
    Row("agreements:services", "GET", CATALOGUE, query="?q=learn&criticality=high&view=nonsense"),
    Row("agreements:services_csv", "GET", CATALOGUE),
    Row("agreements:add_service", "GET", KEEP),
    Row("agreements:add_service", "POST", KEEP_POST, data=new_service, free=SERVICE_TEXTS),
    Row("agreements:service", "GET", SERVICE, args=service),
    Row("agreements:change_service", "GET", SERVICE_KEEP, args=service),
    Row(
        "agreements:change_service",
        "POST",
        SERVICE_KEEP_POST,
        args=service,
        free=SERVICE_TEXTS,
        data=lambda w: {name: value for name, value in new_service(w).items() if name not in ("organisation", "key")},
    ),
    Row(
        "agreements:retire_service",
        "POST",
        SERVICE_KEEP_POST,
        args=service,
        free=("reason",),
        data=lambda w: {"reason": "Replaced"},
    ),
    Row("agreements:restore_service", "POST", SERVICE_KEEP_POST, args=retired),
    Row("agreements:ask", "GET", SERVICE_KEEP, args=service),
    Row(
        "agreements:ask",
        "POST",
        SERVICE_KEEP_POST,
        args=service,
        data=lambda w: {
            "person": w.client.memberships.get().pk,
            "due_on": "2126-05-01",
            "message": "For the next year",
        },
        free=("message",),
    ),
    Row("agreements:ask_by_link", "GET", SERVICE_KEEP, args=service),
    Row(
        "agreements:ask_by_link",
        "POST",
        SERVICE_KEEP_POST,
        args=service,
        data=lambda w: {
            "client": w.client_org.pk,
            "name": "Rosa Lindt",
            "email": "rosa@example.org",
            "due_on": "2126-05-01",
            "message": "For the next year",
        },
        free=("name", "message"),
    ),
    Row("agreements:answer", "GET", ANYBODY, args=link),
    Row("agreements:answer", "GET", (404,) * 8, args=lambda w: ["0" * 64]),
    Row(
        "agreements:answer",
        "POST",
        (302,) * 8,
        args=link,
        actor="anonymous",
        free=("R1-text", "R1-why", "R1-otherwise"),
        data=lambda w: {f"{linked(w).number}-{name}": value for name, value in NEED.items()},
    ),
    Row("agreements:remind_requirement", "POST", DECIDE_POST, args=asked),
    Row("agreements:close_link", "POST", LINK_POST, args=lambda w: [linked(w).number]),
    Row("agreements:requirement", "GET", ASKED, args=asked),
    Row(
        "agreements:requirement",
        "POST",
        ASKED_POST,
        args=asked,
        actor="client",
        free=("text", "why", "otherwise"),
        data=lambda w: NEED,
    ),
    Row("agreements:accept_requirement", "POST", DECIDE_POST, args=stated),
    Row(
        "agreements:decline_requirement",
        "POST",
        DECIDE_POST,
        args=stated,
        free=("reason",),
        data=lambda w: {"reason": "Too dear"},
    ),
    Row("agreements:templates", "GET", CATALOGUE),
    Row("agreements:template", "GET", CATALOGUE, args=lambda w: [make_template().pk]),
    Row("agreements:template", "GET", SERVICE_BLIND, args=own_template),
    Row("agreements:template_preview", "GET", SERVICE_BLIND, args=own_template),
    Row("agreements:template_changes", "GET", SERVICE_BLIND, args=second_template),
    Row("agreements:revise_template", "GET", KEEP, args=lambda w: [make_template().pk]),
    Row(
        "agreements:revise_template",
        "POST",
        KEEP_POST,
        args=lambda w: [make_template().pk],
        data=named,
        free=("name",),
    ),
    Row("agreements:edit_template", "GET", TEMPLATE_KEEP, args=lambda w: [*own_template(w), "clauses"]),
    Row(
        "agreements:edit_template",
        "POST",
        TEMPLATE_POST,
        args=lambda w: [*own_template(w), "term"],
        data=same_term,
        free=TERM_TEXTS,
    ),
    Row(
        "agreements:publish_template",
        "POST",
        TEMPLATE_POST,
        args=own_template,
        free=("description",),
        data=lambda w: {"description": "New"},
    ),
    Row("agreements:retire_template", "POST", TEMPLATE_POST, args=published_template),
    Row("agreements:discard_template", "POST", TEMPLATE_POST, args=own_template),
    Row("agreements:template_from", "GET", TALKED_FROM, args=reviewing),
    Row("agreements:template_from", "POST", EDIT_POST, args=reviewing, data=named, free=("name",)),
    Row("agreements:preview", "GET", TRACE_HIDDEN, args=drafting),
    Row("agreements:new", "GET", KEEP),
    Row("agreements:parts_of_country", "GET", (302, *[200] * 7), query="?calendars-0-country=GB"),
    Row("agreements:new", "POST", KEEP_POST, data=new_agreement, free=("title",)),
    *[Row("agreements:edit", "GET", EDIT, args=part(name)) for name in PARTS],
    Row("agreements:edit", "GET", HIDDEN, args=lambda w: [*drafting(w), "kpis"], query="?add=kpis:uptime"),
    Row("agreements:edit", "POST", EDIT_POST, args=part("parties"), data=sent_back("parties"), free=PARTY_TEXTS),
    Row("agreements:edit", "POST", EDIT_POST, args=part("requirements"), data=sent_back("requirements")),
    Row("agreements:trace", "GET", READ, args=reviewing),
    Row("agreements:trace", "GET", TRACE_HIDDEN, args=drafting),
    Row(
        "agreements:autosave",
        "POST",
        (302, 404, 404, 403, 200, 403, 403, 404),
        args=lambda w: [*drafting(w), "requirements"],
        data=lambda w: (drafting(w), as_shown("requirements", w.draft.read_terms(), w.draft.revision))[1],
    ),
    Row("agreements:undo", "POST", HIDDEN_POST, args=drafting, free=("revision",), data=lambda w: {"revision": "1"}),
    Row("agreements:clock", "GET", READ, args=reviewing),
    Row("agreements:clock", "GET", HIDDEN_READ, args=drafting, query="?opened=2026-05-08T16:40&priority=1&zone=UTC"),
    Row("agreements:draft_history", "GET", HIDDEN, args=drafting),
    Row("agreements:check", "GET", HIDDEN, args=drafting),
    Row("agreements:check", "POST", HIDDEN_POST, args=drafting, data=reviewers, free=("message",)),
    Row("agreements:abandon", "GET", HIDDEN, args=drafting),
    Row(
        "agreements:abandon",
        "POST",
        HIDDEN_POST,
        args=drafting,
        free=("reason",),
        data=lambda w: {"reason": "Not needed"},
    ),
    Row("agreements:review", "GET", READ, args=reviewing),
    Row("agreements:review", "GET", READ, args=reviewing, query="?show=open"),
    Row("agreements:changes", "GET", READ, args=reviewing),
    Row("agreements:changes", "GET", READ, args=reviewing, query="?from=d1&to=now&view=side"),
    Row("agreements:redline_pdf", "GET", READ, args=again),
    Row("agreements:whole", "GET", READ, args=reviewing),
    Row("agreements:reviewers", "GET", READ, args=reviewing),
    Row("agreements:reviewers", "POST", EDIT_POST, args=reviewing, data=reviewers_again),
    Row("agreements:comment_link", "GET", (302, 404, 302, 302, 302, 302, 302, 404), args=talked),
    Row(
        "agreements:comment",
        "POST",
        TALK_POST,
        args=reviewing,
        actor="client",
        free=("text", "blocking"),
        data=lambda w: {"part": "kpis", "text": "Too low", "blocking": "on"},
    ),
    Row("agreements:settle", "POST", SETTLE_POST, args=talked),
    Row("agreements:apply_suggestion", "POST", EDIT_POST, args=suggested),
    Row(
        "agreements:decline_suggestion",
        "POST",
        EDIT_POST,
        args=suggested,
        free=("reason",),
        data=lambda w: {"reason": "It is right"},
    ),
    Row(
        "agreements:look",
        "POST",
        (302, 404, *[302] * 5, 404),
        args=reviewing,
        free=("part", "page", "anchor"),
        data=ticked,
    ),
    Row(
        "agreements:finish",
        "POST",
        JUDGE_POST,
        args=reviewing,
        actor="client",
        free=("text",),
        data=lambda w: {"revision": (reviewing(w), w.reviewed.revision)[1], "opinion": "remark", "text": "Fine"},
    ),
    Row("agreements:remind_reviewer", "POST", EDIT_POST, args=reminded),
    Row("agreements:recall", "POST", EDIT_POST, args=reviewing),
]
