"""Beside the main job: what stands behind the agreement, and what is left open on the day you look."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import agreements.actions as agreeing
from accounts.models import User
from agreements import terms as t
from agreements.models import Agreement, Template, Version
from records import pdf
from slaportal.demo import promises

if TYPE_CHECKING:
    from slaportal.demo.story import Story

SCAN = """<!doctype html><html lang="en-gb"><title>{title}</title><h1>{title}</h1>
<p>{provider} and {client} agree on what is written in the terms of this contract.</p>
<p>Signed on paper on 12 December 2025.</p></html>"""


def link_support(story: Story, at: datetime) -> None:
    """An OLA and a UC come in from paper; both stand behind the service of the SLA."""
    cast = story.cast
    tools = agreeing.add_service(
        organisation=cast.team, key="platform-care", name="Care of the platform", criticality="high", needs_sla=False,
        description="Updates, watching and repair of the learning platform.", reason="Promised by an OLA",
        owner=cast.team_lead, actor=cast.team_lead, at=at,
    )  # fmt: skip
    hosting = agreeing.add_service(
        organisation=cast.provider, key="canvas-cloud", name="Cloud for the learning platform", criticality="high",
        needs_sla=True, description="Bought from Peakline Cloud; the learning platform runs on it.", reason="",
        owner=cast.manager, actor=cast.manager, at=at,
    )  # fmt: skip
    ola = _imported(
        "ola", "Care of the learning platform", (cast.team, cast.provider), tools,
        _terms_of("99.6", {1: 2, 2: 2, 3: 14, 4: 35}), people=(cast.team_lead, cast.manager), at=at,
    )  # fmt: skip
    contract = _imported(
        "uc", "Cloud for the learning platform", (cast.supplier, cast.provider), hosting,
        _terms_of("99.9", {1: 4, 2: 4, 3: 28, 4: 56}), people=(cast.manager, cast.director), at=at,
    )  # fmt: skip
    for supporting in (ola, contract):
        agreeing.link_support(
            story.agreement, by=supporting, service=story.service.key, actor=cast.manager, at=at + timedelta(minutes=5)
        )


def _terms_of(target: str, hours: dict[int, int]):
    """Fills a template's terms: an availability, and the hours in which each priority is solved."""

    def fill(terms: t.Terms) -> t.Terms:
        terms.agreement.timezone = "UTC"
        terms.calendars = [
            t.CalendarTerm("always", "Day and night", "UTC", promises.ALWAYS),
            t.CalendarTerm(
                "desk", "Service desk", "UTC", promises.DESK_HOURS, holidays=["2026-12-25", "2027-01-01"]
            ),
        ]  # fmt: skip
        terms.kpis = [each for each in terms.kpis if each.key == "K1"]
        terms.kpis[0].indicator, terms.kpis[0].target, terms.kpis[0].warn = "canvas-lms", target, None
        terms.priorities = [
            t.Priority(each.priority, each.name, hours[each.priority] * 3600, "desk")
            for each in promises.fill(t.load(t.dump(terms))).priorities
        ]
        terms.credits = [each for each in terms.credits if each.kpi == "K1"]
        terms.term = t.Term("2026-01-01", None, "none", 12, 90)
        return terms

    return fill


def _imported(kind, title, parties, service, fill, *, people: tuple[User, User], at: datetime) -> Agreement:
    brings, confirms = people
    provider, client = parties
    version = agreeing.draft(
        template=Template.objects.filter(published_at__isnull=False, kind=kind).latest("number"),
        provider=provider, client=client, services=[service], title=title, kind=kind, actor=brings, at=at,
    )  # fmt: skip
    version = agreeing.save_terms(
        version, terms=fill(version.read_terms()), revision=version.revision, actor=brings, at=at
    )
    scan = SCAN.format(title=title, provider=provider, client=client)
    paper = agreeing.bring_in(
        Version.objects.get(pk=version.pk), content=pdf.render(scan, title=title, language="en-gb", at=at),
        signed_by=f"{provider}\n{client}", concluded_on=date(2025, 12, 12),
        statement="The paper is in the office; terms and paper were compared.", actor=brings, at=at,
    )  # fmt: skip
    return agreeing.confirm_paper(paper, actor=confirms, at=at + timedelta(minutes=3)).agreement


def leave_loose_ends(story: Story, at: datetime) -> None:
    cast = story.cast
    who = {"actor": cast.manager, "at": at}
    mail, files = (
        agreeing.add_service(
            organisation=cast.provider, key=key, name=name, criticality="medium", needs_sla=True,
            description=description, reason="", owner=cast.manager, **who,
        )
        for key, name, description in [
            ("mail", "Mail and calendar", "Mailboxes and calendars of staff."),
            ("files", "Shared files", "The folders of all departments."),
        ]
    )  # fmt: skip
    for service in (mail, files):
        agreeing.ask_requirement(service, client=cast.client, asked_of=cast.it_head, **who)
    agreeing.set_dependencies(story.service, on=[mail, files], **who)
    agreeing.ask_by_link(
        files, client=cast.client, name="Rosa Lindt", email="rosa.lindt@example.org",
        due_on=at.date() + timedelta(days=7), message="The folders of your department, from autumn on.", **who,
    )  # fmt: skip
    asked = agreeing.ask_requirement(mail, client=cast.client, asked_of=cast.platform_lead, **who)
    agreeing.state_requirement(
        asked, text="Mail sent to us arrives within five minutes", why="Orders come by mail", priority="must",
        actor=cast.platform_lead, at=at,
    )  # fmt: skip
