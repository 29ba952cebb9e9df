"""What the rules of ``grammar.yaml`` make of the words they match: one small builder for each way of saying a date.

A builder is given the matched tokens by slot and returns a value for the new token, a list of tokens that take the
place of the match, or None when the words do not mean what the rule is about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from kwus_extract.dates.expression import Expression
from kwus_extract.dates.lexicon import Unit, Value
from kwus_extract.dates.scan import Token

Slots = dict[str, list[Token]]
"""Matched tokens by slot name; ``it`` holds all of them that go into the new token."""

Made = Value | Expression | list[Token] | None
Builder = Callable[[Slots], Made]

_UNITS: dict[str, Unit] = {"DAYW": "day", "WEEKW": "week", "MONTHW": "month", "YEARW": "year"}
_DAYS = {"DAY", "ORD", "FIRST"}
_YEARS = range(1900, 2051)  # what a bare number may mean as a year in the news


def _said(token: Token) -> Expression | None:
    """What one token says as a part of a date."""
    if isinstance(token.value, Expression):
        return token.value
    value = cast(int, token.value)
    match token.kind:
        case "DAY" | "ORD":
            return Expression(day=value)
        case "FIRST":
            return Expression(day=1)
        case "MONTH" | "SMONTH" | "NMONTH":
            return Expression(month=value)
        case "HMONTH" | "SHMONTH" | "NHMONTH" | "DHMONTH":
            return Expression("hijri", month=value)
        case "YEAR":
            return Expression(year=value)
        case "HYEAR":
            return Expression("hijri", year=value)
        case "WDAY":
            return Expression(weekday=value)
        case "RELDAY":
            return Expression(day_step=value)
        case "ADJ":
            return Expression(step=value)
    return None


def _first(tokens: list[Token], *kinds: str) -> Token | None:
    return next((token for token in tokens if token.kind in kinds), None)


def _step(tokens: list[Token]) -> int:
    """The step that an adjective or demonstrative among the tokens says; 0 where there is neither."""
    adjective = _first(tokens, "ADJ")
    return cast(int, adjective.value) if adjective else 0


def date(slots: Slots) -> Made:
    """Everything that the tokens say, joined; two different days or calendars are no date."""
    parts = [said for token in slots["it"] if (said := _said(token))]
    if len({part.calendar for part in parts if part.month or part.year}) > 1:
        return None
    out: Expression | None = Expression()
    for part in parts:
        out = out and out.joined(part)
    if out and any(token.kind in ("SAME", "OFIT") for token in slots["it"]):
        return replace(out, same_month=True)
    return out


def same_month(slots: Slots) -> Made:
    """A month by two of its names; two different months are left alone."""
    left, right = slots["l"][0].value, slots["r"][0].value
    return cast(int, left) if left == right else None


def today(slots: Slots) -> Made:
    """True to the rule only when the relative day is ``اليوم``."""
    return slots["it"][0].value == 0 or None


def tomorrow(slots: Slots) -> Made:
    """``الغد`` where it is the day after today."""
    return 1


def same_day(slots: Slots) -> Made:
    """The day last named, of another year."""
    return Expression(same_day=True) if (day := _first(slots["it"], "RELDAY")) and day.value == 0 else None


def such_a_day(slots: Slots) -> Made:
    """``في مثل هذا اليوم``: the article's own day of every year."""
    return Expression(day_step=0, recurring=True) if slots["it"][0].value == 0 else None


def month_step(slots: Slots) -> Made:
    """A month counted from the article's own: ``الشهر الماضي``."""
    return Expression(month_step=_step(slots["it"]))


def year_step(slots: Slots) -> Made:
    """A year counted from the article's own, or the last one named; a number beside it says it better."""
    if year := _first(slots["it"], "YEAR"):
        return Expression(year=cast(int, year.value), year_step=_step(slots["it"]))
    if _first(slots["it"], "SAME"):
        return Expression(same_year=True)
    return Expression(year_step=_step(slots["it"]))


def week_step(slots: Slots) -> Made:
    """A week counted from the article's own."""
    return Expression(week_step=_step(slots["it"]))


def weekend(slots: Slots) -> Made:
    """Saturday and Sunday at the end of a week counted from the article's own."""
    step = _step(slots["it"])
    return Expression(weekday=5, week_step=step, end=Expression(weekday=6, week_step=step + 1))


def short_year(slots: Slots) -> Made:
    """``عام 94``: two digits that cannot be a day are a year of the twentieth century."""
    number = slots["it"][1]
    value = cast(int, number.value)
    return Expression(year=1900 + value) if number.end - number.start == 2 and 32 <= value <= 99 else None


def year_month(slots: Slots) -> Made:
    """``في العام نفسه في سبتمبر``: a year and a month of it."""
    year, month = (cast(Expression, slots[side][0].value) for side in "lr")
    if not year.has_year or year.end or month.end or month.has_year or month.step or month.month is None or month.twin:
        return None
    alone = year == Expression(year=year.year, year_step=year.year_step, same_year=year.same_year)
    return year.joined(month) if alone else None


def years(slots: Slots) -> Made:
    """Two years joined by a stroke: ``2017/2018``."""
    left, right = _said(slots["l"][0]), _said(slots["r"][0])
    if left and right and left.year and right.year and 0 < right.year - left.year <= 60:
        return replace(left, end=right)
    return None


def recent_hijri(slots: Slots) -> Made:
    """A year of four digits without a calendar: Hijri in living memory, else Gregorian (``عام 1453``)."""
    year = cast(int, slots["it"][-1].value)
    return Expression("hijri", year=year) if 1400 <= year <= 1450 else Expression(year=year)


def duration(slots: Slots) -> Made:
    """A number of units."""
    count, unit = slots["it"][0], slots["it"][1]
    return cast(int, count.value), cast(Unit, unit.value) if unit.kind == "UNIT" else _UNITS[unit.kind]


def ago(slots: Slots) -> Made:
    """A number of units before or after the article's day."""
    sign, what = slots["it"]
    count, unit = cast("tuple[int, Unit]", what.value) if what.kind == "DUR" else (1, _UNITS[what.kind])
    if not 1 <= count <= 100:
        return None
    return Expression(ago=(-count if sign.kind == "BEFORE" else count, unit))


def day_month(slots: Slots) -> Made:
    """Day and month as two numbers."""
    day, month = cast(int, slots["l"][0].value), cast(int, slots["r"][0].value)
    if month > 12 >= day:
        day, month = month, day
    return Expression(month=month, day=day) if month <= 12 else None


def day_current(slots: Slots) -> Made:
    """``15 الجاري``: a day of the article's own month."""
    day = _first(slots["it"], "DAY")
    return Expression(day=cast(int, day.value), month_step=0) if day and _step(slots["it"]) == 0 else None


def weekday(slots: Slots) -> Made:
    """A weekday with what says which one."""
    tokens = slots["it"]
    out = Expression(weekday=cast(int, cast(Token, _first(tokens, "WDAY")).value))
    if relative := _first(tokens, "RELDAY"):
        out = replace(out, day_step=cast(int, relative.value))
    if _first(tokens, "THEWEEK"):
        return replace(out, week_step=_step(tokens))
    return replace(out, step=_step(tokens)) if _first(tokens, "ADJ") else out


def pair(slots: Slots) -> Made:
    """Two weekdays under one adjective."""
    step = 1 if _first(slots["it"], "ADJS") else -1
    days = [slots[side][0] for side in "lr"]
    made = [day._replace(kind="DATE", value=Expression(weekday=cast(int, day.value), step=step)) for day in days]
    return [made[0], *(token for token in slots["it"] if token.kind == "AND"), made[1]]


def day_before(slots: Slots) -> Made:
    """``أمس (الأول)`` and ``أول (أمس)``."""
    if slots["l"][0].value != -1 or ("r" in slots and slots["r"][0].value != 1):
        return None
    return Expression(day_step=-2)


def quarter(slots: Slots) -> Made:
    """A quarter or half of a year."""
    tokens = slots["it"]
    parts = 4 if _first(tokens, "QUARTER") else 2
    ordinal = _first(tokens, "ORD")
    number = cast(int, ordinal.value) if ordinal else parts
    if number > parts:
        return None
    length = 12 // parts
    out = Expression(months=((number - 1) * length + 1, number * length))
    year = _first(tokens, "YR", "YEAR")
    if year:
        return out.joined(cast(Expression, _said(year)))
    return replace(out, year_step=0) if _first(tokens, "THEYEAR") else out


def opening(slots: Slots) -> Made:
    """The first months of a year."""
    count, year = slots["it"][0], slots["it"][-1]
    out = Expression(months=(1, cast(int, count.value)))
    return replace(out, year_step=0) if year.kind == "THEYEAR" else out.joined(cast(Expression, _said(year)))


def season(slots: Slots) -> Made:
    """A season of a year."""
    tokens = slots["it"]
    out = Expression(season=cast(int, cast(Token, _first(tokens, "SEASON")).value))
    if year := _first(tokens, "YR", "YEAR"):
        return out.joined(cast(Expression, _said(year)))
    return replace(out, step=_step(tokens))


def century(slots: Slots) -> Made:
    """A century, or a decade of one (of the twentieth where none is named)."""
    tokens = slots["it"]
    decade, ordinal, adjective = (_first(tokens, *kinds) for kinds in (("DECADE",), ("ORD", "DAY"), ("ADJ",)))
    out = Expression(decade=cast(int, decade.value) if decade else None)
    if ordinal:
        return replace(out, century=cast(int, ordinal.value))
    return replace(out, century_step=cast(int, adjective.value)) if adjective else replace(out, century=20)


def twin(slots: Slots) -> Made:
    """One day, or month, in two calendars; the Gregorian gives the value."""
    left, right = (cast(Expression, slots[side][0].value) for side in "lr")
    if left.calendar == right.calendar or left.end or right.end or not (left.month and right.month):
        return None
    gregorian, hijri = (left, right) if left.calendar == "gregorian" else (right, left)
    explicit = any(token.kind in ("OPEN", "QUOTE", "CORR") for token in slots["it"])
    if not explicit and not (gregorian.day and hijri.day):
        return None
    weekday = gregorian.weekday if gregorian.weekday is not None else hijri.weekday
    day_step = gregorian.day_step if gregorian.day_step is not None else hijri.day_step
    return replace(gregorian, weekday=weekday, day_step=day_step, twin=replace(hijri, weekday=None, day_step=None))


def gloss(slots: Slots) -> Made:
    """A date and the same date said more precisely: ``اليوم الأربعاء (12 فبراير)``."""
    left, right = (cast(Expression, slots[side][0].value) for side in "lr")
    if left.end or right.end or (left.calendar == "hijri" and right.calendar == "gregorian") or left.twin:
        return None
    relative = left.month is None and left.day is None and (left.weekday is not None or left.day_step is not None)
    says_day = right.day is not None or (right.weekday is not None and right.day_step is None and right.step is None)
    dated = left.month is not None and not left.has_year
    says_year = right.has_year and right.month is None and right.months is None and not right.has_day
    if not ((relative and says_day) or (dated and says_year)):
        return None
    return left.joined(right)


def _side(tokens: list[Token]) -> Expression | None:
    token = _first(tokens, "DATE", "YEAR", *_DAYS)
    if token is None or (token.kind == "YEAR" and token.value not in _YEARS):
        return None
    return _said(token)


def _completed(left: Expression, right: Expression) -> Expression | None:
    """The left side of a range with what it leaves to the right side to say; None where they do not go together."""
    if left.month is None and left.day is not None and left.month_step is None:
        if right.day is None:
            return None
        return replace(right, day=left.day, weekday=None, end=None, twin=None)
    if left.month is not None and not left.has_year and right.month is not None and left.calendar == right.calendar:
        later = right.year is not None and left.month > right.month
        year = right.year - 1 if later and right.year is not None else right.year
        return replace(left, year=year, year_step=right.year_step, same_year=right.same_year)
    return left


def range_(slots: Slots) -> Made:
    """From one date to another."""
    left, right = _side(slots["l"]), _side(slots["r"])
    if left is None or right is None or left.end or right.end or left.onwards or right.recurring:
        return None
    if left.bare_year != right.bare_year and right.year_step is None:
        return None
    if right.same_month:
        right = replace(right, month=left.month, year=left.year, same_month=False)
    completed = _completed(left, right)
    if completed is None or completed.calendar != right.calendar:
        return None
    order = [(side.year or 0, side.month or 0, side.day or 0) for side in (completed, right)]
    if completed.year and right.year and order[0] >= order[1]:
        return None
    return replace(completed, end=right, twin=None)


def list_(slots: Slots) -> Made:
    """Days before a last one that has the month: one range when they follow each other, else dates of their own."""
    left, right = _side(slots["l"]), cast(Expression, slots["r"][0].value)
    if left is None or left.day is None or right.day is None or right.weekday is not None:
        return None
    completed = _completed(left, right)
    if completed is None or left.day >= right.day:
        return None
    if left.day + 1 == right.day:
        return replace(completed, end=right.end or right, twin=None)
    if _first(slots["it"], "COMMA"):
        return None
    start, end = slots["l"][0], slots["l"][-1]
    middle = [token for token in slots["it"] if token.kind == "AND"]
    return [Token("DATE", start.start, end.end, completed), *middle[-1:], slots["r"][0]]


def shared_year(slots: Slots) -> Made:
    """Two dates of which only the second says the year of both."""
    left, right = (cast(Expression, slots[side][0].value) for side in "lr")
    months = left.month is not None and right.month is not None and left.month <= right.month
    if not months or left.has_year or left.step is not None or right.year is None or left.calendar != right.calendar:
        return None
    first = slots["l"][0]._replace(value=replace(left, year=right.year))
    return [first, *slots["it"][1:]]


def onwards(slots: Slots) -> Made:
    """A date from which on something holds."""
    out = _side(slots["it"])
    return replace(out, onwards=True) if out and not out.end else None


def recurring(slots: Slots) -> Made:
    """A day of every year."""
    out = cast(Expression, slots["it"][0].value)
    return replace(out, recurring=True) if out.month and not out.has_year and not out.end else None


def bare_year(slots: Slots) -> Made:
    """A number that the words before it show to be a year."""
    year = slots["it"][-1]
    return _said(year) if year.value in _YEARS else None


def bare_year_doubtful(slots: Slots) -> Made:
    """A number that may as well count something; round ones mostly do."""
    return bare_year(slots) if cast(int, slots["it"][0].value) % 100 else None


_ALL = (
    date, same_month, same_day, such_a_day, today, tomorrow, month_step, year_step, week_step, weekend, short_year, year_month, years, recent_hijri,
    duration, ago, day_month, day_current, weekday, pair, day_before, quarter, opening, season, century, twin, gloss,
    range_, list_, shared_year, onwards, recurring, bare_year, bare_year_doubtful,
)  # fmt: skip

BUILDERS: dict[str, Builder] = {function.__name__.rstrip("_").replace("_", "-"): function for function in _ALL}
"""The builders by the names that ``grammar.yaml`` uses."""
