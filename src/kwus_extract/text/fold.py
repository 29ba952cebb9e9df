"""Folding: one spelling for what Arabic writers spell in many ways, with the way back to the raw characters.

The tables follow CAMeL Tools' normalisation (alef forms to ا, ى to ي, ة to ه) and go further: hamza seats, Persian
and Urdu look-alikes, presentation forms, digits, diacritics, tatweel and invisible direction marks.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_LETTERS = {
    **dict.fromkeys("أإآٱٲٳٵ", "ا"),
    **dict.fromkeys("ىیېۍےﻯ", "ي"),
    **dict.fromkeys("ةۀۃھہەۂ", "ه"),
    "ؤ": "و",
    "ئ": "ي",
    **dict.fromkeys("کڪګگ", "ك"),
    "پ": "ب",
    "چ": "ج",
    **dict.fromkeys("ڤڥ", "ف"),
    "ژ": "ز",
    **{chr(0x660 + i): str(i) for i in range(10)},
    **{chr(0x6F0 + i): str(i) for i in range(10)},
    "٪": "%",
    "٫": ".",
    "٬": ",",
}
_INVISIBLE = {
    0x0640,
    0x00AD,
    0x034F,
    0x061C,
    0xFEFF,
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
}


@lru_cache(maxsize=8192)
def fold_char(char: str) -> str:
    """Folded form of one character: empty for marks that carry no letter, several letters for a ligature."""
    if "a" <= char <= "z" or "0" <= char <= "9" or char == " ":
        return char
    if char in _LETTERS:
        return _LETTERS[char]
    code = ord(char)
    if code in _INVISIBLE or (code >= 0x300 and unicodedata.category(char) in ("Mn", "Me")):
        return ""
    if char.isspace():
        return "\n" if char in "\r\n\u2028\u2029" else " "
    plain = unicodedata.normalize("NFKC", char)
    if plain != char:
        return "".join(fold_char(c) for c in plain if c != char)
    lowered = char.lower()
    return lowered if len(lowered) == 1 else char


class _Table(dict[int, str]):
    """``fold_char`` as a table for ``str.translate``, filled as characters turn up."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = fold_char(chr(code))
        return folded


_TABLE = _Table()


def fold(text: str) -> str:
    """Folded form of ``text``; what matchers compare.

    >>> fold("الپنتاغون"), fold("إلى"), fold("العـــام"), fold("٢٤")
    ('البنتاغون', 'الي', 'العام', '24')
    """
    return text.translate(_TABLE)


class FoldedText:
    """A text and its folded form, with the raw offset of every folded character.

    ``offsets[i]`` is the raw index of the character that folded character ``i`` came from (code points).

    >>> f = FoldedText("في مَطلع أيار")
    >>> i = f.text.index("ايار"); f.raw[slice(*f.span(i, i + 4))]
    'أيار'
    """

    __slots__ = ("offsets", "raw", "text")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        chars: list[str] = []
        self.offsets: list[int] = []
        for index, char in enumerate(raw):
            for folded in fold_char(char):
                chars.append(folded)
                self.offsets.append(index)
        self.text = "".join(chars)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Raw half-open span of the folded span ``start:end``; marks that follow its last letter belong to it."""
        if start >= end:
            at = self.offsets[start] if start < len(self.offsets) else len(self.raw)
            return at, at
        stop = self.offsets[end - 1] + 1
        while stop < len(self.raw) and unicodedata.category(self.raw[stop]) in ("Mn", "Me"):
            stop += 1
        return self.offsets[start], stop
