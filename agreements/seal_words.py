"""What went wrong while a document was made or sealed, in the words of whoever waits for it (no ORM)."""

from django.utils.translation import gettext as _


def plain(error: str) -> str:
    """`error` is "Class: message" as the sweep wrote it down; empty for none."""
    if not error:
        return ""
    kind, _colon, _rest = error.partition(":")
    known = {
        "NoTimestamp": _(
            "The time stamp authority gave no answer that can be used. Nothing is lost: the signatures stand, and "
            "the seal is made as soon as it answers."
        ),
        "NotSound": _(
            "The check before the seal found that something does not fit. The signatures stand; the file is not "
            "sealed before the cause is found. Tell whoever runs the portal."
        ),
        "Damaged": _("The file is missing from the store or was changed there. It must be restored from the backup."),
        "AssetsMissing": _("The portal lacks fonts or other files for printing. Whoever runs it must install them."),
    }
    if kind in ("OSError", "PermissionError", "FileNotFoundError"):
        return _("The store of files could not be read or written. Whoever runs the portal must look at its disk.")
    return known.get(kind) or _("Something unexpected went wrong. Tell whoever runs the portal, with the words below.")
