"""Everything that changes organisations, people and what they may do."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import (
    ApiToken,
    CalendarFeed,
    Invitation,
    Membership,
    Message,
    Notice,
    Organisation,
    SigningAuthority,
    User,
)
from accounts.notifications import mail_body
from accounts.tokens import digest
from records import audit

INVITATION_LASTS = timedelta(days=14)


class Refused(Exception):
    """The act can't be done; the message says why, `place` names the field where there is one."""

    def __init__(self, message: str, place: str = ""):
        super().__init__(message)
        self.place = place


@transaction.atomic
def create_organisation(
    *,
    name: str,
    internal: bool,
    timezone: str,
    actor: User | None,
    at: datetime,
    address: str = "",
    added_by: Organisation | None = None,
) -> Organisation:
    """Add a party, looked after by `added_by` (None: by itself). Raises Refused when the name is taken."""
    organisation, created = Organisation.objects.get_or_create(
        name=name,
        defaults={"internal": internal, "timezone": timezone, "address": address, "added_by": added_by},
    )
    if not created:
        raise Refused(_("There is an organisation of this name already."), "name")
    audit.record("organisation.created", organisation, actor=actor, at=at, name=name)
    return organisation


@transaction.atomic
def allow_sole_signatory(organisation: Organisation, *, allowed: bool, actor: User, at: datetime) -> Organisation:
    """Say whether who sends an agreement may be the only one to sign it for this party; printed in the evidence."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    organisation.sole_signatory = allowed
    organisation.save(update_fields=["sole_signatory"])
    audit.record("organisation.sole_signatory_set", organisation, actor=actor, at=at, allowed=allowed)
    return organisation


@transaction.atomic
def close_account(user: User, *, actor: User, at: datetime) -> User:
    """Let a person in no more and end their roles; what they did stays, signatures given stay valid.

    Raises Refused for one's own account, and when it is closed already.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.pk == actor.pk:
        raise Refused(_("Another administrator closes your account."))
    if not user.is_active:
        raise Refused(_("This account is closed already."))
    user.is_active = False
    user.save(update_fields=["is_active"])
    roles = Membership.objects.filter(user=user, until=None).update(until=at)
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=at)
    audit.record("account.closed", user, actor=actor, at=at, person=user.email, roles=roles)
    return user


@transaction.atomic
def invite(
    *, email: str, name: str, organisation: Organisation, role: str, actor: User | None, at: datetime
) -> tuple[Invitation, str]:
    """Invite a person by e-mail; returns the invitation and the path of its one-use link."""
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email.lower(),
        name=name,
        organisation=organisation,
        role=role,
        token_hash=digest(token),
        invited_by=actor,
        created_at=at,
        expires_at=at + INVITATION_LASTS,
    )
    path = reverse("accounts:invitation", args=[token])
    text = _("You are invited to join %(organisation)s in SLA Portal. The link works once, until %(day)s.") % {
        "organisation": organisation,
        "day": invitation.expires_at.date().isoformat(),
    }
    Message.objects.create(
        key=f"invitation:{invitation.pk}",
        address=invitation.email,
        organisation=organisation,
        subject=_("Invitation to SLA Portal"),
        body=mail_body(name, text, path),
        next_try_at=at,
        created_at=at,
    )
    audit.record(
        "person.invited", invitation, actor=actor, at=at, email=invitation.email, role=role,
        organisation=organisation.name,
    )
    nudge.engine("accounts.deliver")
    return invitation, path


@transaction.atomic
def accept_invitation(
    *, token: str, name: str, password: str | None, timezone: str, at: datetime, user: User | None = None
) -> User:
    """Join by the link: a new person with this password, or `user`, the signed-in owner of the address.

    Raises Refused when the link is unknown, used or lapsed, or belongs to somebody else.
    """
    invitation = Invitation.objects.select_for_update().filter(token_hash=digest(token)).first()
    if invitation is None or invitation.accepted_at or invitation.expires_at <= at:
        raise Refused(_("This link does not work any more. Ask for a new invitation."))
    known = User.objects.filter(email=invitation.email).first()
    if known is None:
        known = User.objects.create_user(invitation.email, password, name=name, timezone=timezone)
        # Whoever holds the link has the mailbox.
        EmailAddress.objects.create(user=known, email=known.email, verified=True, primary=True)
    elif user != known:
        raise Refused(_("Sign in as %(email)s to accept this invitation.") % {"email": invitation.email})
    invitation.accepted_at, invitation.accepted_by = at, known
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    _join(known, invitation.organisation, invitation.role, at)
    audit.record("person.joined", invitation, actor=known, at=at, role=invitation.role)
    return known


@transaction.atomic
def grant_role(*, user: User, organisation: Organisation, role: str, actor: User, at: datetime) -> Membership:
    """Give a person a role in an organisation; they have it already: nothing changes."""
    membership, created = _join(user, organisation, role, at)
    if created:
        audit.record("role.granted", membership, actor=actor, at=at, role=role, person=user.email)
    return membership


@transaction.atomic
def end_membership(membership: Membership, *, actor: User, at: datetime) -> Membership:
    """Take a role away from now on; what was done with it stays. Raises Refused when it ended before."""
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    if membership.until is not None:
        raise Refused(_("This role has ended already."))
    membership.until = at
    membership.save(update_fields=["until"])
    audit.record("role.ended", membership, actor=actor, at=at, role=membership.role)
    return membership


@transaction.atomic
def authorise_signer(
    *,
    user: User,
    organisation: Organisation,
    what_for: str,
    since: datetime,
    until: datetime | None,
    source: str,
    actor: User,
    at: datetime,
) -> SigningAuthority:
    """Record that a person may sign for an organisation, by which source; the actor checked it."""
    if until is not None and until <= since:
        raise Refused(_("The authority must end after it begins."), "until")
    authority = SigningAuthority.objects.create(
        user=user,
        organisation=organisation,
        what_for=what_for,
        since=since,
        until=until,
        source=source,
        checked_by=actor,
        checked_at=at,
    )
    audit.record("authority.recorded", authority, actor=actor, at=at, person=user.email, source=source)
    return authority


@transaction.atomic
def create_token(
    *, user: User, name: str, scopes: Sequence[str], expires_at: datetime | None, actor: User, at: datetime,
    streams: Sequence[str] = (),
) -> tuple[ApiToken, str]:
    """Make an API token; the secret is returned once and never kept. With `streams` it feeds only those keys."""
    secret = f"sla_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user, name=name, scopes=list(scopes), streams=list(streams), digest=digest(secret), created_at=at,
        expires_at=expires_at,
    )
    audit.record("token.created", token, actor=actor, at=at, name=name, scopes=list(scopes), streams=list(streams))
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: User, at: datetime) -> ApiToken:
    """Make a token worthless at once. Raises Refused when it is already."""
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is not None:
        raise Refused(_("This token is revoked already."))
    token.revoked_at = at
    token.save(update_fields=["revoked_at"])
    audit.record("token.revoked", token, actor=actor, at=at, name=token.name)
    return token


@transaction.atomic
def renew_calendar_feed(user: User, *, actor: User, at: datetime) -> tuple[CalendarFeed, str]:
    """Make the address of a person's calendar; the one before is worthless at once. The token is returned once."""
    User.objects.select_for_update().get(pk=user.pk)
    replaced = user.calendar_feeds.filter(revoked_at=None).update(revoked_at=at)
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(user=user, digest=digest(token), created_at=at)
    audit.record("calendar.made", feed, actor=actor, at=at, replaced=bool(replaced))
    return feed, token


@transaction.atomic
def revoke_calendar_feed(user: User, *, actor: User, at: datetime) -> None:
    """Make the address of a person's calendar worthless. Raises Refused when there is none."""
    feed = user.calendar_feeds.select_for_update().filter(revoked_at=None).first()
    if feed is None:
        raise Refused(_("There is no calendar address to revoke."))
    feed.revoked_at = at
    feed.save(update_fields=["revoked_at"])
    audit.record("calendar.revoked", feed, actor=actor, at=at)


@transaction.atomic
def change_profile(user: User, *, name: str, timezone: str, actor: User, at: datetime) -> User:
    """Change a person's own name and zone. Documents signed before keep the old name."""
    user = User.objects.select_for_update().get(pk=user.pk)
    before = {"name": user.name, "timezone": user.timezone}
    user.name, user.timezone = name, timezone
    user.save(update_fields=["name", "timezone"])
    audit.record("person.changed", user, actor=actor, at=at, before=before)
    return user


@transaction.atomic
def read_notice(notice: Notice, *, actor: User, at: datetime) -> Notice:
    """Mark an inbox entry as read; the first reading is kept as evidence of who knew what when."""
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.read_at is None:
        notice.read_at = at
        notice.save(update_fields=["read_at"])
        audit.record("notice.read", notice, actor=actor, at=at, scope=notice.scope, key=notice.key)
    return notice


def _join(user: User, organisation: Organisation, role: str, at: datetime) -> tuple[Membership, bool]:
    return Membership.objects.get_or_create(
        user=user, organisation=organisation, role=role, until=None, defaults={"since": at}
    )

