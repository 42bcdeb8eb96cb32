"""Text that people type: made comparable, and checked for characters that deceive or break things."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Bidirectional overrides and isolates, zero-width and filler characters: invisible, and able to make two
# different names look alike (Unicode TR36). ZWJ and ZWNJ are refused too: Han, Hangul and Latin need neither.
_DECEIVING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")


def deceiving_characters(text: str) -> list[str]:
    """The control, invisible and direction-changing characters in `text`, as U+XXXX, each once."""
    found = dict.fromkeys(_DECEIVING.findall(text) + _CONTROL.findall(text) + _surrogates(text))
    return [f"U+{ord(character):04X}" for character in found]


def _surrogates(text: str) -> list[str]:
    return [character for character in text if 0xD800 <= ord(character) <= 0xDFFF]


def tidy_line(text: str) -> str:
    """NFC, one line, no white space at the ends or doubled inside."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def tidy_text(text: str) -> str:
    """NFC, line ends as \\n, no white space at line ends, at most one empty line in a row."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip()
    return re.sub(r"\n{3,}", "\n\n", text)


def fold(text: str) -> str:
    """The form under which two spellings of an address or word count as the same: NFKC and case-folded."""
    return unicodedata.normalize("NFKC", tidy_line(text)).casefold()


@lru_cache(maxsize=4096)
def skeleton(text: str) -> str:
    """What a name looks like: each Latin look-alike by its Latin letter (Unicode TS39, section 4), then
    `fold`.

    Capitals are looked at for small letters too: Н looks like H, but н like nothing. "Team A",
    "Ｔｅａｍ Ａ" and "Тeam А" with Cyrillic letters share one skeleton; 创新팀A keeps its own.
    """
    shown = _DECEIVING.sub("", unicodedata.normalize("NFKC", tidy_line(text)))
    return fold("".join(_latin_twin(character) for character in shown)).replace(" ", "")


@lru_cache(maxsize=4096)
def _latin_twin(character: str) -> str:
    """The Latin letter that looks like `character` or like its small letter; else the character itself."""
    from confusable_homoglyphs import confusables

    if character.isascii() or not character.isalpha() or _is_east_asian(character):
        return character
    for shape in (character.upper(), character):
        if len(shape) != 1:
            continue
        twins = [
            str(twin["c"])
            for found in confusables.is_confusable(shape, preferred_aliases=["latin"]) or []
            for twin in found["homoglyphs"]
            if len(twin["c"]) == 1 and twin["c"].isascii() and twin["c"].isalpha()
        ]
        if twins:
            return "I" if shape.isupper() and twins[0] == "l" else twins[0]
    return character


def _is_east_asian(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def lang_of(text: str) -> str:
    """The BCP 47 tag under which a name gets the letter shapes of its own script."""
    if re.search("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]", text):
        return "ko"
    return "zh-Hans" if any(_is_east_asian(character) for character in text) else "en"


def shorten(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis, never between a letter and its combining mark."""
    if len(text) <= length:
        return text
    end = length - 1
    while end > 0 and unicodedata.combining(text[end]):
        end -= 1
    return text[:end].rstrip() + "…"


def one_line(text: str) -> str:
    """Safe inside a mail or HTTP header: no line breaks, no control characters."""
    return _CONTROL.sub("", " ".join(text.split()))
