from accounts import actions
from accounts.models import Membership, Notice
from records import clock
from tests.factories import NOON


def extend(world):
    _invitation, path = actions.invite(
        email="ivy@example.org", name="Ivy Invited", organisation=world.provider_org, role="provider",
        actor=world.admin, at=clock.now(),
    )
    world.invitation_token = path.strip("/").split("/")[-1]
    world.spare_role = Membership.objects.get(user=world.escalation)
    world.token, world.token_secret = actions.create_token(
        user=world.client, name="Desk", scopes=["read", "samples"], expires_at=None, actor=world.client, at=NOON
    )
    world.notice = Notice.objects.create(
        recipient=world.client, key="hello", title="Hello", url="/inbox/", created_at=NOON
    )
