"""Term, renewal and end of an agreement: the page that shows them, and giving notice."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from accounts import identity
from accounts.models import SigningAuthority
from agreements import actions, ending_rules, lifecycle, lives, notice
from agreements.forms.ending import EndForm, ProofForm, RefuseForm, RenewForm, SuccessorForm, TakeBackForm
from agreements.models import Agreement, Ending, Party, Version
from agreements.signing import Refused
from agreements.signing_evidence import Given
from agreements.views.finding import find_agreement, require
from agreements.views.repository import head
from agreements.views.signing import faster

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def term(request, reference):
    return show(request, find_agreement(request, reference))


@sensitive_post_parameters("password", "code")
@form_view
def end(request, reference, kind):
    """Give notice or propose an end: the earliest day and the consequences are shown before it is signed."""
    agreement = find_agreement(request, reference)
    if kind not in Ending.Kind.values:
        raise Http404
    parties = parties_of(request, agreement)
    require(parties)
    last = newest(agreement)
    window = notice.window(kind, lives.life_of(last), request.now) if last else None
    if window is None or agreement.state != Agreement.State.ACTIVE:
        messages.info(request, _("It cannot be ended in this way."))
        return redirect("agreements:term", reference)
    names = {party: agreement.organisation_of(party) for party in parties}
    form = EndForm(
        request.POST or None, kind=kind, window=window, parties=names,
        second_factor=identity.has_second_factor(request.user),
    )
    if request.method == "POST" and form.is_valid():
        answer = _declare(request, agreement, kind, form)
        if answer:
            return answer
    context = head(request, agreement) | {
        "form": form, "kind": kind, "kind_words": Ending.Kind(kind).label, "window": window,
        "is_mutual": kind in ("mutual", "rescission"), "rule": lives.life_of(last),
    }
    return render(request, "agreements/end.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters("password", "code")
@require_POST
def agree(request, pk):
    """Sign the end that the other party proposed."""
    ending = find_ending(request, pk)
    require(ending.other in parties_of(request, ending.agreement))
    form = ProofForm(request.POST, second_factor=identity.has_second_factor(request.user))
    if form.is_valid():
        try:
            actions.agree_end(ending, given=_given(request, form), actor=request.user, at=request.now)
        except (identity.NotProven, Refused) as error:
            form.add_error(error.place if error.place in form.fields else None, str(error))
        except TransitionNotAllowed:
            return faster(request, ending)
        else:
            messages.success(request, _("Signed by both. The agreement ends on the day agreed."))
            return redirect(ending)
    return show(request, ending.agreement, proof_form=form)


@require_POST
def refuse(request, pk):
    ending = find_ending(request, pk)
    require(ending.other in parties_of(request, ending.agreement))
    form, said = RefuseForm(request.POST), _("Refused. The agreement goes on.")
    return _with_reason(request, ending, form, actions.refuse_end, "refuse_form", said)


@require_POST
def take_back(request, pk):
    ending = find_ending(request, pk)
    require(ending.party in parties_of(request, ending.agreement))
    form, said = TakeBackForm(request.POST), _("The other party is told.")
    return _with_reason(request, ending, form, actions.take_back, "take_back_form", said)


@require_POST
def receive(request, pk):
    """The other party confirms that a notice arrived."""
    ending = find_ending(request, pk)
    organisation = ending.agreement.organisation_of(ending.other)
    require(request.grants.has(organisation.pk, *ending_rules.CONFIRMS[ending.other]))
    return _answered(
        request, ending, lambda: actions.confirm_receipt(ending, actor=request.user, at=request.now),
        _("Confirmed. The giver is told."),
    )


@require_POST
def recall(request, pk, answer):
    """Consent that a notice is taken back, or leave it standing."""
    ending = find_ending(request, pk)
    require(ending.other in parties_of(request, ending.agreement))
    consent = answer == "consent"
    return _answered(
        request, ending,
        lambda: actions.answer_recall(ending, consent=consent, actor=request.user, at=request.now),
        _("The agreement goes on.") if consent else _("The notice stands."),
    )


def show(request, agreement, **forms):
    """The page of term and renewal; `forms` are those that came back with errors."""
    versions = list(agreement.versions.select_related("base", "created_by", "signed", "prepared"))
    for each in versions:
        each.agreement = agreement
    parties = parties_of(request, agreement)
    executed = [each for each in versions if each.state == Version.State.EXECUTED]
    last = max(executed, key=lambda each: each.effective_from, default=None)
    running = agreement.state == Agreement.State.ACTIVE and last is not None and not last.is_over(request.now)
    context = head(request, agreement, versions) | {
        "endings": [_row(request, ending, agreement, parties) for ending in _endings(agreement)],
        "milestones": lifecycle.milestones(
            agreement.state, list(map(lives.life_of, versions)), request.now, declared=lives.declared(agreement)
        ),
        "last": lives.life_of(last) if last else None,
        "ways": _ways(lives.life_of(last), request.now) if running and parties else [],
        "parties": parties,
        "running": running,
        "proof_form": ProofForm(second_factor=identity.has_second_factor(request.user)),
        "refuse_form": RefuseForm(),
        "take_back_form": TakeBackForm(),
    }
    context |= _renewal(request, agreement, context) | forms
    bad = any(form.errors for form in forms.values())
    return render(request, "agreements/term.html", context, status=422 if bad else 200)


def _renewal(request, agreement, context):
    """What the provider's managers may decide: keep a term that renews, move an end, name a successor."""
    last, running = context["last"], context["running"]
    decides = running and context["can_manage"] and agreement.ends_at is None
    fixed = decides and last.term.ends_on is not None
    automatic = last is not None and lifecycle.renews(last.term)
    end = context["standing"].ends_at
    kept = agreement.renewals.filter(term_ends_at=end).exclude(kept_at=None).select_related("kept_by").first()
    renews = fixed and not automatic and context["under_way"] is None
    return {
        "kept": kept if automatic else None,
        "can_keep": fixed and automatic and kept is None,
        "renew_form": RenewForm(initial={"ends_on": notice.next_end(last)}) if renews else None,
        "successor_form": SuccessorForm(agreement=agreement) if decides else None,
        "successors": agreement.successors.exclude(state=Agreement.State.ABANDONED).order_by("reference"),
    }


def _endings(agreement):
    return agreement.endings.select_related("given_by", "received_by", "answered_by", "recall_by", "document")


def _row(request, ending, agreement, parties):
    ending.agreement = agreement
    ending.organisation = agreement.organisation_of(ending.party)
    ending.may_confirm = ending_rules.can_confirm(request.grants, ending)
    ending.may_answer = ending_rules.can_answer(parties, ending)
    ending.may_take_back = ending_rules.can_take_back(parties, ending)
    ending.may_answer_recall = ending_rules.can_answer_recall(parties, ending)
    return ending


def parties_of(request, agreement):
    """The parties that this person may sign for now: authority on record."""
    found = set(
        SigningAuthority.objects.current(request.now)
        .filter(user=request.user, organisation__in=[agreement.provider_id, agreement.client_id])
        .values_list("organisation_id", flat=True)
    )
    return [party for party in Party.values if agreement.organisation_of(party).pk in found]


def newest(agreement):
    return agreement.versions.filter(state=Version.State.EXECUTED).order_by("-effective_from").first()


def find_ending(request, pk):
    visible = Agreement.objects.visible_to(request.user, request.now)
    related = Ending.objects.select_related("agreement__provider", "agreement__client", "agreement__owner", "document")
    return get_object_or_404(related.filter(agreement__in=visible), pk=pk)


def _ways(life, now):
    """How it can be ended, with the last day that each allows at the earliest."""
    found = []
    for kind in Ending.Kind:
        window = notice.window(kind.value, life, now)
        if window is not None:
            found.append({"kind": kind.value, "words": kind.label, "window": window})
    return found


def _declare(request, agreement, kind, form):
    data = {name: form.cleaned_data[name] for name in ("party", "last_day", "reason")}
    act = actions.propose_end if kind in ("mutual", "rescission") else actions.give_notice
    try:
        ending = act(
            agreement, kind=kind, **data, given=_given(request, form), actor=request.user, at=request.now
        )
    except (identity.NotProven, Refused) as error:
        form.add_error(error.place if error.place in form.fields else None, str(error))
        return None
    except TransitionNotAllowed:
        return faster(request, "agreements:term", agreement.reference)
    said = _("Proposed. It ends when the other party signs, too.") if ending.is_mutual else _("Notice is given.")
    messages.success(request, said)
    return redirect(ending)


def _given(request, form):
    data = form.cleaned_data
    proof = identity.prove(request.user, password=data["password"], code=data.get("code", ""), at=request.now)
    return Given(proof, request.META.get("REMOTE_ADDR", ""), request.headers.get("user-agent", ""))


def _with_reason(request, ending, form, act, name, said):
    if form.is_valid():
        try:
            act(ending, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place if error.place in form.fields else None, str(error))
        except TransitionNotAllowed:
            return faster(request, ending)
        else:
            messages.success(request, said)
            return redirect(ending)
    return show(request, ending.agreement, **{name: form})


def _answered(request, ending, act, said):
    try:
        act()
    except Refused as error:
        messages.info(request, str(error))
    except TransitionNotAllowed:
        return faster(request, ending)
    else:
        messages.success(request, said)
    return redirect(ending)
