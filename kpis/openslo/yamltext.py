"""YAML from strangers, read without surprises: small, flat, without aliases, and with exact numbers.

Only the core schema: text, whole and decimal numbers, true, false, null. What YAML 1.1 reads into other words (`no` as
false, `1:30` as ninety, a date as a date) stays the text that it is.
"""

import re
from decimal import Decimal
from typing import Any

import yaml
from django.utils.translation import gettext as _

MOST_BYTES = 256 * 1024
MOST_DEPTH = 24
MOST_DOCUMENTS = 200
MOST_VALUES = 20_000


class Unreadable(ValueError):
    """The text is no YAML that is read here; the message names the line."""


def decode(content: bytes) -> str:
    """The text of a file. Raises Unreadable for what is too large or not UTF-8."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("This is larger than %d KB. Send the documents in several files.") % (MOST_BYTES // 1024))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(_("This is not UTF-8: see byte %d.") % (error.start + 1)) from error


def load_all(text: str) -> list[Any]:
    """The documents of a text, in their order; numbers are Decimals. Raises Unreadable."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise Unreadable(_("This is larger than %d KB. Send the documents in several files.") % (MOST_BYTES // 1024))
    loader = None
    found: list[Any] = []
    try:
        loader = _Loader(text)
        while loader.check_data():
            found.append(loader.get_data())
            if len(found) > MOST_DOCUMENTS:
                raise Unreadable(_("These are more than %d documents.") % MOST_DOCUMENTS)
    except yaml.YAMLError as error:
        raise Unreadable(_said(error)) from error
    finally:
        if loader is not None:
            loader.dispose()
    return found


def dump_all(documents: list[Any]) -> str:
    """Documents as YAML text, in the order of their keys; Decimals as plain numbers."""
    return yaml.dump_all(
        documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, explicit_start=True, width=110
    )


class _Loader(yaml.SafeLoader):
    """Safe, and without what makes a small file large: aliases, and nesting without end."""

    yaml_implicit_resolvers: dict[str, Any] = {}
    depth = values = 0

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem=_("aliases are not read: write it out"), problem_mark=mark)
        self.depth, self.values = self.depth + 1, self.values + 1
        if self.depth > MOST_DEPTH or self.values > MOST_VALUES:
            problem = _("this is nested too deeply") if self.depth > MOST_DEPTH else _("these are too many values")
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=self.peek_event().start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _value in node.value:
            name = self.construct_object(key, deep=deep)
            if not isinstance(name, str):
                raise yaml.MarkedYAMLError(problem=_("a name must be text"), problem_mark=key.start_mark)
            if name in seen:
                problem = _("“%s” is said twice") % name[:60]
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


def _number(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    text = str(loader.construct_scalar(node))
    if len(text) > 60 or NUMBER.fullmatch(text) is None:
        raise yaml.MarkedYAMLError(problem=_("this is no number that is read here"), problem_mark=node.start_mark)
    return Decimal(text)


def _refused(loader: _Loader, node: yaml.Node) -> None:
    raise yaml.MarkedYAMLError(problem=_("this kind of value is not read here"), problem_mark=node.start_mark)


NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?", re.ASCII)
FIRST = list("-+.0123456789")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(~|null|Null|NULL|)\Z"), ["~", "n", "N", ""])
_YES_NO = re.compile(r"(true|True|TRUE|false|False|FALSE)\Z")
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _YES_NO, list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(NUMBER.pattern + r"\Z", re.ASCII), FIRST)
for _tag in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _number)
# Text, numbers, lists and mappings are enough.
for _tag in ("timestamp", "binary", "set", "omap", "pairs"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _refused)


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


_Dumper.add_representer(
    Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", f"{value:f}")
)


def _said(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _("This is no YAML: it holds a sign that no text has.")
    problem = getattr(error, "problem", "") or _("not understood")
    return _("Line %(line)d: %(problem)s.") % {"line": mark.line + 1, "problem": str(problem)[:200]}
