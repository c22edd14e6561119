"""What every page of a review reads: the text as it was sent, what is said about it, who stands where."""

from functools import cached_property

from django.http import Http404
from django.utils.translation import gettext as _

from agreements import approval, checks, discussion, lint, partnames, reviewing, rules, signing_rules, terms
from agreements.forms.review import FinishForm
from agreements.models import Party, Version
from agreements.views.finding import find_agreement, find_version, require


def found(request, reference, label):
    """A version that was sent to review, or that the reader may read before; strangers get 404."""
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    version.agreement = agreement
    if not reviewing.may_read(request.grants, version):
        require(signing_rules.can_read(request.grants, version))
        raise Http404
    return version


class Desk:
    """The review of one version as one reader sees it; each thing is read once."""

    def __init__(self, request, version):
        self.request, self.version, self.agreement = request, version, version.agreement
        self.drafts = list(version.drafts.select_related("sent_by"))
        self.sent = self.drafts[0] if self.drafts else None
        self.terms, self.number = reviewing.text(version, self.sent)
        self.digests = terms.parts(self.terms)
        self.names = partnames.names(self.terms)
        self.sides = rules.sides(request.grants, version.agreement)
        base = terms.parts(version.base.read_terms()) if version.base else {}
        self.reading = discussion.to_read(self.digests, base)

    @cached_property
    def seats(self):
        return reviewing.seats(self.version)

    @cached_property
    def own(self):
        return next((seat for seat in self.seats if seat.user_id == self.request.user.pk), None)

    @cached_property
    def looks(self):
        return reviewing.looked(self.version)

    @property
    def looked(self):
        return self.looks.get(self.request.user.pk, set())

    @cached_property
    def threads(self):
        said = self.version.comments.for_sides(self.sides).select_related(
            "author", "settled_by", "suggestion__decided_by"
        )
        return discussion.threads(said, self._may_settle, self._around())

    @cached_property
    def missing(self):
        """The parts that the reader is asked to approve and has not, as they stand."""
        return approval.uncovered(self.digests, self.own) if self.own else []

    @property
    def can_talk(self):
        return (
            self.version.state in reviewing.TALK
            and self.sent is not None
            and rules.can_comment(self.request.grants, self.agreement)
        )

    @property
    def can_edit(self):
        return rules.can_edit(self.request.grants, self.version) and self.version.state in rules.EDITABLE

    @property
    def can_approve(self):
        return bool(self.own and self.missing and self.version.state == Version.State.IN_REVIEW)

    @property
    def can_finish(self):
        """Whether the reader's word is asked for: to approve what is missing, or to ask for changes."""
        return bool(self.own) and self.version.state in (Version.State.IN_REVIEW, Version.State.READY)

    @property
    def side_choices(self):
        """Who may read a remark: everybody, or the people of a party that the reader works for."""
        own = [(side, _("Only %s") % self.agreement.organisation_of(side)) for side in self.sides]
        return [("", _("Everybody in this review")), *own]

    def place(self, rows):
        """Hang what is said on the rows; returns what has no place there."""
        return discussion.place(rows, self.threads, self.missing, self.looked, self.digests)

    def finish_form(self, data=None):
        choices = [(part, partnames.name(self.names, part)) for part in self.missing]
        initial = {"revision": self.version.revision, "opinion": "approve" if self.can_approve else "changes"}
        return FinishForm(data, parts=choices, may_approve=self.can_approve, initial=initial)

    def before(self):
        open_ = [thread for thread in self.threads if thread.is_open]
        return discussion.before_signing(
            len(lint.errors(checks.findings(self.version, self.request.now))),
            len(open_),
            sum(thread.start.blocking for thread in open_),
            len(approval.missing(self.digests, self.seats)),
        )

    def opinions(self):
        """A line for each reviewer: who, for whom, where they stand, what they remarked last."""
        people = {seat.user_id: seat for seat in self.version.reviewers.select_related("user")}
        remarks = dict(self.version.approvals.exclude(remark="").values_list("user_id", "remark"))
        return [self._opinion(people[seat.user_id], seat, remarks.get(seat.user_id, "")) for seat in self.seats]

    def _opinion(self, row, seat, remark):
        looked = self.looks.get(seat.user_id, set())
        stands = discussion.opinion(self.digests, seat, self.reading, looked)
        if not row.user.is_active and stands[0] != "ok":
            stands = ("bad", "ban", _("Account closed: name somebody else"))
        return {
            "pk": row.pk,
            "person": row.user,
            "required": seat.required,
            "organisation": self.agreement.organisation_of(seat.party),
            "opinion": stands,
            "remark": remark,
            "waits": stands[0] not in ("ok", "bad"),
            "covers": {part: (part, digest) in seat.pairs for part, digest in self.digests.items()},
        }

    def context(self, tab, failed=None):
        """What head, tabs and dialog of each page show."""
        before = self.before()
        finish = failed if isinstance(failed, FinishForm) else self.finish_form()
        return {
            "desk": self,
            "version": self.version,
            "agreement": self.agreement,
            "sent": self.sent,
            "number": self.number,
            "tab": tab,
            "before": before,
            "obstacles": [line["text"] for line in before if line["tone"] != "ok"],
            "reviewers": self.opinions(),
            "missing": partnames.of(self.terms, self.missing),
            "own_draft": self._approved_draft(),
            "finish": finish,
            # The dialog shows its own errors.
            "failed": None if finish is failed else failed,
            "wrong": failed,
            "can_talk": self.can_talk,
            "can_edit": self.can_edit,
            "comments": len(self.threads),
            "whole": discussion.WHOLE,
        }

    def _around(self):
        return discussion.Around(
            self.digests,
            self.names,
            discussion.anchors(self.terms),
            {f"clause:{clause.id}": clause.body for clause in self.terms.clauses},
            {party: self.agreement.organisation_of(party).name for party in Party.values},
        )

    def _approved_draft(self):
        """The last draft that the reader approved something of, when the text went on since."""
        if not self.own or not self.own.approved or not self.missing:
            return ""
        numbers = self.version.approvals.filter(user=self.request.user, draft_number__lt=self.number)
        return str(numbers.order_by("-draft_number").values_list("draft_number", flat=True).first() or "")

    def _may_settle(self, said):
        said.version = self.version
        return self.version.state in reviewing.TALK and rules.can_settle(self.request.grants, said)
