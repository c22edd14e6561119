"""The pages around signing and after it, as a browser sees them."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from agreements import actions, seal_words
from agreements.models import Round, Version
from tests.agreements import access_signing as made
from tests.agreements.rounds import make_parties, make_ready, slot
from tests.factories import (
    NOON,
    hold_position,
    make_agreement,
    make_authority,
    make_terms,
    make_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world_once")]


def get(client, user, name, /, *args, query=""):
    client.force_login(user)
    return client.get(reverse(f"agreements:{name}", args=args) + query)


def post(client, user, name, /, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"agreements:{name}", args=args), data)


def test_a_change_under_way_is_shown_beside_the_version_in_force(client, world):
    version = actions.amend(
        world.agreement, reason="business", reason_text="More hours", actor=world.manager, at=NOON
    )
    page = get(client, world.manager, "detail", world.agreement.reference).content.decode()
    assert "Change v1.1" in page and "More hours" in page
    # A draft is the provider's own until it is sent to review.
    assert get(client, world.client, "version", world.agreement.reference, version.label).status_code == 403
    assert "Edit v1.1" not in get(client, world.client, "detail", world.agreement.reference).content.decode()


def test_the_document_has_an_anchor_for_each_clause(client, world):
    page = get(client, world.client, "document", world.agreement.reference).content.decode()
    assert 'id="clause-support"' in page
    assert 'id="annex-matrix"' in page
    assert "style=" not in page


def test_a_draft_that_may_not_be_read_yet_has_no_page(client, world):
    agreement = make_agreement(world.provider_org, world.client_org, world.manager)
    version = make_version(agreement)
    assert get(client, world.client, "detail", agreement.reference).status_code == 200
    assert get(client, world.client, "document", agreement.reference).status_code == 404
    assert get(client, world.client, "version", agreement.reference, version.label).status_code == 403
    assert get(client, world.manager, "document", agreement.reference).status_code == 200
    assert get(client, world.manager, "version", agreement.reference, "v7.7").status_code == 404


def test_history_is_bounded(client, world, django_assert_max_num_queries):
    for _each in range(60):
        hold_position(world.agreement, f"p-{_each}", world.provider)
        actions.hold_position(
            world.agreement, position="p-desk", user=[world.provider, world.escalation][_each % 2],
            actor=world.manager, at=NOON,
        )
    client.force_login(world.manager)
    with django_assert_max_num_queries(12):
        response = client.get(reverse("agreements:history", args=[world.agreement.reference]))
    assert len(response.context["entries"]) == 50


def test_positions_can_be_held_by_people_of_their_side_only(client, world):
    ref = world.agreement.reference
    assert post(client, world.manager, "hold", ref, "c-head", user=world.provider.pk).status_code == 422
    assert post(client, world.manager, "hold", ref, "unknown", user=world.client.pk).status_code == 404
    assert post(client, world.manager, "hold", ref, "p-desk", user=world.escalation.pk).status_code == 302
    assert world.agreement.holders.get(position="p-desk", until=None).user == world.escalation


def test_sending_shows_problems_beside_the_field(client, world):
    version = made.ready(world)
    good = {"provider-1": world.manager.pk, "client-1": world.client.pk, "deadline": "2099-01-01"}
    place = made.place(version)
    for field, bad in (("deadline", "2020-01-01"), ("client-1", world.provider.pk), ("deadline", "soon")):
        response = post(client, world.manager, "send", *place, **(good | {field: bad}))
        assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert Round.objects.count() == 0
    response = post(client, world.manager, "send", *place, **good)
    assert response.headers["Location"] == reverse("agreements:signing", args=place)
    assert Round.objects.get().deadline.isoformat() == "2099-01-01T23:59:00+00:00"
    # Somebody else's page still shows the form: they are told.
    assert post(client, world.manager, "send", *place, **good).status_code == 302


def test_signing_by_the_page(client, world):
    version = made.signing(world)
    (pk,) = made.slot(world)
    good = made.a_signature(world)
    for field, bad in (("password", "wrong"), ("consent", ""), ("typed_name", "Somebody")):
        response = post(client, world.manager, "sign", pk, **(good | {field: bad}))
        assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert "not the text to be signed" in post(
        client, world.manager, "sign", pk, **(good | {"shown_sha256": "0" * 64})
    ).content.decode()

    response = post(client, world.manager, "sign", pk, **good)
    assert response.headers["Location"] == reverse("agreements:sign", args=[pk])
    done = client.get(response.headers["Location"]).content.decode()
    assert "You have signed" in done and version.terms_sha256 in done
    evidence = Round.objects.get().slots.get(pk=pk).evidence
    assert (evidence["address"], evidence["proof"]["method"]) == ("127.0.0.1", "password")
    # A second click finds the first result.
    assert post(client, world.manager, "sign", pk, **good).status_code == 302


def test_opening_the_page_is_reading(client):
    who = make_ready()
    who.round = actions.open_round(
        who.version, people={"provider-1": who.director, "client-1": who.head}, deadline=made.DEADLINE,
        actor=who.manager, at=NOON,
    )
    actions.seal_due(now=NOON)
    pk = slot(who).pk
    assert get(client, who.manager, "sign", pk).status_code == 403
    client.force_login(who.director)
    client.head(reverse("agreements:sign", args=[pk]))
    assert slot(who).state == "invited"
    assert "You sign as" in client.get(reverse("agreements:sign", args=[pk])).content.decode()
    assert slot(who).state == "opened"
    # The next in line is not asked yet.
    assert "not your turn" in get(client, who.head, "sign", slot(who, "client-1").pk).content.decode()


def test_declining_by_the_page_tells_why(client, world):
    (pk,) = made.slot(world)
    assert post(client, world.manager, "decline", pk, reason=" ").status_code == 422
    assert post(client, world.manager, "decline", pk, reason="Credits too low").status_code == 302
    assert "Credits too low" in get(client, world.manager, "sign", pk).content.decode()
    assert made.signing(world).rounds.get().state == "declined"


def test_a_round_that_ended_meanwhile_is_told_kindly(client, world):
    version = made.signing(world)
    (pk,) = made.slot(world)
    actions.withdraw(version.rounds.get(), reason="x", actor=world.manager, at=NOON)
    for name, args, data in (
        ("withdraw", made.place(version), {"reason": "again"}),
        ("remind", [pk], {}),
        ("decline", [pk], {"reason": "no"}),
        ("sign", [pk], made.a_signature(world)),
        ("reassign", [pk], {"person": made.another_signer(world).pk}),
    ):
        assert post(client, world.manager, name, *args, **data).status_code == 302
    page = client.get(reverse("agreements:detail", args=[version.agreement.reference])).content.decode()
    assert "Somebody was faster" in page


def test_who_gives_their_own_signature_away_is_led_somewhere_they_may_be(client, world):
    make_authority(world.provider, world.provider_org)
    agreement = make_agreement(world.provider_org, world.client_org, world.manager)
    version = make_version(agreement, terms=make_terms(), state="ready")
    outside = make_parties().head
    make_authority(outside, world.provider_org)
    round_ = actions.open_round(
        version, people={"provider-1": outside, "client-1": world.client}, deadline=made.DEADLINE,
        actor=world.manager, at=NOON,
    )
    actions.seal_due(now=NOON)
    seat = round_.slots.get(key="provider-1")
    response = post(client, outside, "reassign", seat.pk, person=world.provider.pk)
    assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_amending_twice_leads_to_the_first(client, world):
    ref = world.agreement.reference
    response = post(client, world.manager, "amend", ref, reason="business", reason_text="More hours")
    assert response.headers["Location"] == reverse("agreements:edit", args=[ref, "v1.1", "parties"])
    again = post(client, world.manager, "amend", ref, reason="business", reason_text="More hours")
    assert again.headers["Location"] == world.agreement.get_absolute_url()
    assert Version.objects.filter(agreement=world.agreement).count() == 2
    with pytest.raises(TransitionNotAllowed):
        actions.amend(world.agreement, reason="business", reason_text="x", actor=world.manager, at=NOON)


def test_a_failing_seal_is_visible(client, world):
    version = made.ready(world)
    actions.open_round(
        version, people={"provider-1": world.manager, "client-1": world.client}, deadline=made.DEADLINE,
        actor=world.manager, at=NOON,
    )
    late = NOON + timedelta(hours=1)
    Version.objects.filter(pk=version.pk).update(seal_error="NoTimestamp: tsa: 503", seal_retry_at=late)
    page = get(client, world.manager, "signing", *made.place(version)).content.decode()
    assert "NoTimestamp: tsa: 503" in page and "The time stamp authority gave no answer" in page
    assert "Try now" not in get(client, world.client, "signing", *made.place(version)).content.decode()
    assert "Try now" in page
    post(client, world.manager, "retry_seal", *made.place(version))
    assert Version.objects.get(pk=version.pk).seal_retry_at is None
    assert "It is being tried again now" in get(client, world.manager, "signing", *made.place(version)).content.decode()
    actions.seal_due(now=NOON)
    client.force_login(world.manager)
    again = client.post(reverse("agreements:retry_seal", args=made.place(version)), follow=True)
    assert "Somebody was faster" in again.content.decode()


@pytest.mark.parametrize("error, words", [
    ("", ""),
    ("NotSound: x", "found that something does not fit"),
    ("Damaged: document x is missing", "restored from the backup"),
    ("PermissionError: 13", "its disk"),
    ("KeyError: 'x'", "Something unexpected"),
])
def test_what_failed_is_said_in_plain_words(error, words):
    assert words in seal_words.plain(error) and bool(error) == bool(seal_words.plain(error))



def test_how_far_the_screen_showed_the_text_is_evidence(client, world):
    made.signing(world)
    (pk,) = made.slot(world)
    client.force_login(world.manager)
    page = client.get(reverse("agreements:sign", args=[pk]))
    anchors = [section.anchor for section in (*page.context["doc"].sections, *page.context["doc"].annexes)]
    assert all(f'<h2 id="{anchor}"' in page.content.decode() for anchor in anchors)
    # What is typed and what was read stay when something else is wrong; names that are no section count for nothing.
    said = made.a_signature(world) | {"seen": f"top {anchors[0]} {anchors[2]} clause-of-another"}
    again = post(client, world.manager, "sign", pk, **(said | {"password": "wrong"}))
    assert f'value="{said["seen"]}"' in again.content.decode()
    post(client, world.manager, "sign", pk, **said)
    evidence = Round.objects.get().slots.get(pk=pk).evidence
    unseen = [anchor for anchor in anchors if anchor not in (anchors[0], anchors[2])]
    assert evidence["reading"] == {"sections": len(anchors), "seen": 2, "unseen": unseen}
    done = client.get(reverse("agreements:sign", args=[pk])).content.decode()
    assert f"2 of {len(anchors)} sections and annexes from beginning to end" in done


def test_without_script_nothing_is_said_of_the_reading(client, world):
    made.signing(world)
    (pk,) = made.slot(world)
    page = get(client, world.manager, "sign", pk).content.decode()
    assert "how far you read is not recorded" in page
    post(client, world.manager, "sign", pk, **made.a_signature(world))
    assert Round.objects.get().slots.get(pk=pk).evidence["reading"] is None
    assert "not recorded" in client.get(reverse("agreements:sign", args=[pk])).content.decode()


def test_the_page_says_why_there_is_nothing_to_sign(client, world):
    """Each way a round ends, as each signatory reads it: what happened, when, why, and what it means."""
    version = made.signing(world)
    round_, (pk,) = version.rounds.get(), made.slot(world)
    other = round_.slots.get(key="client-1").pk

    def pages(end):
        with transaction.atomic():
            end()
            answers = [get(client, world.manager, "sign", pk), get(client, world.client, "sign", other)]
            transaction.set_rollback(True)
        return [" ".join(answer.content.decode().split()) for answer in answers]

    mine, theirs = pages(lambda: actions.decline(world.slot, reason="Too low", actor=world.manager, at=NOON))
    assert "<h1>You declined to sign</h1>" in mine and f"<h1>{world.manager.name} declined to sign</h1>" in theirs
    assert "Too low" in mine and "Too low" in theirs and "nobody is bound" in theirs
    for page in pages(lambda: actions.withdraw(round_, reason="Wrong annex", actor=world.manager, at=NOON)):
        assert "<h1>The request to sign was withdrawn</h1>" in page and "Wrong annex" in page
    for page in pages(lambda: actions.lapse_due(now=made.DEADLINE)):
        assert "<h1>The time to sign is over</h1>" in page and "send the same text again" in page
    mine, theirs = pages(
        lambda: actions.reassign(world.slot, person=made.another_signer(world), actor=world.manager, at=NOON)
    )
    assert f"<h1>{world.provider.name} signs instead of you</h1>" in mine
    assert "<h1>It is not your turn yet</h1>" in theirs and "Last moment" in theirs
