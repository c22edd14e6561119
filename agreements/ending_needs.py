"""What renewal, notice, import, holds and disposals ask of a person. One query, two while something is being ended."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Role, SigningAuthority, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements import lifecycle, lives, notice, retaining_needs, signing_needs
from agreements.lifecycle import EXPIRES_SOON
from agreements.models import Agreement, Ending, Party, Renewal, Version


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    provided, received = grants.organisations(Role.MANAGER), grants.organisations(Role.MANAGER, Role.CLIENT)
    if not received:
        return []
    mine = Q(agreement__provider__in=provided) | Q(agreement__client__in=received)
    versions = list(_versions(user, mine, signing_needs.managed(grants), now))
    endings = _endings(user, mine, now) if any(version.ending_open for version in versions) else []
    return [
        *(need for ending in endings if (need := _answer(ending, provided, received))),
        *(need for version in versions if (need := _decide(version, user.pk, now))),
        *retaining_needs.of(versions, provided, received),
    ]


def _endings(user, mine, now):
    """Notices and proposals of both sides, with whether this person may sign for the one or the other."""
    signs = SigningAuthority.objects.current(now).filter(user=user)
    return (
        Ending.objects.open()
        .filter(mine)
        .annotate(
            signs_provider=Exists(signs.filter(organisation=OuterRef("agreement__provider"))),
            signs_client=Exists(signs.filter(organisation=OuterRef("agreement__client"))),
        )
        .select_related("agreement", "given_by")
        .defer("statement", "evidence")
    )


def _answer(ending: Ending, provided: set[int], received: set[int]) -> Need | None:
    agreement = ending.agreement
    of_provider = ending.other == Party.PROVIDER
    if (agreement.provider_id not in provided) if of_provider else (agreement.client_id not in received):
        return None
    signs = ending.signs_provider if of_provider else ending.signs_client
    words = {"title": agreement.title, "person": ending.given_by, "day": date_format(ending.last_day, "j F Y")}
    if ending.state == Ending.State.PROPOSED and signs:
        title, verb = _("Answer the proposal to end %(title)s") % words, _("Read and answer")
    elif ending.recall_at is not None and signs:
        title, verb = _("May the notice for %(title)s be taken back?") % words, _("Answer")
    elif ending.received_at is None and ending.state == Ending.State.STANDING:
        title, verb = _("Confirm that the notice for %(title)s arrived") % words, _("Confirm")
    else:
        return None
    text = _("%(person)s declared it; the last day is %(day)s.") % words
    due = ending.deemed_at if ending.state == Ending.State.STANDING else ending.ends_at
    return Need(
        key=f"ending:{ending.pk}", title=title, text=text, url=ending.get_absolute_url(), verb=verb, due=due,
        tone="warn", icon="calendar-x",
    )


def _versions(user, mine, managed, now):
    """What signing asks to manage, papers to compare, versions of one's own agreements, of those being ended and of
    those whose files somebody wants held or gone (before a signature nothing can go)."""
    to_compare = mine & Q(paper__confirmed_at=None, paper__isnull=False) & ~Q(paper__brought_by=user)
    own = Q(
        agreement__owner=user, agreement__state=Agreement.State.ACTIVE, agreement__ends_at=None,
        state=Version.State.EXECUTED,
    )
    ending = Exists(Ending.objects.open().filter(agreement=OuterRef("agreement")))
    kept = Q(ending_open=True) | Q(hold_asked__isnull=False) | Q(disposal_by__isnull=False)
    signed = mine & Q(state=Version.State.EXECUTED) & kept
    asked = retaining_needs.asked(user, OuterRef("agreement__reference"))
    found = Version.objects.annotate(ending_open=ending, **asked).filter(managed | to_compare | own | signed)
    return (
        lives.with_dates(found)
        .annotate(
            kept_until=Subquery(
                Renewal.objects.filter(agreement=OuterRef("agreement"), kept_at__isnull=False)
                .order_by("-term_ends_at").values("term_ends_at")[:1]
            ),
            under_way=Exists(Version.objects.open().filter(agreement=OuterRef("agreement"))),
            follows=Exists(
                Version.objects.executed().filter(
                    agreement=OuterRef("agreement"), effective_from__gt=OuterRef("effective_from")
                )
            ),
        )
        .select_related("agreement", "paper__brought_by")
    )


def _decide(version: Version, user_id: int, now: datetime) -> Need | None:
    if version.state != Version.State.EXECUTED:
        return _compare(version) if version.state == Version.State.DRAFT else signing_needs.of_version(version)
    agreement, life = version.agreement, lives.life(version)
    closed = agreement.ends_at is not None or agreement.state != Agreement.State.ACTIVE
    if closed or version.follows or life.term.ends_on is None or agreement.owner_id != user_id:
        return None
    end, zone = lifecycle.end_of(life.term, life.timezone, now), ZoneInfo(life.timezone)
    by = lifecycle.notice_by(life.term, life.timezone, now, life.days)
    due = notice.end_of_day(by, life.timezone) if by else end
    decided = version.under_way or (version.kept_until is not None and version.kept_until == end)
    if decided or due <= now or due - now > EXPIRES_SOON:
        return None
    day = date_format((due - lifecycle.DAY).astimezone(zone).date(), "j F Y")
    if by:
        text = _("It renews unless notice is given by %s. Keep it, or give notice.") % day
    else:
        text = _("It ends on %s unless both parties sign a renewal.") % day
    return Need(
        key=f"renewal:{version.agreement_id}:{end.isoformat()}",
        title=_("Decide on the renewal of %s") % version.agreement.title, text=text,
        url=reverse("agreements:term", args=[version.agreement.reference]), verb=_("Decide"), due=due, tone="warn",
        icon="calendar-due",
    )


def _compare(version: Version) -> Need:
    return Need(
        key=f"paper:{version.pk}",
        title=_("Compare the imported paper of %s") % version.agreement.title,
        text=_("%s brought it in. Another person confirms that paper and terms say the same.")
        % version.paper.brought_by,
        url=reverse("agreements:paper", args=[version.agreement.reference, version.label]), verb=_("Compare"),
        icon="file-text",
    )
