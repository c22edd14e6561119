"""The editor's pages as a browser would send them back."""

from django.http import QueryDict

from agreements.forms.boxes import Around
from agreements.forms.parts import PARTS, Page
from agreements.models import Requirement, Service


def around(terms):
    """What the catalogue offers: the services and requirements of these terms."""
    return Around(
        [Service(key=each.key, name=each.name) for each in terms.services],
        [Requirement(number=each.number, text=each.text, state="accepted") for each in terms.requirements],
    )


def opened(part, terms, data=None, added=""):
    """A page of the editor over terms: as shown, or bound to what was sent."""
    query = None
    if data is not None:
        query = QueryDict(mutable=True)
        for name, value in data.items():
            query.setlist(name, value if isinstance(value, list) else [value])
    return Page(PARTS[part], terms, around(terms), query, added)


def posted(page):
    """What a browser would send back of a page as it was shown."""
    data = {}
    for box in page.boxes:
        formset = getattr(box, "formset", None)
        forms = [formset.management_form, *formset.forms] if formset is not None else [box.form]
        for form in forms:
            for field in form:
                value = field.value()
                if value is True:
                    data[field.html_name] = "on"
                elif value is not None and value is not False:
                    data[field.html_name] = [str(each) for each in value] if isinstance(value, list) else str(value)
    return data


def as_shown(part, terms, revision):
    """The valid POST of a part that changes nothing."""
    return posted(opened(part, terms)) | {"revision": revision}
