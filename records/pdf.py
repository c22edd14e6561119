"""HTML -> PDF/A-3a. The only module that imports WeasyPrint.

The same input gives the same bytes, in any process: dates come from `at`, fonts and styles from named
files of ours. Nothing else is reachable from a document, no address and no file.
"""

import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from fontTools.ttLib import woff2
from weasyprint import CSS, HTML
from weasyprint import Attachment as Enclosure
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from records import collecting

logging.getLogger("weasyprint").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)

PX_TO_PT = 0.75
STYLE = "print.css"


class AssetsMissing(RuntimeError):
    """The fonts of the printed documents are not set up."""


@dataclass(frozen=True)
class Attachment:
    """A file inside the PDF. Relationship: "Data" (what the document says, for machines) or "Source"."""

    name: str
    content: bytes
    description: str = ""
    relationship: str = "Data"


@dataclass(frozen=True)
class Place:
    """Where an element stands: page from 0, corners in points from the page's lower left."""

    page: int
    left: int
    bottom: int
    right: int
    top: int


@dataclass(frozen=True)
class Typeset:
    """A finished PDF, the places of its elements by id (as asked for by prefix), and its bare words, for search."""

    pdf: bytes
    places: dict[str, Place]
    words: str


def render(
    html: str,
    *,
    title: str,
    language: str,
    at: datetime,
    attachments: Sequence[Attachment] = (),
    style: str = STYLE,
) -> bytes:
    """The PDF of a whole HTML document. `at` becomes its creation date, `style` names a file in static/print."""
    return typeset(html, title=title, language=language, at=at, attachments=attachments, style=style).pdf


def typeset(
    html: str,
    *,
    title: str,
    language: str,
    at: datetime,
    attachments: Sequence[Attachment] = (),
    places: str = "",
    style: str = STYLE,
) -> Typeset:
    """Like render; also says where the elements whose id begins with `places` stand.

    Raises AssetsMissing: with other fonts the same input would give other bytes.
    """
    _require_fonts()
    at = at.astimezone(UTC)  # WeasyPrint writes an attachment's dates as they stand and calls them UTC
    enclosures = [
        Enclosure(
            string=each.content,
            name=each.name,
            description=each.description or None,
            created=at,
            modified=at,
            relationship=each.relationship,
        )
        for each in attachments
    ]
    fonts = FontConfiguration()
    source = HTML(string=html, url_fetcher=_Fetcher(), base_url="asset:")
    with collecting.put_off():
        document = source.render(
            stylesheets=[CSS(url=f"asset:print/{style}", url_fetcher=_Fetcher(), font_config=fonts)],
            font_config=fonts,
            pdf_variant="pdf/a-3a",
            attachments=enclosures,
        )
        meta = document.metadata
        meta.title, meta.lang = title, language
        meta.created = meta.modified = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        found = _places(document, places) if places else {}
        # The variant takes the content's hash as the file's identifier: the same bytes, and no two alike.
        pdf = document.write_pdf(
            finisher=_without_object_streams, pdf_variant="pdf/a-3a", attachments=enclosures
        )
    return Typeset(pdf, found, _words(source))


def words(pdf_html: str) -> str:
    """The bare words of a document, for search."""
    return _words(HTML(string=pdf_html, url_fetcher=_Fetcher()))


def _words(source: HTML) -> str:
    return " ".join(source.etree_element.itertext())


def _without_object_streams(_document, pdf) -> None:
    """Write each object by itself, with its content compressed as before.

    A verifier that compares revisions scans an object stream anew for every object in it: checking a
    seven-page agreement took four times as long.
    """
    write = pdf.write
    pdf.write = lambda output, version, identifier, _compress: write(output, version, identifier, False)


def _places(document, prefix: str) -> dict[str, Place]:
    return {
        name: Place(
            number,
            round(left * PX_TO_PT),
            round((page.height - lower) * PX_TO_PT),
            round(right * PX_TO_PT),
            round((page.height - upper) * PX_TO_PT),
        )
        for number, page in enumerate(document.pages)
        for name, (left, upper, right, lower) in page.anchors.items()
        if name.startswith(prefix)
    }


class _Fetcher(URLFetcher):
    """Serves `asset:<path>` from the portal's own print styles and fonts, and data: URIs. Nothing else."""

    def __init__(self):
        super().__init__(allowed_protocols={"data", "asset"}, allow_redirects=False)

    def fetch(self, url, headers=None):
        parts = urlsplit(url)
        if parts.scheme != "asset":
            return super().fetch(url, headers)
        file = _assets().get(parts.path)
        if file is None:
            raise ValueError(f"not one of the portal's print files: {url[:200]}")
        return URLFetcherResponse(url, io.BytesIO(_content(file)), {"Content-Type": _TYPES[file.suffix]})


_TYPES = {".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


@cache
def _require_fonts() -> None:
    """A missing font is silently another font to WeasyPrint; to a contract it is not."""
    wanted = set(re.findall(r"asset:(fonts/[\w.-]+)", _content(_assets()[f"print/{STYLE}"]).decode()))
    if missing := sorted(wanted - _assets().keys()):
        folder = Path(settings.ASSETS_DIR) / "vendor" / "fonts"
        raise AssetsMissing(f"{folder} lacks {', '.join(missing)}: run scripts/assets.py")


@cache
def _assets() -> dict[str, Path]:
    """The allow-list: print styles by "print/<name>", fonts by "fonts/<name>"."""
    styles = Path(settings.BASE_DIR) / "static" / "print"
    fonts = Path(settings.ASSETS_DIR) / "vendor" / "fonts"
    return {f"print/{file.name}": file for file in styles.glob("*.css")} | {
        f"fonts/{file.name}": file for file in fonts.glob("*.woff2")
    }


@cache
def _content(file: Path) -> bytes:
    """A print file's bytes. Fonts are unpacked once a process: WeasyPrint would do it for every document,
    and that is nine tenths of the time a signature's stamp takes."""
    content = file.read_bytes()
    if file.suffix != ".woff2":
        return content
    unpacked = io.BytesIO()
    woff2.decompress(io.BytesIO(content), unpacked)
    return unpacked.getvalue()
