"""Words, times, tags, form fields and the rules the templates keep."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.apps import apps
from django.template import Context, Template
from django.utils import timezone
from django_fsm import FSMField

from slaportal import moments, words
from slaportal.templatetags import sp

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 17, 10, 42, tzinfo=LONDON)


def rendered(source, **context):
    request = SimpleNamespace(now=NOW.astimezone(UTC))
    return Template(source).render(Context({"request": request, **context}))


@pytest.fixture
def _in_london():
    with timezone.override(LONDON):
        yield


# Times


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "less than 1 min"),
        (59, "less than 1 min"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (11_699, "3 h 14 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 day"),
        (3 * 86_400 - 1, "2 days"),
    ],
)
def test_duration(seconds, said):
    assert moments.duration(seconds) == said


@pytest.mark.parametrize(
    ("at", "far", "exact"),
    [
        (NOW, "now", "today 10:42"),
        (NOW + timedelta(hours=3, minutes=14), "in 3 h 14 min", "today 13:56"),
        (NOW - timedelta(minutes=12), "12 min ago", "today 10:30"),
        (NOW - timedelta(hours=12, minutes=46), "12 h ago", "yesterday 21:56"),
        (datetime(2026, 11, 18, 23, 0, tzinfo=LONDON), "tomorrow", "tomorrow 23:00"),
        (datetime(2026, 11, 20, 0, 1, tzinfo=LONDON), "in 3 days", "Fri 20 Nov, 00:01"),
        (datetime(2026, 12, 17, 10, 42, tzinfo=LONDON), "in 30 days", "Thu 17 Dec, 10:42"),
        (datetime(2026, 12, 18, 10, 42, tzinfo=LONDON), "", "Fri 18 Dec, 10:42"),
        (datetime(2025, 3, 1, 9, 12, tzinfo=LONDON), "", "Sat 1 Mar 2025, 09:12"),
        (date(2026, 11, 17), "today", "Tue 17 Nov"),
        (date(2026, 11, 15), "2 days ago", "Sun 15 Nov"),
        (date(2027, 1, 15), "", "Fri 15 Jan 2027"),
    ],
)
def test_relative_and_absolute(at, far, exact):
    assert (moments.relative(at, NOW), moments.absolute(at, NOW)) == (far, exact)


@pytest.mark.usefixtures("_in_london")
def test_when_says_both_in_the_readers_zone():
    at = datetime(2026, 11, 17, 13, 56, tzinfo=UTC)
    assert rendered("{% when at %}", at=at) == (
        '<time datetime="2026-11-17T13:56:00+00:00"><b data-live>in 3 h 14 min</b> · today 13:56</time>'
    )
    with timezone.override("Asia/Tokyo"):
        assert rendered("{% when at %}", at=at).endswith("in 3 h 14 min</b> · today 22:56</time>")


@pytest.mark.usefixtures("_in_london")
@pytest.mark.parametrize(
    ("at", "form", "said"),
    [
        (None, "both", '<span class="sp-muted">–</span>'),
        (NOW + timedelta(hours=1), "absolute", "today 11:42</time>"),
        (NOW + timedelta(hours=1), "relative", '<span class="sp-vh"> · today 11:42</span></time>'),
        (NOW - timedelta(hours=30), "both", ">yesterday 04:42</time>"),
        (date(2026, 11, 20), "both", "<b>in 3 days</b> · Fri 20 Nov</time>"),
    ],
)
def test_when_forms(at, form, said):
    assert rendered("{% when at form %}", at=at, form=form).endswith(said)


def test_when_of_nothing_is_a_dash():
    assert rendered("{% when row.holder.since %}", row={"holder": None}) == '<span class="sp-muted">–</span>'


def test_countdown_never_shows_a_negative_time():
    assert rendered("{% countdown at %}", at=NOW - timedelta(minutes=5)).endswith(">less than 1 min</span>")


# Words


def test_every_state_of_every_model_has_its_word():
    missing = [
        f"{model.__name__.lower()} {state}"
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, FSMField)
        for state, _ in field.choices
        if state not in words.STATUS.get(model.__name__.lower(), {})
    ]
    assert missing == []


def test_every_word_has_a_tone_an_icon_and_a_text():
    said = [word for states in words.STATUS.values() for word in states.values()]
    assert [word for word in said if word.tone not in sp.TONES or not word.icon or not str(word.text)] == []


def test_status_is_icon_word_and_tone():
    html = rendered('{% status "breach" "OPEN" %}')
    assert html.startswith('<span class="sp-pill sp-pill-bad"><svg class="icon" aria-hidden="true"')
    assert "icons.svg#bell-ringing" in html
    assert html.endswith("Not acknowledged</span>")
    assert "sp-st sp-st-ok" in rendered('{% status "kpi" "met" %}')
    assert "Escalated to level 2" in rendered('{% status "breach" "escalated" level=2 %}')
    assert "In force, v2.0" in rendered('{% status "version" "in_force" text="In force, v2.0" %}')


def test_unknown_state_says_itself_and_unknown_kind_is_an_error():
    assert "Half done" in rendered('{% status "action" "half_done" %}')
    with pytest.raises(KeyError):
        rendered('{% status "nonsense" "open" %}')
    with pytest.raises(ValueError, match="tone"):
        rendered('{% pill "green" "Fine" %}')


def test_counts_leave_out_zero_and_speak():
    html = rendered("{% counts missed=2 met=3 %}")
    assert re.sub(r"<svg.*?</svg>", "", html) == (
        '<span class="sp-mini"><span class="sp-st sp-st-bad">2<span class="sp-vh"> Missed</span></span>'
        ' <span class="sp-st sp-st-ok">3<span class="sp-vh"> On track</span></span></span>'
    )


# Small parts


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ingrid Solheim", "IS"),
        ("Bo", "B"),
        ("Anna Maria da Silva", "AS"),
        ("priya.raman@example.org", "PR"),
        ("", ""),
    ],
)
def test_initials(name, letters):
    assert sp.initials(name) == letters


def test_names_are_escaped():
    assert "<script>" not in rendered("{% person who note %}", who="<script>x", note="<script>y")


@pytest.mark.parametrize(
    ("value", "total", "width"),
    [(0, 4, 0), (1, 4, 250), (9, 4, 1000), (-1, 4, 0), (1, 0, 0), (999, 1000, 999)],
)
def test_bar_is_drawn_by_attribute(value, total, width):
    assert f'class="sp-bar-part" width="{width}"' in rendered("{% bar v t 'n of m' %}", v=value, t=total)


def test_script_words_are_data():
    payload = re.search(r">(.*)</script>", rendered("{% spoken %}")).group(1)
    assert json.loads(payload)["both"] == "%(hours)d h %(minutes)d min"


# Forms


class Sample(forms.Form):
    target = forms.DecimalField(help_text="In per cent.")
    note = forms.CharField(required=False)
    opinion = forms.ChoiceField(choices=[("a", "Approve"), ("b", "Refuse")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="I agree.")

    def clean(self):
        raise forms.ValidationError("These contradict each other.")


def test_fields_link_label_help_and_error():
    html = Sample({"target": "three nines"})["target"].as_field_group()
    described = re.search(r'aria-describedby="([^"]+)"', html).group(1).split()
    assert [f'id="{name}"' in html for name in described] == [True, True]
    assert '<label class="form-label" for="id_target">Target</label>' in html
    assert 'aria-invalid="true"' in html
    assert "sp-has-err" in html


def test_only_optional_fields_are_marked():
    form = Sample()
    assert "(optional)" in form["note"].as_field_group()
    assert "(optional)" not in form["target"].as_field_group()


def test_a_choice_is_a_fieldset_with_a_legend():
    html = Sample()["opinion"].as_field_group()
    assert "<fieldset" in html
    assert re.search(r'<legend class="form-label">Opinion</legend>', html)


def test_error_summary_links_to_each_field():
    html = rendered("{% error_summary form %}{{ form }}", form=Sample({"target": "three nines"}))
    links = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', html)
    assert links == [
        ("id_target", "Target: Enter a number."),
        ("id_opinion_0", "Opinion: This field is required."),
        ("id_agree", "I agree: This field is required."),
    ]
    assert [f'id="{target}"' in html for target, _ in links] == [True, True, True]
    assert "<li>These contradict each other.</li>" in html


def test_error_summary_takes_formsets_and_stays_silent_without_errors():
    rows = forms.formset_factory(Sample, extra=0)
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-target": "x", "form-0-agree": "on"}
    html = rendered("{% error_summary rows %}", rows=rows(data))
    assert 'href="#id_form-0-target"' in html
    assert rendered("{% error_summary form %}", form=Sample()).strip() == ""


# Rules of the tree


def icon_list():
    lines = (ROOT / "static/icons/icons.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_every_icon_used_is_in_the_sprites_list():
    used = {word.icon for states in words.STATUS.values() for word in states.values()}
    for file in TEMPLATES:
        used |= set(re.findall(r"""\{% icon ["']([a-z0-9-]+!?)["']""", file.read_text()))
        used |= set(re.findall(r"""\{% pill [^%]*["']([a-z0-9-]+!?)["'] %\}""", file.read_text()))
        used |= set(
            re.findall(r"""(?:symbol=|default:)["']([a-z0-9]+(?:-[a-z0-9]+)+!?)["']""", file.read_text())
        )
    for file in ROOT.glob("*/**/*.py"):
        if file.parts[len(ROOT.parts)] not in {".venv", "node_modules", "tests", "var"}:
            used |= set(
                re.findall(
                    r"""["']?icon["']?\s*(?::\s*str\s*)?[:=]\s*["']([a-z0-9-]+!?)["']""", file.read_text()
                )
            )
    assert sorted(used - set(icon_list())) == []


def test_icon_list_is_sorted_and_names_each_once():
    assert icon_list() == sorted(set(icon_list()))


def classes(source):
    """Class names written in a template; a name glued from parts ("sp-pill-{{ tone }}") is left out."""
    plain = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "\0", source)
    for value in re.findall(r'class="([^"]*)"', plain):
        for token in value.split():
            if "-\0" not in token:
                yield from filter(None, token.split("\0"))


def test_templates_use_only_classes_that_exist():
    """Ours start with sp-; the rest must be Tabler parts we have bent to our tokens."""
    sheets = "".join(file.read_text() for file in (ROOT / "static/css").glob("*.css"))
    known = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", sheets))
    strange = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in TEMPLATES
        if not {"print", "pdf", "mail"} & set(file.parts)
        for name in classes(file.read_text())
        if name not in known
    }
    assert sorted(strange) == []


def test_pages_fetch_nothing_from_elsewhere():
    away = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//|url\(["']?(?:https?:)?//""")
    files = [*TEMPLATES, *(ROOT / "static").rglob("*.css")]
    assert [str(file.relative_to(ROOT)) for file in files if away.search(file.read_text())] == []


def test_the_npm_lock_names_hashes_but_no_index():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry or "integrity" not in entry] == []
    assert [v for v in lock["packages"][""]["dependencies"].values() if not re.fullmatch(r"[\d.]+", v)] == []
