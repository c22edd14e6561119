"""What the pages of the editor share: the draft they open, and what stands around a part."""

import secrets
import string
import zoneinfo

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from agreements import checks, editing, lint, redline, rules, simulator
from agreements.forms.boxes import Around
from agreements.forms.parts import PARTS
from agreements.models import Requirement, Service, Template, Version
from agreements.origin import Wording
from agreements.views.finding import find_agreement, find_version, require

ALL_ZONES = zoneinfo.available_timezones()
SIGNS = set(string.ascii_letters + string.digits + "-_")


def editable(request, reference, label):
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    version.agreement = agreement  # with both parties loaded
    require(rules.can_edit(request.grants, version))
    return version


def too_late(request, version):
    """Where somebody is sent whose draft is none any more."""
    messages.info(request, faster(version))
    return redirect(version.agreement)


def faster(version):
    version = Version.objects.select_related("agreement").get(pk=version.pk)
    return _("Somebody was faster: %(version)s is “%(state)s” now.") % {
        "version": version,
        "state": version.get_state_display(),
    }


def around(version, now, part=""):
    """What the forms of a part offer and say beside the terms; a zone that cannot be read has no Friday."""
    agreement, base = version.agreement, base_of(version)
    terms = version.read_terms()
    services = Service.objects.filter(organisation=agreement.keeper_id)
    keys = [service["key"] for service in version.terms["services"]]
    requirements = Requirement.objects.filter(
        service__organisation=agreement.keeper_id, service__key__in=keys, client=agreement.client
    ).select_related("asked_of", "question")
    zone = zoneinfo.ZoneInfo(terms.agreement.timezone) if terms.agreement.timezone in ALL_ZONES else None
    return Around(
        list(services),
        list(requirements),
        redline.table(base, terms) if base else [],
        version.base.label if base else "",
        base,
        *(_wordings(version.template) if part == "clauses" else (None, None)),
        simulator.friday(now, zone) if zone else None,
    )


def _wordings(template):
    """The template of a draft as its clauses are compared, and its newest version where that is a later one."""
    if template is None:
        return None, None
    published = Template.objects.series(template).filter(published_at__isnull=False, number__gt=template.number)
    newest = published.first()
    return tuple(
        each and Wording(each.name, each.number, {clause.id: clause for clause in each.read_terms().clauses})
        for each in (template, newest)
    )


def number_of(text):
    """A revision as a page sends it; 0, which no text has, for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def page_name(text=""):
    """The name of a page of the editor as it was sent, or a new one."""
    return text if 0 < len(text) <= 40 and set(text) <= SIGNS else secrets.token_urlsafe(12)


def base_of(version):
    return version.base.read_terms() if version.base else None


def changed_clauses(old, new):
    return [each for each in redline.clauses(old, new) if each.kind != "same"]


def shell(request, version, current):
    """What every page of the editor shows around its part."""
    args = [version.agreement.reference, version.label]
    terms = version.read_terms()
    findings = checks.findings(version, request.now, terms=terms)
    parts = [(name, part.title) for name, part in PARTS.items()]
    changed = editing.changes_by_part(base_of(version), terms)
    names = [*PARTS, editing.CHECK]
    where = _("Part %(number)d of %(all)d: %(name)s") % {
        "number": names.index(current) + 1,
        "all": len(names),
        "name": PARTS[current].title if current in PARTS else _("Review and check"),
    }
    return {
        "version": version,
        "agreement": version.agreement,
        "where": where,
        "steps": editing.steps(parts, current, findings=findings, changed=changed, args=args),
        "supported_by": version.agreement.supports.live().exists(),
        "errors": lint.errors(findings),
        "warnings": lint.warnings(findings),
        "notes": lint.notes(findings),
        "sent": version.drafts.order_by("-number").values_list("number", flat=True).first(),
    }
