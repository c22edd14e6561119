from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions
from accounts.forms import AcceptForm, AuthorityForm, InviteForm, OrganisationForm, ProfileForm, RoleForm, TokenForm
from accounts.models import Invitation, Membership, Organisation, Role, SigningAuthority, User
from accounts.tokens import digest

form_view = require_http_methods(["GET", "HEAD", "POST"])


def administered(request):
    """The organisations whose people this person looks after: their own, and the outside ones they deal with."""
    own = request.grants.organisations(Role.ADMIN)
    if not own:
        raise PermissionDenied
    return Organisation.objects.filter(Q(pk__in=own) | Q(added_by__in=own))


@require_GET
def people(request):
    organisations = administered(request)
    roles = (
        Membership.objects.filter(organisation__in=organisations, until=None)
        .select_related("user", "organisation")
        .order_by("organisation__name", "user__name", "role")
    )
    invited = Invitation.objects.filter(organisation__in=organisations, accepted_at=None, expires_at__gt=request.now)
    ours = organisations.filter(pk__in=request.grants.organisations(Role.ADMIN), internal=True)
    context = {"roles": roles, "invited": invited.select_related("organisation"), "watches": ours.exists()}
    return render(request, "accounts/people.html", context)


@form_view
def invite(request):
    form = InviteForm(request.POST or None, organisations=administered(request))
    if request.method == "POST" and form.is_valid():
        actions.invite(**form.cleaned_data, actor=request.user, at=request.now)
        messages.success(request, _("The invitation is on its way to %s.") % form.cleaned_data["email"])
        return redirect("accounts:people")
    return answer(request, form, _("Invite a person"), _("Send the invitation"))


@form_view
def organisations(request):
    known = administered(request)
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        home = Organisation.objects.filter(pk__in=request.grants.organisations(Role.ADMIN)).first()
        try:
            actions.create_organisation(
                **form.cleaned_data, added_by=home, actor=request.user, at=request.now
            )
        except actions.Refused as error:
            form.add_error(error.place or None, str(error))
        else:
            return redirect("accounts:organisations")
    return render(
        request,
        "accounts/organisations.html",
        {"organisations": known, "form": form},
        status=422 if form.errors else 200,
    )


@form_view
def person(request, pk):
    """A person's roles and signing authority, as one of their organisations' administrators sees it."""
    known = administered(request)
    roles = Membership.objects.filter(user_id=pk, organisation__in=known).select_related("organisation", "user")
    user = get_object_or_404(User, pk__in=roles.values("user"))
    return render(
        request,
        "accounts/person.html",
        {
            "person": user,
            "roles": roles.order_by("organisation__name", "-since"),
            "authorities": SigningAuthority.objects.filter(user=user, organisation__in=known).select_related(
                "organisation", "checked_by"
            ),
            "organisations": known.filter(memberships__user=user).distinct(),
        },
    )


@require_POST
def close(request, pk):
    """Close the account of a person who works for one's own organisations alone."""
    known = administered(request)
    user = get_object_or_404(User, pk__in=Membership.objects.filter(organisation__in=known).values("user"), pk=pk)
    elsewhere = user.memberships.current(request.now).exclude(organisation__in=known).select_related("organisation")
    if elsewhere.exists():
        words = {"person": user, "organisation": elsewhere.first().organisation}
        messages.info(request, _("%(person)s works for %(organisation)s, too. End the role here instead.") % words)
        return redirect("accounts:person", pk)
    try:
        actions.close_account(user, actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.info(request, str(error))
    else:
        messages.success(request, _("Closed. %s can no longer sign in.") % user)
    return redirect("accounts:person", pk)


@require_POST
def sole_signatory(request, pk, answer):
    """Whether who sends an agreement may be the only one who signs it for an organisation."""
    organisation = get_object_or_404(administered(request), pk=pk)
    actions.allow_sole_signatory(organisation, allowed=answer == "allow", actor=request.user, at=request.now)
    return redirect("accounts:organisations")


@form_view
def grant(request, pk, organisation_pk):
    user, organisation = _colleague(request, pk, organisation_pk)
    form = RoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.grant_role(
            user=user,
            organisation=organisation,
            role=form.cleaned_data["role"],
            actor=request.user,
            at=request.now,
        )
        return redirect("accounts:person", pk)
    return answer(request, form, _("Give %s another role") % user, _("Give the role"))


@require_POST
def end_role(request, pk):
    membership = get_object_or_404(Membership, pk=pk, organisation__in=administered(request))
    try:
        actions.end_membership(membership, actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.info(request, str(error))
    return redirect("accounts:person", membership.user_id)


@form_view
def authorise(request, pk, organisation_pk):
    user, organisation = _colleague(request, pk, organisation_pk)
    form = AuthorityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.authorise_signer(
                user=user, organisation=organisation, **form.cleaned_data, actor=request.user, at=request.now
            )
        except actions.Refused as error:
            form.add_error(error.place or None, str(error))
        else:
            return redirect("accounts:person", pk)
    return answer(request, form, _("What may %s sign?") % user, _("Record the authority"))


@login_not_required
@form_view
def invitation(request, token):
    found = Invitation.objects.filter(
        token_hash=digest(token), accepted_at=None, expires_at__gt=request.now
    ).select_related("organisation", "invited_by").first()
    if found is None:
        return render(request, "accounts/invitation_lapsed.html", status=404)
    if User.objects.filter(email=found.email).exists():
        return _join_known(request, found, token)
    form = AcceptForm(request.POST or None, initial={"name": found.name, "timezone": found.organisation.timezone})
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.accept_invitation(token=token, **form.cleaned_data, at=request.now)
        except actions.Refused as error:
            form.add_error(None, str(error))
        else:
            login(request, user, "allauth.account.auth_backends.AuthenticationBackend")
            return redirect("home")
    status = 422 if form.errors else 200
    return render(request, "accounts/invitation.html", {"form": form, "invitation": found}, status=status)


def _join_known(request, found, token):
    if not request.user.is_authenticated:
        messages.info(request, _("Sign in as %s to accept the invitation.") % found.email)
        return redirect(f"/accounts/login/?next={request.path}")
    if request.method == "POST":
        try:
            actions.accept_invitation(
                token=token, name="", password=None, timezone="", at=request.now, user=request.user
            )
        except actions.Refused as error:
            messages.error(request, str(error))
        return redirect("home")
    return render(request, "accounts/invitation.html", {"form": None, "invitation": found})


@require_GET
def inbox(request):
    return render(request, "accounts/inbox.html", {"notices": request.user.notices.all()[:100]})


@require_GET
def notice(request, pk):
    """Open what an entry is about; opening it is reading it."""
    entry = get_object_or_404(request.user.notices, pk=pk)
    actions.read_notice(entry, actor=request.user, at=request.now)
    return redirect(entry.url or "accounts:inbox")


@form_view
def profile(request):
    user = request.user
    form = ProfileForm(request.POST or None, initial={"name": user.name, "timezone": user.timezone})
    if request.method == "POST" and form.is_valid():
        actions.change_profile(user, **form.cleaned_data, actor=user, at=request.now)
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return answer(request, form, _("Your account"), _("Save"))


@form_view
def tokens(request):
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        _token, secret = actions.create_token(
            user=request.user, **form.cleaned_data, actor=request.user, at=request.now
        )
        form = TokenForm()
    # The secret is shown in this answer and nowhere again, so this one POST does not redirect.
    return render(
        request,
        "accounts/tokens.html",
        {"form": form, "secret": secret, "tokens": request.user.tokens.all()},
        status=422 if form.errors else 200,
    )


@require_POST
def revoke(request, pk):
    token = get_object_or_404(request.user.tokens, pk=pk)
    try:
        actions.revoke_token(token, actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.info(request, str(error))
    return redirect("accounts:tokens")


@form_view
def calendar(request):
    """The address for a calendar program; a new one takes the old one's place."""
    address = ""
    if request.method == "POST":
        _feed, token = actions.renew_calendar_feed(request.user, actor=request.user, at=request.now)
        address = f"{settings.SITE_URL}/calendar/{token}.ics"
    # The address is shown in this answer and nowhere again, so this one POST does not redirect.
    feed = request.user.calendar_feeds.filter(revoked_at=None).first()
    return render(request, "accounts/calendar.html", {"feed": feed, "address": address})


@require_POST
def revoke_calendar(request):
    try:
        actions.revoke_calendar_feed(request.user, actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.info(request, str(error))
    return redirect("accounts:calendar")


def answer(request, form, title, verb):
    context = {"form": form, "title": title, "verb": verb}
    return render(request, "accounts/form.html", context, status=422 if form.errors else 200)


def _colleague(request, pk, organisation_pk):
    organisation = get_object_or_404(administered(request), pk=organisation_pk)
    user = get_object_or_404(User.objects.filter(memberships__organisation=organisation).distinct(), pk=pk)
    return user, organisation
