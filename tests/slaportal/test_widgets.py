"""Our templates of widgets say what Django's own say."""

import pytest
from django.forms import Select, SelectMultiple
from django.forms.renderers import DjangoTemplates, get_default_renderer
from pytest_django.asserts import assertHTMLEqual

CHOICES = [
    ("", "none"),
    ("Europe/Brussels", "Europe/Brussels"),
    ("a<b", "A & <b>"),
    (7, "seven"),
    ("Others", [("x", "X"), ("y", "Y")]),
]


class Marked(Select):
    """A select whose options have attributes: with a value, without, and switched off."""

    def create_option(self, *args, **kwargs):
        option = super().create_option(*args, **kwargs)
        option["attrs"] |= {"data-n": 1, "disabled": True, "hidden": False}
        return option


@pytest.mark.parametrize("kind", [Select, Marked, SelectMultiple])
@pytest.mark.parametrize("value", [None, "", "a<b", 7, ["x", 7]])
def test_a_select_is_the_one_of_django(kind, value):
    said = [
        kind(choices=CHOICES).render("zone", value, {"id": "id_zone", "required": True}, renderer=renderer)
        for renderer in (get_default_renderer(), DjangoTemplates())
    ]
    assertHTMLEqual(*said)
