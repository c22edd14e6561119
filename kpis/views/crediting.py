"""The client's answer to a credit."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from agreements.models import Agreement
from kpis import actions, rules, text
from kpis.forms.crediting import RefuseCreditForm
from kpis.models import Credit


@require_POST
def agree(request, pk):
    credit = _credit(request, pk)
    return _decide(request, credit, lambda: actions.agree_credit(credit, actor=request.user, at=request.now))


@require_http_methods(["GET", "HEAD", "POST"])
def refuse(request, pk):
    credit = _credit(request, pk)
    form = RefuseCreditForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        return _decide(
            request, credit,
            lambda: actions.refuse_credit(credit, reason=reason, actor=request.user, at=request.now),
        )
    context = {
        "credit": credit,
        "form": form,
        "money": text.money(credit.amount, credit.currency),
        "period_name": text.period_name(credit.period.label),
    }
    return render(request, "kpis/refuse_credit.html", context, status=422 if form.errors else 200)


def _decide(request, credit, act):
    try:
        act()
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this credit is decided already."))
    return redirect("kpis:dashboard", credit.period.target.agreement.reference)


def _credit(request, pk):
    visible = Agreement.objects.visible_to(request.user, request.now)
    related = Credit.objects.select_related("result__period__target__agreement")
    credit = get_object_or_404(related, pk=pk, result__period__target__agreement__in=visible)
    if not rules.decides_credits(request.grants, credit.period.target.agreement):
        raise PermissionDenied
    return credit
