"""From folded text to date words: every word once, looked up once.

The scanner cuts the text into pieces (numbers, words, marks), gives each the kind that the lexicon knows it by, and
leaves a sequence over which the patterns run. What means nothing to dates is ``OTHER``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kwus_extract.dates.expression import Expression
from kwus_extract.dates.lexicon import Entry, Value, lexicon
from kwus_extract.text.fold import FoldedText

GREGORIAN_YEARS = range(1500, 2200)
HIJRI_YEARS = range(1300, 1500)

_PIECE = re.compile(
    r"(?P<ymd>(?<![\w/.-])\d{4}[ ]?([-/.–])[ ]?\d{1,2}[ ]?\2[ ]?\d{1,2}(?![\d/]|[-.]\d))"
    r"|(?P<dmy>(?<![\w/.-])\d{1,2}[ ]?([-/.–])[ ]?\d{1,2}[ ]?\4[ ]?(?:\d{4}|\d\d)(?![\d/]|[-.]\d))"
    r"|(?P<clock>\d{1,2}:\d\d(?::\d\d)?)"
    r"|(?P<code>[a-z]+[-–]?\d\w*|\d+[a-z]\w*|[a-z]+(?:-[a-z]+){0,3}-\d+\w*)"
    r"|(?P<decimal>\d+(?:[.,]\d+)+|\d+%)"
    r"|(?P<digits>\d+)"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<line>\n)"
    r"|(?P<run>(?P<sign>[^\w\s])(?P=sign){7,})"  # a rule or dots: one piece, however long
    r"|(?P<mark>[^\w\s]|_)"
)
_DIGITS = re.compile(r"\d+")


class Token(NamedTuple):
    """A piece of the folded text ``start:end`` with its kind and value; reductions put several into one."""

    kind: str
    start: int
    end: int
    value: Value | Expression = None


class Scan(NamedTuple):
    """The pieces of a text as (folded word, start, end), and the date words among them."""

    pieces: list[tuple[str, int, int]]
    tokens: list[Token]


def _number(text: str, start: int, end: int) -> Token:
    value = int(text) if len(text) <= 4 else -1
    if len(text) <= 2 and 1 <= value <= 31:
        return Token("DAY", start, end, value)
    if len(text) == 4 and value in GREGORIAN_YEARS:
        return Token("YEAR", start, end, value)
    if len(text) == 4 and value in HIJRI_YEARS:
        return Token("HYEAR", start, end, value)
    return Token("NUM", start, end, value)


def _numeric(text: str, start: int, end: int, year_first: bool) -> Token:
    """A date in digits; the day stands before the month unless only the other reading is possible."""
    first, second, third = (int(part) for part in _DIGITS.findall(text))
    year, month, day = (first, second, third) if year_first else (third, second, first)
    kind = "NUMDATE"
    if year < 100:
        # Two digits are a year only where the context says that it is a date.
        year, kind = (2000 if year < 50 else 1900) + year, "SHORTDATE"
    calendar: str = "hijri" if year in HIJRI_YEARS else "gregorian"
    if month > 12 >= day:
        month, day = day, month
    if not (1 <= month <= 12 and 1 <= day <= 31 and (calendar == "hijri" or year in GREGORIAN_YEARS)):
        return Token("OTHER", start, end)
    return Token(kind, start, end, Expression(calendar, year, month, day))  # type: ignore[arg-type]


def _reading(entries: tuple[Entry, ...], pieces: list[tuple[str, int, int]], index: int) -> Entry | None:
    """The first of the entries whose further words follow the piece at ``index``."""
    for entry in entries:
        rest = entry.rest
        if not rest or tuple([piece[0] for piece in pieces[index + 1 : index + 1 + len(rest)]]) == rest:
            return entry
    return None


def _words(text: FoldedText, pieces: list[tuple[str, int, int]], groups: list[str]) -> Iterator[Token]:
    words = lexicon()
    index = 0
    while index < len(pieces):
        piece, start, end = pieces[index]
        group = groups[index]
        index += 1
        if group == "digits":
            yield _number(piece, start, end)
        elif group in ("ymd", "dmy"):
            yield _numeric(piece, start, end, group == "ymd")
        elif group == "line":
            yield Token("LINE", start, end)
        else:
            entries = words.get(piece) if group in ("word", "mark") else None
            entry = _reading(entries, pieces, index - 1) if entries else None
            if entry is None:
                yield Token("OTHER", start, end)
                continue
            for sign, length in entry.prefix:
                yield Token(sign, start, start + length)
                start += length
            index += len(entry.rest)
            end = pieces[index - 1][2]
            kind, value, exact = entry.lexeme
            if exact is not None and not text.raw.startswith(exact, text.offsets[start]):
                kind = "N" + kind.removeprefix("S")
            yield Token(kind, start, end, value)


def scan(text: FoldedText) -> Scan:
    """Pieces and date words of a folded text, in time linear in its length.

    >>> [token.kind for token in scan(FoldedText("وزار الكويت أمس الجمعة 12 يناير")).tokens]
    ['OTHER', 'OTHER', 'RELDAY', 'WDAY', 'DAY', 'MONTH']
    """
    pieces: list[tuple[str, int, int]] = []
    groups: list[str] = []
    for match in _PIECE.finditer(text.text):
        pieces.append((match.group(), match.start(), match.end()))
        groups.append(match.lastgroup or "mark")
    return Scan(pieces, list(_words(text, pieces, groups)))
