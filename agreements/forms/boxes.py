"""The cards of the editor: each reads a section of the terms into a form, or into rows of forms, and writes it back.

Adding and removing rows needs no script: "Add" saves and opens the page again with one empty row; a tick
removes. An empty row that was left as it came is ignored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from agreements.lint import Finding
from agreements.merging import fresh_key
from agreements.origin import Wording
from agreements.terms import Terms

MOST_ROWS = 60
STEPS = {"up": -1, "down": 1}


@dataclass(frozen=True)
class Around:
    """What the editor offers beside the terms: rows of the catalogue and the requirements of the client."""

    services: list = field(default_factory=list)
    requirements: list = field(default_factory=list)
    # The lines that differ from the version that is changed (redline.Change), and its label.
    changes: list = field(default_factory=list)
    base_label: str = ""
    # The terms of the version that is changed.
    base: Terms | None = None
    # The template's version that the draft came from, and a newer one where there is any.
    template: Wording | None = None
    newest: Wording | None = None
    # Friday, 16:40, in the zone of the agreement: when the case of the examples is opened.
    friday: datetime | None = None

    def changes_of(self, *starts):
        """The changes of lines whose key begins so: "kpis:K1"."""
        return [each for each in self.changes if any(f"{each.key}:".startswith(f"{start}:") for start in starts)]


class PartForm(forms.Form):
    """A form over terms; `fresh` is what kind of row was asked for, in a row that is not there yet.

    `named` is the field that identifies a row among the lines of its section, `lines` how their keys begin.
    """

    named = lines = ""
    speaks = False  # has a sentence, `says`, that is refreshed while it is typed

    def __init__(self, *args, terms, around, fresh="", **kwargs):
        super().__init__(*args, **kwargs)
        self.terms, self.around, self.fresh = terms, around, fresh
        self.prepare()

    def prepare(self):
        """Fill in choices that depend on the terms."""

    @property
    def changes(self):
        """What of this row differs from the version that is changed."""
        key = self[self.named].value() if self.named else None
        return self.around.changes_of(f"{self.lines}:{key}") if key not in (None, "") else []


class Rows(BaseFormSet):
    deletion_widget = forms.CheckboxInput

    def __init__(self, *args, fresh="", **kwargs):
        self.fresh = fresh
        super().__init__(*args, **kwargs)

    def get_form_kwargs(self, index):
        kwargs = super().get_form_kwargs(index)
        is_new = index is not None and index >= self.initial_form_count()
        return kwargs | ({"fresh": self.fresh} if is_new else {})

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove")

    def clean(self):
        # A count that is too small would drop rows that nobody removed.
        sent = self.management_form.cleaned_data
        if not 0 <= sent["INITIAL_FORMS"] <= sent["TOTAL_FORMS"]:
            raise forms.ValidationError(_("This page was not sent whole. Open it again."))

    @property
    def kept(self):
        """The forms whose rows stay, in their order, without rows that were added and left empty."""
        kept = [
            form
            for form in self.forms
            if not form.cleaned_data.get("DELETE") and (form.has_changed() or not form.empty_permitted)
        ]
        return self._moved(kept)

    def _moved(self, kept):
        """The rows with the one whose button was pressed ("move" is "clauses-2:up") one place on."""
        prefix, _colon, way = self.data.get("move", "").partition(":")
        here = next((index for index, form in enumerate(kept) if form.prefix == prefix), None)
        there = None if here is None or way not in STEPS else here + STEPS[way]
        if there is not None and 0 <= there < len(kept):
            kept[here], kept[there] = kept[there], kept[here]
        return kept


class FormBox:
    """A card with one form."""

    key = title = text = ""
    form_class = PartForm
    template = "agreements/edit/_form.html"
    lines = ()
    said: Sequence[Finding] = ()

    @property
    def changes(self):
        return self.form.around.changes_of(*(self.lines or [self.key]))

    def __init__(self, terms, around, data=None, added=""):
        self.form = self.form_class(data, prefix=self.key, initial=self.load(terms), terms=terms, around=around)

    @property
    def errors_of(self):
        return self.form

    def is_valid(self):
        return self.form.is_valid()

    def save(self, terms):
        self.write(terms, self.form.cleaned_data)

    def given(self, renamed):
        return {}

    def load(self, terms):
        raise NotImplementedError

    def write(self, terms, cleaned):
        raise NotImplementedError


class RowsBox:
    """A card with a row for each item of a list. `adds`: (kind, words of its button) for what can be added.

    `identity` is the hidden field with the key of an item, `series` how the keys of new ones begin, `place`
    where the list stands in the terms.
    """

    key = title = text = ""
    form_class = PartForm
    template = "agreements/edit/_rows.html"
    adds = ()
    said: Sequence[Finding] = ()
    empty = identity = series = place = ""

    def __init__(self, terms, around, data=None, added=""):
        wanted, _colon, kind = added.partition(":")
        rows = formset_factory(
            self.form_class,
            formset=Rows,
            extra=int(wanted == self.key),
            can_delete=True,
            max_num=MOST_ROWS,
            absolute_max=MOST_ROWS + 20,
            validate_max=True,
        )
        self.formset = rows(
            data,
            prefix=self.key,
            initial=self.load(terms),
            fresh=kind,
            form_kwargs={"terms": terms, "around": around},
        )

    @property
    def errors_of(self):
        return self.formset

    @property
    def buttons(self):
        return [(f"{self.key}:{kind}", words) for kind, words in self.adds]

    def is_valid(self):
        return self.formset.is_valid()

    def save(self, terms):
        rows = [form.cleaned_data for form in self.formset.kept]
        if self.identity:
            self._name(rows, terms)
        self.write(terms, rows)

    def given(self, renamed):
        """The hidden fields of the page that a save changed, name -> value: new rows are known from now on."""
        kept = [(int(form.prefix.rpartition("-")[2]), form) for form in self.formset.kept]
        known = max([self.formset.initial_form_count(), *(index + 1 for index, _form in kept)])
        fields = {self.formset.management_form.add_prefix("INITIAL_FORMS"): known}
        for _index, form in kept if self.identity else ():
            key = form.cleaned_data[self.identity]
            fields[form.add_prefix(self.identity)] = renamed.get(f"{self.place or self.key}.{key}", key)
        return fields

    def series_of(self, row):
        return self.series

    def _name(self, rows, terms):
        """A key for each new row; a key once given is not given again, not even that of a removed row."""
        known = {each[self.identity] for each in self.load(terms)}
        taken = known | {row[self.identity] for row in rows}
        for row in rows:
            if row[self.identity] not in known:
                row[self.identity] = fresh_key(taken, self.series_of(row))

    def load(self, terms):
        raise NotImplementedError

    def write(self, terms, rows):
        raise NotImplementedError

