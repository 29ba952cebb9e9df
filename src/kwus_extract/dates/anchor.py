"""The article's own day when nobody gives it: its dateline, or a full date that plainly dates it."""

from __future__ import annotations

from itertools import groupby

from kwus_extract.dates.expression import Expression
from kwus_extract.dates.resolve import Anchor
from kwus_extract.dates.scan import Token

_PLACE = 6  # words and marks that may stand before the date in a dateline
_LABEL = 5  # words that may stand beside the date in a line that only says when it was published
_TOP_LINES = 4


def _lines(tokens: list[Token]) -> list[list[Token]]:
    return [list(group) for is_break, group in groupby(tokens, lambda token: token.kind == "LINE") if not is_break]


def _day(token: Token) -> Expression | None:
    """The Gregorian day that a token names in full but for the year; None for any other token."""
    said = token.value
    if token.kind != "DATE" or not isinstance(said, Expression) or said.end or said.recurring:
        return None
    return said if said.calendar == "gregorian" and said.month is not None and said.day is not None else None


def _anchor(said: Expression) -> Anchor:
    return Anchor(said.year, said.month, said.day, "document")


def _dateline(line: list[Token]) -> Expression | None:
    """The date of ``واشنطن - 24 نوفمبر (رويترز) -``: near the start of a line, before an agency or a dash."""
    for index, token in enumerate(line[: _PLACE + 1]):
        if said := _day(token):
            after = [t.kind for t in line[index + 1 : index + 6]]
            agency = after[:1] == ["OPEN"] and "CLOSE" in after
            return said if agency or (after[:1] == ["DASH"] and index) else None
        if token.kind not in ("OTHER", "DASH", "COMMA", "OPEN", "CLOSE", "SLASH", "AND"):
            return None
    return None


def _full(said: Expression | None) -> bool:
    return said is not None and said.year is not None


def find_anchor(tokens: list[Token]) -> tuple[Anchor, bool]:
    """The anchor that the text gives, and whether it is its dateline; an empty anchor when there is none.

    A dateline comes first, then a line near the top that holds a full date and little else, then ``اليوم`` or ``أمس``
    with a full date beside it. ``العام الجاري 2015`` gives the year, and so does a full date in the first paragraph when the
    article speaks of its own year and names no later one.
    """
    lines = _lines(tokens)
    for line in lines[: _TOP_LINES + 1]:
        if said := _dateline(line):
            return _anchor(said), True
    for line in lines[:_TOP_LINES]:
        days = [said for token in line if (said := _day(token)) and _full(said)]
        if len(days) == 1 and len(line) <= _LABEL:
            return _anchor(days[0]), False
    full = [said for token in tokens if (said := _day(token)) and _full(said)]
    for said in full:
        if said.day_step is not None and (anchor := _anchor(said).date):
            day = anchor.fromordinal(anchor.toordinal() - said.day_step)
            return Anchor(day.year, day.month, day.day, "document"), False
    expressions = [token.value for token in tokens if isinstance(token.value, Expression)]
    for expression in expressions:
        if expression.year is not None and expression.year_step is not None:
            return Anchor(expression.year - expression.year_step, basis="document"), False
    lede = [said.year for line in lines[:2] for token in line if (said := _day(token)) and _full(said)]
    if lede and any(expression.year_step == 0 for expression in expressions):
        latest = max(expression.year or 0 for expression in expressions)
        if latest in lede:
            return Anchor(latest, basis="document"), False
    return Anchor(), False
