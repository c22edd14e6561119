"""Every act that is written to the audit trail says itself in words."""

import ast
import re
from pathlib import Path

from django.template import Context, Template

from slaportal.templatetags import sp
from slaportal.verbs import VERBS, said

ROOT = Path(__file__).parents[2]
APPS = ["records", "accounts", "agreements", "kpis", "incidents", "reviews", "reports", "slaportal"]
VERB = re.compile(r"[a-z_]+\.[a-z_]+")


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def recorders(tree):
    """`record` itself, and the functions that hand their own parameter on to it as the verb."""
    found = {"record"}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            given = {each.arg for each in function.args.args + function.args.kwonlyargs}
            calls = (node for node in ast.walk(function) if isinstance(node, ast.Call) and name_of(node) == "record")
            if any(isinstance(call.args[0], ast.Name) and call.args[0].id in given for call in calls if call.args):
                found.add(function.name)
    return found


def written():
    for file in (file for app in APPS for file in (ROOT / app).rglob("*.py")):
        tree = ast.parse(file.read_text())
        names = recorders(tree)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and name_of(call) in names:
                for part in [*call.args, *(keyword.value for keyword in call.keywords)]:
                    yield from (
                        (node.value, file.name)
                        for node in ast.walk(part)
                        if isinstance(node, ast.Constant)
                        and isinstance(node.value, str)
                        and VERB.fullmatch(node.value)
                    )


def test_every_verb_of_the_code_has_words():
    found = dict(written())
    assert len(found) > 50
    assert sorted(set(found) - set(VERBS)) == []


def test_an_unknown_verb_is_still_readable():
    assert said("plan.made_up") == "plan made up"
    assert Template('{% act "slot.signed" %}').render(Context()) == "signed the agreement"


def test_the_newest_verdicts_are_counted_worst_first():
    shown = sp.last_verdicts(["met", "breached", "met", "insufficient_data", "waived"])
    assert re.findall(r"</svg>(\d+)", shown) == ["1", "2", "1"]
    assert shown.index("Missed") < shown.index("No data")


def test_nothing_closed_is_a_dash():
    assert "–" in sp.last_verdicts([])
