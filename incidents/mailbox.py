"""An e-mail as the desk reads it: who, about what, which new words. Pure: bytes in, plain values out."""

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses, parseaddr

import nh3

NUMBER = re.compile(r"\b(INC|BR)-([0-9]{4,9})\b", re.IGNORECASE)
REFERENCE = re.compile(r"\b((?:SLA|OLA|UC)-[0-9]{4}-[0-9]{3,6})\b", re.IGNORECASE)
PRIORITY = re.compile(r"\[?\bP([0-9]{1,2})\b\]?")
PREFIX = re.compile(r"^\s*(?:(?:re|fw|fwd|aw|wg)\s*:\s*)+", re.IGNORECASE)
# Where the words of the mail that is answered begin: Gmail and Apple, Outlook, a line of underscores.
QUOTED = re.compile(r"^(?:On .{5,200}wrote:|Am .{5,200}schrieb.*:|-{2,} ?Original Message ?-{2,}|_{10,}|From: .+)\s*$")
LINK = re.compile(r"/acknowledge/[\w-]+/?")
LONGEST = 8000


class Unreadable(ValueError):
    """This is no message that somebody wrote; the reason is for the log."""


@dataclass(frozen=True)
class Mail:
    """What counts of a message. `number` and `reference` are what its subject names, in capitals; empty: nothing."""

    sender: str
    subject: str
    text: str
    message_id: str
    answers: tuple[str, ...]  # ids of the messages before it in the thread, the nearest first
    number: str
    reference: str
    priority: int | None
    addresses: tuple[str, ...]  # everybody it was sent to


def read(raw: bytes) -> Mail:
    """Read an RFC 822 message. Raises Unreadable: a machine's answer, no sender, no id, no words."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if _is_automatic(message):
        raise Unreadable("written by a machine")
    sender = parseaddr(_header(message, "From"))[1].lower()
    message_id = _header(message, "Message-ID").strip()[:250]
    if not sender or not message_id:
        raise Unreadable("without a sender or an id")
    subject = PREFIX.sub("", " ".join(_header(message, "Subject").split()))
    number, reference, priority = NUMBER.search(subject), REFERENCE.search(subject), PRIORITY.search(subject)
    text = new_words(_body(message))
    if not text:
        raise Unreadable("without words")
    return Mail(
        sender=sender,
        subject=subject[:200],
        text=text[:LONGEST],
        message_id=message_id,
        answers=_answers(message),
        number=number[0].upper() if number else "",
        reference=reference[1].upper() if reference else "",
        priority=int(priority[1]) if priority else None,
        addresses=tuple(address.lower() for _name, address in getaddresses(_all(message, "To", "Cc", "Delivered-To"))),
    )


def title(mail: Mail) -> str:
    """The subject without what was only there to find the way."""
    plain = PRIORITY.sub("", REFERENCE.sub("", mail.subject))
    return " ".join(plain.split()).strip(" :-,[]") or mail.text.splitlines()[0][:200]


def new_words(text: str) -> str:
    """What the writer added: without what is quoted below, and without the signature."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\x00", "").split("\n"):
        if line.rstrip("\n") == "-- " or QUOTED.match(line.strip()):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line.rstrip())
    # What is quoted without a sign may hold the one-use link of its reader: others read this.
    return LINK.sub("/acknowledge/…", "\n".join(kept)).strip()


def _is_automatic(message: EmailMessage) -> bool:
    answers_itself = _header(message, "Auto-Submitted").lower() not in ("", "no")
    return answers_itself or _header(message, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply")


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name, "") or "")


def _all(message: EmailMessage, *names: str) -> list[str]:
    return [str(value) for name in names for value in message.get_all(name, [])]


def _answers(message: EmailMessage) -> tuple[str, ...]:
    thread = f"{_header(message, 'References')} {_header(message, 'In-Reply-To')}".split()
    return tuple(dict.fromkeys(reversed(thread)))


def _body(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        content = str(part.get_content())
    except (LookupError, ValueError):  # a charset that nobody knows
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    if part.get_content_type() == "text/html":
        content = nh3.clean(re.sub(r"(?i)<br\s*/?>|</p>|</div>", "\n", content), tags=set())
        content = content.replace("&nbsp;", " ").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    return content
