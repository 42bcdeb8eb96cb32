"""Makes roadshows/data/pinyin.txt: which Hanzi are read how, without tones, the two readings met most.

Run from the project's root: .venv/bin/python tools/pinyin.py
The readings are those of pypinyin (MIT), which has them from pinyin-data (MIT). The library itself takes
56 MB in each web worker; this table takes four.
"""

from __future__ import annotations

import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "roadshows" / "data" / "pinyin.txt"
_HEAD = "# Made by tools/pinyin.py out of pypinyin %s (MIT, mozillazg). A syllable, then what is read so.\n"
_FIRST, _LAST = 0x3400, 0x9FFF
_MOST_READINGS = 2


def plain(reading: str) -> str:
    """`lǜ` as people type it: lu, since they mean ü by it as often as by v."""
    apart = unicodedata.normalize("NFD", reading.replace("ü", "u"))
    return "".join(character for character in apart if character.isascii() and character.isalpha())


def main() -> int:
    import pypinyin
    from pypinyin.constants import PINYIN_DICT

    syllables: dict[str, list[str]] = defaultdict(list)
    second: dict[str, list[str]] = defaultdict(list)
    for code, readings in sorted(PINYIN_DICT.items()):
        if not _FIRST <= code <= _LAST:
            continue
        known = list(dict.fromkeys(plain(reading) for reading in readings.split(",")))
        for place, syllable in enumerate([one for one in known if one][:_MOST_READINGS]):
            (second if place else syllables)[syllable].append(chr(code))
    lines = [
        f"{syllable} {''.join(syllables[syllable])} {''.join(second[syllable])}".rstrip()
        for syllable in sorted(syllables.keys() | second.keys())
    ]
    TARGET.write_text(_HEAD % pypinyin.__version__ + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} syllables, {TARGET.stat().st_size // 1024} KB", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
