"""Verify a PDF: anybody may, with the file or its hash. Nothing of an upload is kept."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts import limits
from slaportal import verifying
from slaportal.forms import VerifyForm

# A check takes a second of work, and anybody may ask for one.
MOST, SECONDS = 30, 300


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request):
    if request.method == "POST":
        form = VerifyForm(request.POST, request.FILES)
    else:
        form = VerifyForm(request.GET if "sha256" in request.GET else None)
    context = {"form": form, "fingerprints": verifying.fingerprints()}
    if form.is_bound and limits.count(f"verify:{request.META['REMOTE_ADDR']}", SECONDS) > MOST:
        return _too_often(request, context)
    if form.is_bound and form.is_valid():
        if upload := form.cleaned_data["file"]:
            content = upload.read()
            context |= {
                "filename": upload.name,
                "sha256": hashlib.sha256(content).hexdigest(),
                "finding": verifying.judge(content, now=request.now),
            }
        elif sha256 := form.cleaned_data["sha256"]:
            context |= {"sha256": sha256, "finding": verifying.known(sha256, now=request.now)}
    return render(request, "slaportal/verify.html", context, status=422 if form.errors else 200)


def _too_often(request, context):
    context |= {"form": VerifyForm(), "busy": True}
    answer = render(request, "slaportal/verify.html", context, status=429)
    answer.headers["Retry-After"] = str(SECONDS)
    return answer
