"""Everything that writes templates. A published one never changes."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from agreements import terms
from agreements.models import Template
from agreements.signing import Refused
from records import audit


@transaction.atomic
def publish_template(
    *, name: str, kind: str, terms: terms.Terms, description: str, author: str, actor: User | None, at: datetime
) -> Template:
    """Publish the next version of a template. A published one never changes. Raises Refused ("name")."""
    if not name.strip():
        raise Refused(_("A template needs a name."), "name")
    last = Template.objects.select_for_update().filter(name=name).order_by("-number").first()
    template = Template.objects.create(
        name=name,
        number=last.number + 1 if last else 1,
        kind=kind,
        terms=_document(terms),
        description=description,
        author=author,
        published_at=at,
    )
    audit.record("template.published", template, actor=actor, at=at, name=name, number=template.number)
    return template


def _document(content: terms.Terms) -> dict:
    """The terms as JSON, read back once so that only well-formed terms are kept."""
    return terms.dump(terms.load(terms.dump(content)))
