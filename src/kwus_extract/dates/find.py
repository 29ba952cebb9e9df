"""Every date of an article with one value each, and the reason beside it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from kwus_extract.dates.anchor import find_anchor
from kwus_extract.dates.expression import Calendar, Expression
from kwus_extract.dates.grammar import parse
from kwus_extract.dates.resolve import Anchor, Basis, Context, Resolved, Resolver
from kwus_extract.dates.scan import Token, scan
from kwus_extract.dates.tense import Direction, direction
from kwus_extract.text.fold import FoldedText

_TATWEEL = "ـ"
_DAYS = {"day": 1, "week": 7}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

AnchorBasis = Literal["given", "dateline", "document", "none"]


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A date expression: the characters ``start:end`` of the raw text, and what they mean.

    ``value`` is EDTF level 1, or None where nothing can be known (a week without an anchor). ``basis`` is ``explicit``
    when the words alone say it, ``published`` or ``document`` when it was counted from the date given or from one the
    text states, ``unresolved`` when parts of it stay open (``XXXX-11-24``). ``recurring`` marks a day of every year.
    """

    start: int
    end: int
    value: str | None
    calendar: Calendar
    basis: Basis
    recurring: bool = False


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of days or weeks, which is no date: the characters ``start:end`` of the raw text, and how many days."""

    start: int
    end: int
    days: int


@dataclass(frozen=True, slots=True)
class DateWarning:
    """Something odd about the dates: a ``code``, a message for people, and where in the raw text."""

    code: Literal["calendar-mismatch", "weekday-mismatch"]
    message: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DateResult:
    """The dates and durations of one text in order, the warnings, and the day that they were counted from."""

    spans: tuple[DateSpan, ...]
    durations: tuple[Duration, ...]
    warnings: tuple[DateWarning, ...]
    anchor: str | None
    anchor_basis: AnchorBasis


@dataclass(slots=True)
class _Mention:
    token: Token
    expression: Expression
    direction: Direction | None
    since: _Mention | None = None  # what it is the end of, when it stands behind حتى in the same sentence
    resolved: Resolved | None = None


def _needs_direction(expression: Expression) -> bool:
    """Whether the tense of the clause can change the value."""
    if expression.end is not None:
        return _needs_direction(expression.end) or _needs_direction(replace(expression, end=None))
    if expression.ago is not None:
        return expression.ago[0] > 0
    if expression.step is not None or expression.has_year or expression.recurring or expression.month_step is not None:
        return False
    if expression.month is not None or expression.months is not None:
        return True
    return expression.weekday is not None and expression.day_step is None and expression.week_step is None


def _is_weekday(said: Expression) -> bool:
    """Whether it is a weekday and nothing more."""
    return said != Expression() and said == Expression(weekday=said.weekday)


def _resolve(mentions: list[_Mention], anchor: Anchor) -> None:
    """Give each mention its value, in the order of the text; what a year-less mention may refer back to is kept."""
    named: tuple[int | None, int | None, int | None] = (None, None, None)
    weekdays: dict[int, Resolved] = {}
    undecided = []
    for mention in mentions:
        said = mention.expression
        way, firm = mention.direction or (-1, False)
        context = Context(anchor, way, firm, named)
        mention.resolved = Resolver(context).resolve(said)
        start = (mention.since and mention.since.resolved and mention.since.resolved.value) or ""
        if way > 0 and _is_weekday(said) and _DAY.fullmatch(start) and start > (mention.resolved.value or ""):
            # تبدأ الأربعاء وتستمر حتى الثلاثاء: the first after the start, not after today
            mention.resolved = Resolver(replace(context, anchor=Anchor.parse(start, anchor.basis))).resolve(said)
        value = mention.resolved.value
        names_month = said.has_year or said.month is not None or said.month_step is not None or said.same_day
        # The day of a weekday too, where no month has been named: الأحد المقبل … حتى 23 من الشهر نفسه.
        tells = names_month or named == (None, None, None)
        if tells and not said.recurring and value is not None and value[:4].isdigit():
            month, day = value[5:7] if value[4:5] == "-" else "", value[8:10] if value[7:8] == "-" else ""
            named = (int(value[:4]), int(month) if month.isdigit() else None, int(day) if day.isdigit() else None)
        if _is_weekday(said) and said.weekday is not None:
            if mention.direction is None:
                undecided.append(mention)
            else:
                weekdays.setdefault(said.weekday, mention.resolved)
    # A weekday in a heading without a verb is the one that the text tells of.
    for mention in undecided:
        if (weekday := mention.expression.weekday) in weekdays:
            mention.resolved = weekdays[weekday]


def find_dates(text: str, *, published: str | None = None, skip: Iterable[tuple[int, int]] = ()) -> DateResult:
    """The dates of ``text``, each with its value and basis, in time linear in the length of the text.

    ``published`` is the article's own day (ISO date or date-time, or a month or year as far as known); without it the
    text's dateline, or a full date that plainly dates the article, takes its place. ``skip`` are raw ranges in which
    nothing is a date. Raises ValueError when ``published`` is not a date.

    >>> result = find_dates("وصل الوزير أمس الأحد ويغادر في 26 نوفمبر", published="2020-11-23")
    >>> [(span.value, span.basis) for span in result.spans]
    [('2020-11-22', 'published'), ('2020-11-26', 'published')]
    >>> [(span.value, span.basis) for span in find_dates("وصل الوزير في 24 تشرين الثاني/نوفمبر").spans]
    [('XXXX-11-24', 'unresolved')]
    """
    folded = FoldedText(text)
    pieces, tokens = scan(folded)
    hidden = sorted(skip)
    if hidden:
        tokens = [t._replace(kind="LINE") if _inside(folded.offsets[t.start], hidden) else t for t in tokens]
    tokens = parse(tokens)
    anchor, anchor_basis = _anchor(tokens, published)
    starts = [piece[1] for piece in pieces]
    mentions: list[_Mention] = []
    until = False
    for before, token in pairwise([Token("LINE", 0, 0), *tokens]):
        until = before.kind == "TO" or (until and before.kind == "TOD")  # حتى مساء الأحد
        if token.kind == "DATE" and isinstance(token.value, Expression):
            way = None
            if _needs_direction(token.value):
                way = direction(pieces, bisect_left(starts, token.start), bisect_left(starts, token.end))
            if token.value.ago is None or token.value.ago[0] < 0 or way == (1, True):
                last = mentions[-1] if mentions else None
                same = until and last and "." not in folded.text[last.token.end : token.start]
                mentions.append(_Mention(token, token.value, way, last if same else None))
    _resolve(mentions, anchor)
    spans, warnings = [], []
    for mention in mentions:
        resolved, said = mention.resolved, mention.expression
        if resolved is None or (resolved.value is None and said.week_step is None):
            continue
        start, end = folded.span(mention.token.start, mention.token.end)
        while text.startswith(_TATWEEL, end):  # هـ is written with a stroke that folding takes away
            end += 1
        spans.append(DateSpan(start, end, resolved.value, said.calendar, resolved.basis, said.recurring))
        if resolved.warning:
            code, message = resolved.warning
            warnings.append(DateWarning(code, message, start, end))  # type: ignore[arg-type]
    return DateResult(tuple(spans), tuple(_durations(tokens, folded)), tuple(warnings), anchor.value, anchor_basis)


def _durations(tokens: Iterable[Token], folded: FoldedText) -> Iterator[Duration]:
    for token in tokens:
        match token:
            case Token(kind="DUR", value=(int(count), "day" | "week" as unit)):
                days = count * _DAYS[unit]
            case Token(kind="UNIT", value="day" | "week" as unit):
                days = _DAYS[unit]
            case Token(kind="WEEKW"):
                days = _DAYS["week"]
            case _:
                continue
        yield Duration(*folded.span(token.start, token.end), days)


def _inside(offset: int, ranges: list[tuple[int, int]]) -> bool:
    index = bisect_left(ranges, (offset + 1,)) - 1
    return index >= 0 and ranges[index][0] <= offset < ranges[index][1]


def _anchor(tokens: list[Token], published: str | None) -> tuple[Anchor, AnchorBasis]:
    if published is not None:
        return Anchor.parse(published, "published"), "given"
    anchor, is_dateline = find_anchor(tokens)
    if anchor.value is None:
        return anchor, "none"
    return replace(anchor, basis="document"), "dateline" if is_dateline else "document"
