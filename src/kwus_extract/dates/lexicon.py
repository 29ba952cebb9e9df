"""The words of the dates stage: read from ``words.yaml`` and CLDR, checked, and laid out for one look-up a word.

A lexeme has a *kind*, the name by which the patterns speak of it (``MONTH``, ``WDAY``, ``FROM``), and a value (the
number of the month, the offset of ``أمس``). Proclitics are expanded here, so that ``وبيناير`` costs the scanner no more
than ``يناير``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

from babel import Locale
from pydantic import BaseModel, ConfigDict

from kwus_extract.errors import RuleError
from kwus_extract.resources import load
from kwus_extract.text.fold import fold

Unit = Literal["day", "week", "month", "year"]
Value = int | Unit | tuple[int, Unit] | None
Prefix = tuple[tuple[str, int], ...]
"""Proclitics before a word: the kind of sign that each stands for, and its length in letters."""


class Lexeme(NamedTuple):
    """What a word or phrase is to the patterns; ``exact`` is the raw spelling it needs to count as ``kind``."""

    kind: str
    value: Value = None
    exact: str | None = None


class Entry(NamedTuple):
    """One way to read a word: its proclitics, the words that must follow it, and what all of it is."""

    prefix: Prefix
    rest: tuple[str, ...]
    lexeme: Lexeme


class _Ordinals(BaseModel):
    model_config = ConfigDict(extra="forbid")

    units: list[str]
    first: list[str]
    ten: list[str]
    twenty: list[str]
    thirty: list[str]

    def phrases(self) -> Iterator[tuple[int, str]]:
        """Every ordinal from 1 to 31 in all its writings (``الرابع والعشرين``)."""
        units = dict(enumerate(self.units, 1))
        yield from units.items()
        for tens, words in ((10, self.ten), (20, self.twenty), (30, self.thirty)):
            for word in words:
                glue = " " if tens == 10 else " و"
                if tens > 10:
                    yield tens, word
                for one in self.first:
                    yield tens + 1, f"{one}{glue}{word}"
                if tens < 30:
                    yield from ((tens + n, f"{unit}{glue}{word}") for n, unit in units.items() if 1 < n < 10)


class Words(BaseModel):
    """The shape of ``words.yaml``; an unknown key or a word that stands twice is an error."""

    model_config = ConfigDict(extra="forbid")

    locales: list[str]
    months: dict[int, list[str]]
    soft: list[str]
    numbered: list[str]
    dated: list[str]
    exact: list[str]
    hijri: dict[int, list[str]]
    weekdays: dict[int, list[str]]
    days: dict[int, list[str]]
    steps: dict[int, list[str]]
    seasons: dict[int, list[str]]
    decades: dict[int, list[str]]
    ordinals: _Ordinals
    cardinals: dict[int, list[str]]
    opening: dict[int, list[str]]
    plurals: dict[Unit, list[str]]
    duals: dict[Unit, list[str]]
    signs: dict[str, list[str]]

    def phrases(self) -> Iterator[tuple[str, Lexeme]]:
        """Every phrase as written in the data, with its lexeme."""
        cldr = [Locale.parse(code) for code in self.locales]
        firmness = {
            word: mark for mark in "SND" for word in getattr(self, {"S": "soft", "N": "numbered", "D": "dated"}[mark])
        }

        def month(kind: str, number: int, word: str) -> tuple[str, Lexeme]:
            return word, Lexeme(firmness.get(word, "") + kind, number, word if word in self.exact else None)

        for number, words in self.months.items():
            for word in {*words, *(locale.months["format"]["wide"][number] for locale in cldr)}:
                yield month("MONTH", number, word)
        for number, words in self.hijri.items():
            yield from (month("HMONTH", number, word) for word in words)
        for number, words in self.weekdays.items():
            names = {*words, *(locale.days["format"]["wide"][number] for locale in cldr)}
            yield from ((word, Lexeme("WDAY", number)) for word in names)
        for number, word in self.ordinals.phrases():
            yield word, Lexeme("ORD", number)
        for number, words in self.cardinals.items():
            yield from ((word, Lexeme("CARD", number)) for word in words)
            if 3 <= number <= 9:
                yield from (
                    (f"{word} {ten}", Lexeme("CARD", number + 10)) for word in words for ten in self.cardinals[10]
                )
        tables = {"RELDAY": self.days, "ADJ": self.steps, "SEASON": self.seasons, "DECADE": self.decades}
        for kind, table in (tables | {"OPENING": self.opening}).items():
            yield from ((word, Lexeme(kind, value)) for value, words in table.items() for word in words)
        for unit, words in self.plurals.items():
            yield from ((word, Lexeme("UNIT", unit)) for word in words)
        for unit, words in self.duals.items():
            yield from ((word, Lexeme("DUR", (2, unit))) for word in words)
        for kind, words in self.signs.items():
            yield from ((word, Lexeme(kind)) for word in words)


_ALONE = {
    "YSUF",
    "HSUF",
    "BC",
    "AND",
    "AL",
    "SLASH",
    "DASH",
    "OPEN",
    "CLOSE",
    "QUOTE",
    "COMMA",
    "AGE",
    "ONWARDS",
    "CORR",
}
"""Kinds that take no proclitics."""

_CONJUNCTIONS_ONLY = {"FROM", "TO", "BETWEEN", "OR", "IN", "DURING", "BEFORE", "AFTER", "SAME", "EVERY"}


def _written_on(word: str, kind: str) -> Iterator[tuple[Prefix, str]]:
    """The forms of ``word`` with proclitics, as (signs, written form)."""
    yield (), word
    if kind in _ALONE:
        return
    for letter, sign in (("و", "AND"), ("ف", "OTHER")):
        yield ((sign, 1),), letter + word
    if kind in _CONJUNCTIONS_ONLY:
        return
    for outer, signs in (("", ()), ("و", (("AND", 1),)), ("ف", (("OTHER", 1),))):
        yield (*signs, ("IN", 1)), f"{outer}ب{word}"
        yield (*signs, ("IN", 1)), f"{outer}ل{word.removeprefix('ا')}" if word.startswith("ال") else f"{outer}ل{word}"


@cache
def lexicon() -> dict[str, tuple[Entry, ...]]:
    """Readings of each folded word, those with most words first.

    >>> lexicon()["وبيناير"][0]
    Entry(prefix=(('AND', 1), ('IN', 1)), rest=(), lexeme=Lexeme(kind='MONTH', value=1, exact=None))
    """
    seen: dict[str, Lexeme] = {}
    for phrase, lexeme in load("kwus_extract.dates", "words.yaml", Words).phrases():
        folded = fold(phrase)
        if folded in seen and seen[folded] != lexeme:
            raise RuleError(f"words.yaml: {phrase!r} stands as {seen[folded].kind} and as {lexeme.kind}")
        seen[folded] = lexeme
    out: dict[str, list[Entry]] = {}
    for phrase, lexeme in seen.items():
        first, *rest = phrase.split()
        for prefix, form in _written_on(first, lexeme.kind):
            out.setdefault(form, []).append(Entry(prefix, tuple(rest), lexeme))
    # The longest phrase wins, then the reading with fewest proclitics.
    return {form: tuple(sorted(entries, key=lambda e: (-len(e.rest), len(e.prefix)))) for form, entries in out.items()}
