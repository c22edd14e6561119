"""People, roles, authority, tokens and the inbox, through the pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from accounts import actions
from accounts.models import (
    ApiToken,
    Invitation,
    Membership,
    Message,
    Notice,
    Organisation,
    Role,
    SigningAuthority,
    User,
)
from accounts.tokens import digest
from records import clock
from records.models import AuditEntry
from tests.factories import NOON, PASSWORD, make_member, make_organisation, make_user

CLOCK = connection.vendor == "postgresql"  # its clock is asked
pytestmark = pytest.mark.django_db
ANSWER = {"name": "Nina New", "timezone": "Europe/London", "password": "a long and quiet river"}


@pytest.fixture
def home():
    return make_organisation(name="Northgate Hosting", internal=True)


@pytest.fixture
def admin(home):
    return make_member(home, Role.ADMIN, name="Ada Moor")


def verbs():
    return set(AuditEntry.objects.values_list("verb", flat=True))


def invite(organisation, admin, *, email="nina@example.org", role=Role.PROVIDER, at=None):
    return actions.invite(
        email=email, name="Nina New", organisation=organisation, role=role, actor=admin, at=at or clock.now()
    )


# Invitations


def test_an_invited_person_joins_and_is_signed_in(client, home, admin):
    invitation, path = invite(home, admin)
    assert client.get(path).status_code == 200
    assert client.post(path, ANSWER).url == reverse("home")
    user = User.objects.get(email="nina@example.org")
    assert (user.name, user.timezone) == ("Nina New", "Europe/London")
    assert Membership.objects.get(user=user).role == Role.PROVIDER
    assert client.get(reverse("home")).context["user"] == user
    invitation.refresh_from_db()
    assert invitation.accepted_by == user
    assert {"person.invited", "person.joined"} <= verbs()


def test_a_person_who_joined_can_sign_in(client, home, admin):
    _invitation, path = invite(home, admin)
    client.post(path, ANSWER)
    client.logout()
    answer = client.post(
        reverse("account_login"), {"login": "nina@example.org", "password": ANSWER["password"]}
    )
    assert answer.url == reverse("home")


def test_a_link_works_once(client, home, admin):
    _invitation, path = invite(home, admin)
    client.post(path, ANSWER)
    client.logout()
    assert client.get(path).status_code == 404
    assert client.post(path, ANSWER | {"name": "Eve"}).status_code == 404
    assert User.objects.filter(email="nina@example.org").get().name == "Nina New"


def test_a_link_lapses(client, home, admin):
    _invitation, path = invite(home, admin, at=clock.now() - timedelta(days=15))
    assert client.get(path).status_code == 404
    assert client.post(path, ANSWER).status_code == 404
    assert not User.objects.filter(email="nina@example.org").exists()


def test_a_link_that_was_never_made_is_no_link(client):
    assert client.get(reverse("accounts:invitation", args=["nonsense"])).status_code == 404


def test_only_the_hash_of_a_link_is_kept(home, admin):
    invitation, path = invite(home, admin)
    token = path.strip("/").split("/")[-1]
    assert invitation.token_hash == digest(token)
    assert token in Message.objects.get(address="nina@example.org").body


@pytest.mark.parametrize("password", ["", "short", "password123"])
def test_a_weak_password_is_refused_beside_its_field(client, home, admin, password):
    _invitation, path = invite(home, admin)
    answer = client.post(path, ANSWER | {"password": password})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["password"]
    assert not User.objects.filter(email="nina@example.org").exists()


def test_somebody_known_signs_in_to_accept(client, home, admin):
    known = make_user(email="nina@example.org")
    _invitation, path = invite(home, admin)
    assert client.get(path).url == f"{reverse('account_login')}?next={path}"
    client.force_login(known)
    client.post(path)
    assert Membership.objects.get(user=known).organisation == home
    assert known.check_password(PASSWORD)


def test_nobody_else_takes_a_known_persons_invitation(client, home, admin):
    make_user(email="nina@example.org")
    _invitation, path = invite(home, admin)
    client.force_login(make_user(email="eve@example.org"))
    client.post(path)
    assert Invitation.objects.get().accepted_at is None
    assert not Membership.objects.exclude(user=admin).exists()


def test_the_administrator_invites_by_the_page(client, home, admin):
    client.force_login(admin)
    data = {"name": "Nina", "email": "Nina@Example.org", "organisation": home.pk, "role": "client"}
    assert client.post(reverse("accounts:invite"), data).status_code == 302
    assert Invitation.objects.get().email == "nina@example.org"
    assert Message.objects.get().address == "nina@example.org"
    assert "nina@example.org" in client.get(reverse("accounts:people")).content.decode()


def test_nobody_is_invited_into_a_strange_organisation(client, admin):
    client.force_login(admin)
    strange = make_organisation()
    data = {"name": "Nina", "email": "nina@example.org", "organisation": strange.pk, "role": "client"}
    answer = client.post(reverse("accounts:invite"), data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["organisation"]


# Organisations, roles, authority


def test_a_new_client_is_looked_after_by_who_added_it(client, home, admin):
    client.force_login(admin)
    client.post(reverse("accounts:organisations"), {"name": "Fennmarket", "timezone": "UTC", "address": ""})
    added = Organisation.objects.get(name="Fennmarket")
    assert (added.added_by, added.internal) == (home, False)
    team = {"name": "Platform team", "timezone": "UTC", "address": "", "internal": "on"}
    client.post(reverse("accounts:organisations"), team)
    assert Organisation.objects.get(name="Platform team").internal
    member = make_member(added, Role.CLIENT)
    assert client.get(reverse("accounts:person", args=[member.pk])).status_code == 200


def test_an_organisation_of_the_same_name_is_refused_beside_the_field(client, home, admin):
    client.force_login(admin)
    answer = client.post(reverse("accounts:organisations"), {"name": home.name, "timezone": "UTC", "address": ""})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["name"]


def test_another_organisations_people_are_not_found(client, admin):
    client.force_login(admin)
    strange = make_organisation()
    other = make_member(strange, Role.MANAGER)
    assert client.get(reverse("accounts:person", args=[other.pk])).status_code == 404
    for name in ("grant", "authorise"):
        assert client.get(reverse(f"accounts:{name}", args=[other.pk, strange.pk])).status_code == 404
    assert client.post(reverse("accounts:end_role", args=[other.memberships.get().pk])).status_code == 404


def test_a_role_is_given_once(client, home, admin):
    person = make_member(home, Role.PROVIDER)
    client.force_login(admin)
    url = reverse("accounts:grant", args=[person.pk, home.pk])
    for _twice in range(2):
        assert client.post(url, {"role": "auditor"}).status_code == 302
    assert person.memberships.filter(role=Role.AUDITOR).count() == 1
    assert AuditEntry.objects.filter(verb="role.granted").count() == 1


def test_a_role_that_ended_opens_nothing_any_more(client, home, admin):
    auditor = make_member(home, Role.AUDITOR)
    client.force_login(auditor)
    assert client.get(reverse("audit")).status_code == 200
    client.force_login(admin)
    url = reverse("accounts:end_role", args=[auditor.memberships.get().pk])
    for _twice in range(2):
        assert client.post(url).status_code == 302
    client.force_login(auditor)
    assert client.get(reverse("audit")).status_code == 403
    assert AuditEntry.objects.filter(verb="role.ended").count() == 1


AUTHORITY = {"what_for": "SLAs", "source": "Board decision of 3 March", "since": "2026-03-03", "until": ""}


def test_an_authority_names_its_source_and_who_checked_it(client, home, admin):
    person = make_member(home, Role.MANAGER)
    client.force_login(admin)
    client.post(reverse("accounts:authorise", args=[person.pk, home.pk]), AUTHORITY)
    found = SigningAuthority.objects.get(user=person)
    assert (found.checked_by, found.source, found.until) == (admin, "Board decision of 3 March", None)
    assert "Board decision" in client.get(reverse("accounts:person", args=[person.pk])).content.decode()
    assert "authority.recorded" in verbs()


def test_an_authority_that_ends_before_it_begins_is_refused(client, home, admin):
    person = make_member(home, Role.MANAGER)
    client.force_login(admin)
    url = reverse("accounts:authorise", args=[person.pk, home.pk])
    answer = client.post(url, AUTHORITY | {"until": "2026-03-02"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["until"]
    assert not SigningAuthority.objects.exists()


# One's own things


def test_a_token_is_shown_once_and_only_its_hash_is_kept(client, home):
    person = make_member(home, Role.PROVIDER)
    client.force_login(person)
    page = client.post(reverse("accounts:tokens"), {"name": "Probe", "scopes": ["read"], "expires_at": ""})
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert ApiToken.objects.get().digest == digest(secret)
    assert secret not in client.get(reverse("accounts:tokens")).content.decode()
    assert client.get(reverse("api:agreements"), headers={"authorization": f"Bearer {secret}"}).status_code == 200


def test_a_revoked_token_stays_revoked(client, home):
    person = make_member(home, Role.PROVIDER)
    token, secret = actions.create_token(
        user=person, name="x", scopes=["read"], expires_at=None, actor=person, at=NOON
    )
    client.force_login(person)
    for _twice in range(2):
        assert client.post(reverse("accounts:revoke", args=[token.pk])).status_code == 302
    assert client.get(reverse("api:agreements"), headers={"authorization": f"Bearer {secret}"}).status_code == 401
    assert AuditEntry.objects.filter(verb="token.revoked").count() == 1


def test_nobody_revokes_another_persons_token(client, home):
    person = make_member(home, Role.PROVIDER)
    token, _secret = actions.create_token(
        user=person, name="x", scopes=["read"], expires_at=None, actor=person, at=NOON
    )
    client.force_login(make_member(home, Role.ADMIN))
    assert client.post(reverse("accounts:revoke", args=[token.pk])).status_code == 404


def make_notice(user, key="k", url="/agreements/"):
    return Notice.objects.create(recipient=user, key=key, title=f"Notice {key}", url=url, created_at=NOON)


def test_the_inbox_holds_ones_own_notices_only(client):
    mine, other = make_user(), make_user()
    make_notice(mine, "mine")
    theirs = make_notice(other, "theirs")
    client.force_login(mine)
    page = client.get(reverse("accounts:inbox")).content.decode()
    assert "Notice mine" in page
    assert "Notice theirs" not in page
    assert client.get(reverse("accounts:notice", args=[theirs.pk])).status_code == 404
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_opening_a_notice_is_reading_it_once(client):
    mine = make_user()
    notice = make_notice(mine)
    client.force_login(mine)
    assert client.get(reverse("accounts:notice", args=[notice.pk])).url == "/agreements/"
    notice.refresh_from_db()
    first = notice.read_at
    client.get(reverse("accounts:notice", args=[notice.pk]))
    notice.refresh_from_db()
    assert notice.read_at == first
    assert AuditEntry.objects.filter(verb="notice.read").count() == 1


def test_a_notice_without_a_place_leads_back_to_the_inbox(client):
    mine = make_user()
    client.force_login(mine)
    answer = client.get(reverse("accounts:notice", args=[make_notice(mine, url="").pk]))
    assert answer.url == reverse("accounts:inbox")


def test_a_person_changes_name_and_zone_and_pages_follow(client):
    mine = make_user()
    client.force_login(mine)
    client.post(reverse("accounts:profile"), {"name": "Nina Old", "timezone": "Asia/Tokyo"})
    page = client.get(reverse("accounts:profile")).content.decode()
    assert "Nina Old" in page
    assert "Times in Asia/Tokyo" in page
    assert "person.changed" in verbs()


def test_nobody_signs_up_without_an_invitation(client):
    data = {"email": "eve@example.org", "password1": ANSWER["password"]}
    client.post(reverse("account_signup"), data)
    assert not User.objects.filter(email="eve@example.org").exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_people_take_the_same_queries_for_one_and_three(client, home, admin, django_assert_num_queries, rows):
    for _row in range(rows):
        make_member(home, Role.PROVIDER)
    client.force_login(admin)
    with django_assert_num_queries(8 + CLOCK):
        client.get(reverse("accounts:people"))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_inbox_takes_the_same_queries_for_one_and_three(client, django_assert_num_queries, rows):
    mine = make_user()
    for row in range(rows):
        make_notice(mine, str(row))
    client.force_login(mine)
    with django_assert_num_queries(6 + CLOCK):
        client.get(reverse("accounts:inbox"))


def test_the_library_speaks_as_the_portal_does(client):
    for name in ("account_login", "account_reset_password"):
        page = client.get(reverse(name)).content.decode()
        assert "E-mail" in page and ">Email<" not in page, name
