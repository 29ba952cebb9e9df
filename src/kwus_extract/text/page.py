"""What can be told of one line of a page: boilerplate, dateline, placeholders, foreign connectives.

The phrases stand in ``zones.yaml`` and are compared folded; this module checks that file and compiles it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from kwus_extract.errors import RuleError
from kwus_extract.resources import load
from kwus_extract.text.fold import FoldedText, fold

FINAL = ".!؟?…"
"""Signs that end a sentence."""

_SEPARATOR = r"[-–—―:/|،,]+"
_ARABIC = r"[\u0620-\u064a\u0671-\u06d3\ufb50-\ufdfb\ufe70-\ufefc]"
_WORD = re.compile(r"[^\W_]+")
_LATIN = re.compile("[A-Za-z]")
_LONGEST = 600  # characters: no line of 40 words, the most that a rule allows, is longer
_DATELINE_MOST = 160  # characters
_DATELINE_SIGN = re.compile(r"[-–—―:(«\"]|\d{4}")
_BRACKETS = re.compile(
    r"\[(?P<square>[^\[\]\n]{0,120})\]|\{\{(?P<double>[^{}\n]{0,120})\}\}|\{(?P<curly>[^{}\n]{1,120})\}"
)
_BLANK = re.compile(r"[\s_./x–-]*(?:_{2,}|xx+)[\s_./x–-]*")


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Rule(_Data):
    id: str
    starts: list[str] = []
    leads: list[str] = []
    whole: list[str] = []
    ends: list[str] = []
    contains: list[str] = []
    words_of: list[str] = []
    least_words: int = 2
    max_words: int
    digits: bool = False
    follows: Literal["line", "links", "footer"] = "line"
    examples: list[str]
    counter_examples: list[str]


class _Placeholders(_Data):
    fill: list[str]
    fields: list[str]
    of: list[str]
    alone: list[str]
    dates: list[str]
    examples: list[str]
    counter_examples: list[str]


class _Datelines(_Data):
    agencies: list[str]
    months: list[str]
    places: list[str]
    examples: list[str]
    counter_examples: list[str]


class PageData(_Data):
    """The contents of ``zones.yaml``."""

    boilerplate: list[_Rule]
    connectives: list[str]
    placeholders: _Placeholders
    datelines: _Datelines
    continuing: list[str]
    openings: list[str]


class Placeholder(NamedTuple):
    """A bracket to be filled in, by its range in the line, and whether it stands for a date."""

    start: int
    end: int
    date: bool


def words_of(text: str) -> list[str]:
    """Folded words of ``text``, digits and letters only.

    >>> words_of("الرياض – «الحياة» (أ.ف.ب)")
    ['الرياض', 'الحياه', 'ا', 'ف', 'ب']
    """
    return _WORD.findall(fold(text))


def _phrase(text: str) -> str:
    """A regex for the words of ``text`` with anything but letters between them; a final colon must stand."""
    return r"[\W_]+".join(map(re.escape, words_of(text))) + (r"\s*:" if text.endswith(":") else r"(?![^\W_])")


def _any(phrases: Iterable[str], name: str = "") -> str:
    """A regex for any of the phrases, longest first; a phrase that stands twice is an error."""
    seen: dict[str, str] = {}
    for text in phrases:
        regex = _phrase(text)
        if regex in seen and name:
            raise RuleError(f"zones.yaml: {name}: {text} stands twice")
        seen[regex] = text
    return "(?:" + "|".join(sorted(seen, key=len, reverse=True)) + ")"


def _line_pattern(rule: _Rule) -> re.Pattern[str] | None:
    forms = []
    if rule.starts:
        forms.append(rf"[\W_]*{_any(rule.starts, rule.id)}.*")
    if rule.leads:
        forms.append(rf"[\W_]*{_any(rule.leads, rule.id)}(?:[\W_]*|\s*[:|«»\-–—…].*)")
    if rule.whole:
        forms.append(rf"[\W_\d]*{_any(rule.whole, rule.id)}[\W_\d]*")
    if rule.ends:
        forms.append(rf".*(?<![^\W_]){_any(rule.ends, rule.id)}[\W_]*")
    if rule.contains:
        forms.append(rf".*(?<![^\W_]){_any(rule.contains, rule.id)}.*")
    return re.compile("|".join(forms)) if forms else None


class Page:
    """The rules of ``zones.yaml``, ready to read lines with.

    >>> page = Page.load()
    >>> page.boilerplate("لن يتم نشر عنوان بريدك الإلكتروني."), page.boilerplate("أعلن الوزير عنوان المؤتمر.")
    ('footer', None)
    """

    def __init__(self, data: PageData) -> None:
        self.data = data
        ids = [rule.id for rule in data.boilerplate]
        if len(ids) != len(set(ids)):
            raise RuleError("zones.yaml: two boilerplate rules have the same id")
        self._rules = [(rule, _line_pattern(rule), frozenset(map(fold, rule.words_of))) for rule in data.boilerplate]
        self.continuing = frozenset(map(fold, data.continuing))
        self.openings = frozenset(map(fold, data.openings))
        connectives = "|".join(sorted(map(re.escape, data.connectives), key=len, reverse=True))
        self._connective = re.compile(
            rf"(?<![A-Za-z])(?:{connectives})(?:\s*[,،]|(?<=^However))(?=\s*[\"«“]?\s*{_ARABIC})", re.IGNORECASE
        )
        held = data.placeholders
        self._fill = re.compile(rf"(?:^|(?<![^\W_])(?=[^\W_]+[\W_]+[^\W_])){_any(held.fill, 'fill')}")
        self._fields, self._of = (frozenset(map(fold, words)) for words in (held.fields, held.of))
        self._alone, self._dates = (frozenset(map(fold, words)) for words in (held.alone, held.dates))
        self._datelines = self._dateline_patterns(data.datelines)

    @classmethod
    @cache
    def load(cls) -> Page:
        """The rules of the package, read once. Raises RuleError where ``zones.yaml`` is not in order."""
        return cls(load("kwus_extract.text", "zones.yaml", PageData))

    def boilerplate(self, line: str) -> Literal["line", "links", "footer"] | None:
        """Whether a line is not the article's, and what goes with it; None for a line of the article."""
        if len(line) > _LONGEST and re.search(_ARABIC, line):
            return None
        folded = fold(line)
        words = _WORD.findall(folded)
        if not words:
            return "line" if folded.strip() else None
        if len(words) > 1 and not re.search(_ARABIC, folded):
            return "line"  # a template in another language
        for rule, pattern, vocabulary in self._rules:
            if len(words) > rule.max_words or (rule.digits and not any(word.isdigit() for word in words)):
                continue
            if pattern and pattern.fullmatch(folded.strip()):
                return rule.follows
            if vocabulary and len(words) >= rule.least_words and vocabulary.issuperset(words):
                return rule.follows
        return None

    def placeholders(self, line: str) -> Iterator[Placeholder]:
        """Brackets in ``line`` that something was to be filled into.

        >>> list(Page.load().placeholders("جرت في [تاريخ الزيارة – يجب إضافته] وعمل [الجانبان] معا"))
        [Placeholder(start=7, end=35, date=True)]
        """
        for match in _BRACKETS.finditer(line) if "[" in line or "{" in line else ():
            inner = fold(match["square"] or match["double"] or match["curly"] or "").strip()
            words = _WORD.findall(inner)
            if match["double"] is None and not self._to_fill(inner, words):
                continue
            yield Placeholder(*match.span(), date="/" in inner or any(word in self._dates for word in words))

    def _to_fill(self, inner: str, words: list[str]) -> bool:
        if _BLANK.fullmatch(inner) or inner in self._alone:
            return True
        if not words:
            return False
        second = words[1].removeprefix("ال") if len(words) > 1 else ""
        return bool(self._fill.search(inner)) or (words[0] in self._fields and second in self._of)

    def connectives(self, line: str) -> Iterator[tuple[int, int]]:
        """Ranges of English connectives with their comma, before Arabic text."""
        return (match.span() for match in self._connective.finditer(line)) if _LATIN.search(line) else iter(())

    def dateline(self, line: str) -> int:
        """Where the dateline at the beginning of ``line`` ends; 0 if there is none.

        >>> line = "دبي – العربية.نت: أعلنت"; line[: Page.load().dateline(line)]
        'دبي – العربية.نت:'
        """
        if not _DATELINE_SIGN.search(line, 0, _DATELINE_MOST):
            return 0
        folded = FoldedText(line[:_DATELINE_MOST])
        best = max((match.end() for pattern in self._datelines if (match := pattern.match(folded.text))), default=0)
        return folded.span(0, len(folded.text[:best].rstrip()))[1] if best else 0

    def is_credit(self, line: str) -> bool:
        """Whether ``line`` is nothing but the names of agencies."""
        return len(line) <= _LONGEST and bool(self._credit.fullmatch(fold(line)))

    def _dateline_patterns(self, data: _Datelines) -> list[re.Pattern[str]]:
        agency = rf"[\"«“(]*{_any(data.agencies)}[\"»”)]*"
        agencies = rf"{agency}(?:\s*[/،,-]\s*{agency})?"
        place = rf"{_any(data.places, 'places')}"
        places = rf"{place}(?:\s*[،,]\s*{place})?"
        part = rf"(?:\d{{1,4}}|{_any(data.months, 'months')})[\s/،,.\-–]*"
        date = rf"(?=[\D]{{0,20}}\d)(?:{part}){{1,14}}"
        sep, end = rf"\s*{_SEPARATOR}", r"\s*$"
        name = r"[^\W\d_]+(?:\s+[^\W\d_]+){1,3}"
        self._credit = re.compile(rf"[\W_]*{agencies}[\W_]*")
        head = rf"{places}(?:{sep}\s*)?\s*(?:{date})?(?:{sep}\s*)?"
        forms = [
            rf"(?:{head})?\s*\(\s*{_any(data.agencies)}[^()]{{0,20}}\)(?:{sep}[-–—]*|{end})",
            rf"{head}\(\s*{_any(data.agencies)}[^()]{{0,20}}\)",
            rf"{places}\s*(?:{_SEPARATOR})?\s*[\"«“(]+{_any(data.agencies)}[\"»”)]+(?:{sep}|{end})?",
            rf"{places}{sep}\s*{agencies}(?:{sep}|{end})",
            rf"{agencies}{sep}\s*{places}(?:{sep}|{end})",
            rf"{places}(?:{sep})?\s*{date}(?:{agencies})?(?:{sep}|{end})",
            rf"{place}\s*:(?!\w)",
            rf"{places}{sep}\s*{name}{end}",
            rf"{name}{sep}\s*{places}{end}",
            rf"{name}{sep}\s*{agencies}{end}",
            rf"{name}\s*[–-]\s*{name}\s*:\s*{agencies}{end}",
        ]
        return [re.compile(rf"\s*{form}") for form in forms]
