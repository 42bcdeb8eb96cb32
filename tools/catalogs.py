"""Keeps the three message catalogs complete: `update`, `missing`, `fill FILE.json`, `check`.

Run from the project's root: .venv/bin/python tools/catalogs.py COMMAND
FILE.json maps a message to its translations: {"msgid": {"zh": "…", "ko": "…", "plural": "…"}}.
"""

from __future__ import annotations

import fcntl
import io
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"zh": "zh_Hans", "ko": "ko", "en": "en"}
SOURCES = ("accounts", "certificates", "competition", "core", "judging", "live", "roadshows", "templates")
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "_n": (1, 2),
    "lazy_ngettext": (1, 2),
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


def extract() -> Catalog:
    """All messages of code and templates."""
    found = Catalog(project="Jiachi", charset="utf-8", fuzzy=False)
    for source in SOURCES:
        if not (ROOT / source).is_dir():
            continue
        for file, line, message, comments, context in extract_from_dir(
            str(ROOT / source),
            method_map=[("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")],
            options_map={
                "**.html": {"trimmed": "true", "silent": "false"},
                "**.txt": {"trimmed": "true", "silent": "false"},
            },
            keywords=KEYWORDS,
        ):
            found.add(message, None, [(f"{source}/{file}", line)], auto_comments=comments, context=context)
    return found


def catalog_path(lang: str) -> Path:
    return ROOT / "translations" / FOLDERS[lang] / "LC_MESSAGES" / "messages.po"


def load(lang: str) -> Catalog:
    path = catalog_path(lang)
    if path.exists():
        with path.open("rb") as file:
            return read_po(file, locale=FOLDERS[lang])
    return Catalog(locale=FOLDERS[lang], project="Jiachi", charset="utf-8", fuzzy=False)


def merged(lang: str, template: Catalog) -> Catalog:
    """The catalog with exactly the template's messages, in a stable order, nothing guessed."""
    known = load(lang)
    fresh = Catalog(locale=FOLDERS[lang], project="Jiachi", charset="utf-8", fuzzy=False)
    for message in sorted((m for m in template if m.id), key=lambda m: str(m.id)):
        old = known.get(message.id if isinstance(message.id, str) else message.id[0])
        places = sorted({(file, None) for file, _line in message.locations}, key=lambda place: place[0])
        plural = isinstance(message.id, list | tuple)
        if lang == "en":
            string = tuple(message.id) if plural else message.id
        else:
            string = old.string if old and old.string else ""
            if plural:
                string = string if isinstance(string, list | tuple) else (string,)
            elif isinstance(string, list | tuple):
                string = string[0]
        fresh.add(message.id, string, places)
    return fresh


def render(catalog: Catalog) -> tuple[bytes, bytes]:
    """The .po and .mo bytes, the same for the same messages."""
    catalog.creation_date = catalog.revision_date = None  # type: ignore[assignment]
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalog, width=110, omit_header=False, sort_output=False, ignore_obsolete=True)
    text = re.sub(
        rb'"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator)[^\n]*\n', b"", po.getvalue()
    )
    compiled = read_po(io.BytesIO(text), locale=str(catalog.locale))
    compiled.creation_date = compiled.revision_date = (
        _NO_DATE  # else the clock's, and other bytes each minute
    )
    write_mo(mo, compiled)
    return text, mo.getvalue()


def write(lang: str, catalog: Catalog) -> None:
    path = catalog_path(lang)
    path.parent.mkdir(parents=True, exist_ok=True)
    for target, data in zip((path, path.with_suffix(".mo")), render(catalog), strict=True):
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
            temporary.write(data)
        Path(temporary.name).chmod(0o644)
        Path(temporary.name).replace(target)


def untranslated(catalog: Catalog) -> Iterator[str]:
    for message in catalog:
        if message.id and not (
            all(message.string) if isinstance(message.string, tuple | list) else message.string
        ):
            yield message.id if isinstance(message.id, str) else message.id[0]


@contextmanager
def locked() -> Iterator[None]:
    with (ROOT / "translations" / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def update() -> None:
    template = extract()
    for lang in FOLDERS:
        write(lang, merged(lang, template))


def missing() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    template = extract()
    for lang in ("zh", "ko"):
        for msgid in untranslated(merged(lang, template)):
            found.setdefault(msgid, []).append(lang)
    return found


def fill(file: Path) -> list[str]:
    """Put translations in; returns complaints (unknown messages, placeholders that differ)."""
    texts = json.loads(file.read_text(encoding="utf-8"))
    template = extract()
    complaints = []
    for lang in FOLDERS:
        catalog = merged(lang, template)
        for msgid, entry in texts.items():
            message = catalog.get(msgid)
            if message is None:
                complaints.append(f"not in the code: {msgid!r}")
                continue
            if lang == "en" or not entry.get(lang):
                continue
            if set(_PLACEHOLDER.findall(msgid)) != set(_PLACEHOLDER.findall(entry[lang])) and not entry.get(
                "plural"
            ):
                complaints.append(f"{lang}: placeholders differ: {msgid!r}")
                continue
            message.string = (entry[lang],) if isinstance(message.id, list | tuple) else entry[lang]
        write(lang, catalog)
    return sorted(set(complaints))


def check() -> list[str]:
    """What keeps the catalogs from being complete and compiled; empty when all is well."""
    template = extract()
    complaints = []
    for lang in FOLDERS:
        catalog = merged(lang, template)
        complaints += [f"{lang}: untranslated: {msgid!r}" for msgid in untranslated(catalog)]
        po, mo = render(catalog)
        path = catalog_path(lang)
        if not path.exists() or path.read_bytes() != po:
            complaints.append(f"{lang}: messages.po is not up to date")
        elif path.with_suffix(".mo").read_bytes() != mo:
            complaints.append(f"{lang}: messages.mo is not compiled from messages.po")
    return complaints


def main(arguments: list[str]) -> int:
    match arguments:
        case ["update"]:
            with locked():
                update()
            return 0
        case ["missing"]:
            print(json.dumps(missing(), ensure_ascii=False, indent=1))
            return 0
        case ["fill", file]:
            with locked():
                complaints = fill(Path(file))
        case ["check"]:
            complaints = check()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    print("\n".join(complaints) or "all well", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
