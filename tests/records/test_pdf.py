import io
import subprocess
import sys
import threading
from datetime import UTC, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

import pikepdf
import pytest

from records import pdf as printing
from records import verification
from tests.factories import NOON
from tests.records.papers import PAGE, TERMS, typeset

pytestmark = pytest.mark.typesets


def test_rendering_twice_gives_the_same_bytes():
    first = typeset().pdf
    typeset(PAGE.replace("99.5", "98"))  # what was made between leaves no trace
    assert typeset().pdf == first


def test_the_words_are_those_of_the_text():
    assert typeset().words == printing.words(PAGE)
    assert "Availability of at least 99.5 % in each month." in typeset().words


def test_another_process_gives_the_same_bytes():
    script = (
        "import django; django.setup()\n"
        "import hashlib; from tests.records.papers import typeset\n"
        "print(hashlib.sha256(typeset().pdf).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={"DJANGO_SETTINGS_MODULE": "slaportal.settings", "PYTHONPATH": ".", "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_two_texts_have_two_identifiers():
    names = set()
    for html in (PAGE, PAGE.replace("99.5", "99.9")):
        with pikepdf.open(io.BytesIO(typeset(html).pdf)) as document:
            names.add(bytes(document.trailer["/ID"][0]))
    assert len(names) == 2


def test_the_file_is_pdf_a_3a_with_embedded_fonts():
    with pikepdf.open(io.BytesIO(typeset().pdf)) as document:
        meta = document.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
        assert document.Root.Lang == "en" and document.Root.MarkInfo.Marked
        fonts = [
            each
            for each in document.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor"
        ]
        assert {str(each.FontName).split("+")[1].split("-")[0] for each in fonts} == {"Inter", "Plex"}
        assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
        assert bytes(document.attachments[verification.TERMS].get_file().read_bytes()) == TERMS


def test_signs_and_letters_of_europe_need_no_font_of_the_machine():
    text = "≥ ≤ × → – − … € ✓ · ½ “ä” Łódź Ćuk șț Ğ Ελλάδα Київ"
    html = f"<body>{text}<h2>{text}</h2><b>{text}</b><i>{text}</i><p class='mono'>{text}</p></body>"
    with pikepdf.open(io.BytesIO(typeset(html).pdf)) as document:
        fonts = [each for each in document.objects if isinstance(each, pikepdf.Dictionary)]
        names = {str(each.FontName) for each in fonts if each.get("/Type") == "/FontDescriptor"}
        assert {name.split("+")[1].split("-")[0] for name in names} == {"Inter", "Plex"}


def test_every_date_in_the_file_is_the_given_moment_in_utc():
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
    made = printing.render(
        PAGE, title="T", language="en", at=elsewhere, attachments=[printing.Attachment("a.txt", b"a")]
    )
    with pikepdf.open(io.BytesIO(made)) as document:
        info, file = document.docinfo, document.attachments["a.txt"].get_file()
        assert str(info.CreationDate) == str(info.ModDate) == "D:20260506120000Z"
        assert file.creation_date == file.mod_date == NOON.replace(tzinfo=UTC)


def test_a_missing_font_is_an_error_and_not_another_font(settings, tmp_path):
    caches = (printing._require_fonts, printing._assets)
    settings.ASSETS_DIR = tmp_path
    for cached in caches:
        cached.cache_clear()
    try:
        with pytest.raises(printing.AssetsMissing, match="inter-400"):
            typeset()
    finally:
        for cached in caches:
            cached.cache_clear()


def test_places_are_the_elements_corners_in_points():
    place = typeset().places["field-provider-1"]
    assert (place.page, place.left) == (1, 80)  # 24 mm margin, the box's frame and its 4 mm of padding
    assert place.right - place.left == pytest.approx(72.5 / 25.4 * 72, abs=2)
    assert place.top - place.bottom == pytest.approx(20 / 25.4 * 72, abs=2)


@pytest.mark.parametrize(
    "attack",
    [
        '<img src="file:///etc/passwd">',
        '<img src="FILE:///etc/passwd">',
        '<img src="{url}/img">',
        '<link rel="stylesheet" href="{url}/css">',
        "<style>@import url({url}/import);</style>",
        "<style>@import url(file:///etc/passwd);</style>",
        "<style>@font-face{font-family:x;src:url({url}/font)}p{font-family:x}</style>",
        '<link rel="stylesheet" href="data:text/css,@import url({url}/nested);">',
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}/svg"/></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg"><use href="{url}/use.svg#a"/></svg>',
        "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='{url}/inner'/></svg>\">",
        '<link rel="attachment" href="file:///etc/passwd">',
        '<a rel="attachment" href="file:///etc/passwd">x</a>',
        '<object data="{url}/object"></object>',
        '<embed src="{url}/embed">',
        '<p style="background:url(asset:../../manage.py)">x</p>',
        '<img src="asset:print/../../../manage.py">',
        '<img src="//{host}/relative">',
    ],
)
def test_nothing_outside_is_reachable(attack, recorder):
    attack = attack.replace("{url}", recorder.url).replace("{host}", recorder.url.removeprefix("http://"))
    pdf = typeset(PAGE.replace("<h2>Service", attack + "<h2>Service")).pdf
    assert recorder.asked == []
    assert list(verification.attachments(pdf)) == [verification.TERMS]
    with pikepdf.open(io.BytesIO(pdf)) as document:
        streams = [each for each in document.objects if isinstance(each, pikepdf.Stream)]
        assert not any(b"root:x:0" in each.read_bytes() for each in streams)


@pytest.fixture
def recorder():
    """A real web server that notes who asks it for anything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.url = [], f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
