"""From what an expression says to the value it has: calendar arithmetic against the article's own day.

Values are EDTF level 1 as in the records: ``2020-11-24``, ``2020-11``, ``2020``, ``199X``, ``XXXX-11-24``, and
intervals ``A/B``.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, cast

from hijridate import Gregorian, Hijri

from kwus_extract.dates.expression import Expression

Basis = Literal["explicit", "published", "document", "unresolved"]

_HIJRI_FIRST, _HIJRI_LAST = 1343, 1500  # what the Umm al-Qura tables of hijridate cover
_HIJRI_NOW = range(1925, 2077)  # Gregorian years wholly inside those tables
_ANCHOR_FIRST, _ANCHOR_LAST = 1600, 2400
_AGAINST = {"day": {True: 4.0, False: 1.5}, "month": {True: 6.0, False: 3.0}}
"""How many times nearer a day or month against the direction of its clause must be to be meant, by whether a verb that
says its tense plainly gives the direction."""
_UNKNOWN = {"day": "XXXX-XX-XX", "week": None, "month": "XXXX-XX", "year": "XXXX"}


@dataclass(frozen=True, slots=True)
class Anchor:
    """The article's own day as far as it is known, and how: the parts that are not known are None."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    basis: Basis = "unresolved"

    @property
    def date(self) -> date | None:
        """The day, when all of it is known."""
        if self.year is None or self.month is None or self.day is None:
            return None
        return date(self.year, self.month, self.day)

    @property
    def value(self) -> str | None:
        """The EDTF value, or None when nothing is known."""
        if self.year is None and self.month is None:
            return None
        return _edtf(self.year, self.month, self.day)

    @classmethod
    def parse(cls, value: str, basis: Basis) -> Anchor:
        """The anchor that an ISO date or date-time, a month or a year gives.

        Raises ValueError when it is none of these.

        >>> Anchor.parse("2020-11-24T10:00:00Z", "published").value, Anchor.parse("2020-11", "published").value
        ('2020-11-24', '2020-11')
        """
        match = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ].*)?)?)?", value.strip())
        if not match:
            raise ValueError(f"not a date: {value!r}")
        year, month, day = (int(part) if part else None for part in match.groups())
        if year is not None and not _ANCHOR_FIRST <= year <= _ANCHOR_LAST:
            raise ValueError(f"no day of publication has this date: {value!r}")
        if year is not None and month is not None:
            date(year, month, day or 1)
        return cls(year, month, day, basis)


@dataclass(frozen=True, slots=True)
class Context:
    """What a value may depend on: the anchor, the clause's direction, and the last year, month and day the article named.

    ``direction`` is -1 for the past and 1 for the future; ``firm`` is whether a verb that governs the date says so.
    """

    anchor: Anchor
    direction: int = -1
    firm: bool = False
    named: tuple[int | None, int | None, int | None] = (None, None, None)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The EDTF value of an expression, how it was got, and what is odd about it (code and message)."""

    value: str | None
    basis: Basis
    warning: tuple[str, str] | None = None


def _edtf(year: int | None, month: int | None = None, day: int | None = None) -> str:
    text = "XXXX" if year is None else f"{year:04d}"
    if month is None and day is None:
        return text
    text += "-XX" if month is None else f"-{month:02d}"
    return text if day is None else f"{text}-{day:02d}"


def _interval(first: str, last: str) -> str:
    return first if first == last else f"{first}/{last}"


def _edges(value: str) -> tuple[str, str]:
    first, _, last = value.partition("/")
    return first, last or first


def _valid(year: int | None, month: int, day: int) -> bool:
    return 1 <= day <= monthrange(2000 if year is None else year, month)[1]


def _months_on(year: int, month: int, steps: int) -> tuple[int, int]:
    index = year * 12 + month - 1 + steps
    return index // 12, index % 12 + 1


def _week(day: date, steps: int = 0) -> tuple[date, date]:
    sunday = day - timedelta(days=(day.weekday() + 1) % 7) + timedelta(weeks=steps)
    return sunday, sunday + timedelta(days=6)


def _weekday(day: date, weekday: int, direction: int, *, strict: bool) -> date:
    """The nearest such weekday on or (strict: not on) the day, in the direction."""
    ahead = (weekday - day.weekday()) % 7
    behind = (day.weekday() - weekday) % 7
    if direction > 0:
        return day + timedelta(days=ahead or (7 if strict else 0))
    return day - timedelta(days=behind or (7 if strict else 0))


def _hijri_days(year: int, month: int | None, day: int | None) -> tuple[date, date] | None:
    """First and last Gregorian day of a Hijri day, month or year; None outside the tables."""
    if not _HIJRI_FIRST <= year <= _HIJRI_LAST - (month is None):
        return None
    first = Hijri(year, month or 1, 1)
    if day is not None:
        if not 1 <= day <= 30:
            return None
        # The thirtieth of a month of 29 days is written where the sighting differed from the table.
        start = first.to_gregorian() + timedelta(days=day - 1)
        return start, start
    last = Hijri(year, month or 12, 1)
    return first.to_gregorian(), last.to_gregorian() + timedelta(days=last.month_length() - 1)


def _choose(candidates: list[tuple[date, date]], anchor: date, context: Context, *, days: bool) -> tuple[date, date]:
    """The candidate period nearest to the anchor in the direction of the clause.

    A clause's verb is rarely the one that governs a date in a noun phrase (``أعلن إجراء الانتخابات في 24 يونيو``), so a
    day against the direction wins when it is much nearer.
    """

    def cost(period: tuple[date, date]) -> float:
        start, end = period
        if start <= anchor <= end:
            return 0
        distance = (start - anchor).days if start > anchor else (anchor - end).days
        against = (start > anchor) != (context.direction > 0)
        return distance * _AGAINST["day" if days else "month"][context.firm] if against else distance

    return min(candidates, key=cost)


def _stepped_year(expression: Expression, context: Context) -> int | None:
    """The year that the expression states, counts or repeats."""
    if expression.year is not None:
        return expression.year
    if expression.year_step is not None and context.anchor.year is not None:
        return context.anchor.year + expression.year_step
    return context.named[0] if expression.same_year else None


class Resolver:
    """Values of expressions in one context; one method for each way of saying a date."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.anchor = context.anchor
        self.day = context.anchor.date

    def resolve(self, expression: Expression) -> Resolved:
        """The value of ``expression``, its basis, and a warning where its parts contradict each other."""
        if expression.end is not None:
            return self._range(expression, expression.end)
        if expression.twin is not None:
            return self._twin(expression, expression.twin)
        value = self._value(expression)
        if value is not None and expression.onwards:
            value = f"{_edges(value)[0]}/.."
        return Resolved(value, self._basis(expression, value), self._odd(expression, value))

    def _basis(self, expression: Expression, value: str | None) -> Basis:
        if expression.recurring or expression.century is not None or expression.year is not None:
            return "explicit"
        if value is None or "XXXX" in value or "-XX" in value:
            return "unresolved"
        return "document" if expression.same_year or expression.same_month else self.anchor.basis

    def _odd(self, expression: Expression, value: str | None) -> tuple[str, str] | None:
        if expression.weekday is None or value is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return None
        if date.fromisoformat(value).weekday() == expression.weekday:
            return None
        return "weekday-mismatch", f"{value} is not the weekday that stands beside it"

    def _value(self, expression: Expression) -> str | None:
        if expression.ago is not None:
            return self._ago(*expression.ago)
        if expression.century is not None or expression.century_step is not None:
            return self._century(expression)
        if expression.season is not None:
            return self._season(expression)
        if expression.months is not None:
            return self._months(expression, *expression.months)
        if expression.same_day:
            return self._same_day(expression)
        if expression.month_step is not None or expression.same_month:
            return self._stepped_month(expression)
        if expression.calendar == "hijri":
            return self._hijri(expression)
        if expression.month is not None:
            return self._month(expression, expression.month)
        if expression.weekday is not None or expression.day_step is not None:
            return self._relative_day(expression)
        if expression.week_step is not None:
            return _interval(*map(str, _week(self.day, expression.week_step))) if self.day else None
        if expression.has_year:
            return _edtf(_stepped_year(expression, self.context))
        return None

    def _ago(self, count: int, unit: str) -> str | None:
        if unit == "year":
            return _edtf(self.anchor.year and self.anchor.year + count)
        if unit == "month":
            if self.anchor.year is None or self.anchor.month is None:
                return "XXXX-XX"
            return _edtf(*_months_on(self.anchor.year, self.anchor.month, count))
        if self.day is None:
            return _UNKNOWN[unit]
        if unit == "week":
            return _interval(*map(str, _week(self.day, count)))
        return str(self.day + timedelta(days=count))

    def _century(self, expression: Expression) -> str | None:
        century = expression.century
        if century is None:
            if self.anchor.year is None:
                return None
            century = (self.anchor.year - 1) // 100 + 1 + (expression.century_step or 0)
        return f"{century - 1:02d}XX" if expression.decade is None else f"{century - 1:02d}{expression.decade}X"

    def _season(self, expression: Expression) -> str | None:
        if expression.has_year:
            return _edtf(_stepped_year(expression, self.context))
        year, month, step = self.anchor.year, self.anchor.month, expression.step or 0
        if year is None or month is None or expression.season is None:
            return "XXXX"
        first, last = expression.season, (expression.season + 1) % 12 + 1
        under_way = first <= month <= last or (first > last and (month >= first or month <= last))
        over = month > last if first < last else False
        if step < 0:
            return _edtf(year if over and not under_way else year - 1)
        if step > 0:
            return _edtf(year + 1 if over or under_way else year)
        return _edtf(year)

    def _months(self, expression: Expression, first: int, last: int) -> str:
        year = _stepped_year(expression, self.context)
        if year is None and not expression.has_year and self.anchor.year is not None and self.anchor.month is not None:
            # Without a year it is the last that has begun, or in a clause on the future the next that has not ended.
            year = self.anchor.year
            if self.context.direction < 0 and first > self.anchor.month:
                year -= 1
            elif self.context.direction > 0 and last < self.anchor.month:
                year += 1
        return _interval(_edtf(year, first), _edtf(year, last))

    def _stepped_month(self, expression: Expression) -> str | None:
        if expression.same_month:
            year, month, _ = self.context.named
        elif self.anchor.year is None or self.anchor.month is None:
            year, month = self.anchor.year, None
        else:
            year, month = _months_on(self.anchor.year, self.anchor.month, expression.month_step or 0)
        if month is None:
            return _edtf(year, None, expression.day) if expression.day else f"{_edtf(year)}-XX"
        if expression.day is not None and not _valid(year, month, expression.day):
            return None
        return _edtf(year, month, expression.day)

    def _same_day(self, expression: Expression) -> str | None:
        """The day named before, else the article's own, of the year that the expression states."""
        _, month, day = self.context.named
        if month is None or day is None:
            month, day = self.anchor.month, self.anchor.day
        if month is None or day is None:
            return f"{_edtf(expression.year)}-XX-XX"
        return _edtf(expression.year, month, day) if _valid(expression.year, month, day) else None

    def _relative_day(self, expression: Expression) -> str | None:
        if self.day is None or expression.recurring:
            return self._without_year(expression)
        if expression.weekday is None:
            return str(self.day + timedelta(days=expression.day_step or 0))
        if expression.week_step is not None:
            sunday, _ = _week(self.day, expression.week_step)
            return str(sunday + timedelta(days=(expression.weekday + 1) % 7))
        if expression.day_step is not None:
            # Where the two disagree the weekday is the harder fact: an article is often dated a day late.
            near = self.day + timedelta(days=expression.day_step)
            return str(
                min((near + timedelta(days=n) for n in range(-3, 4)), key=lambda d: d.weekday() != expression.weekday)
            )
        step = expression.step
        if step is None:
            return str(_weekday(self.day, expression.weekday, self.context.direction, strict=False))
        if step == 0:
            sunday, _ = _week(self.day)
            return str(sunday + timedelta(days=(expression.weekday + 1) % 7))
        found = _weekday(self.day, expression.weekday, step, strict=True)
        return str(found + timedelta(weeks=step - (1 if step > 0 else -1)))

    def _without_year(self, expression: Expression) -> str | None:
        """A relative day of every year, or where of the anchor only month and day are known."""
        if expression.day_step is None or self.anchor.month is None or self.anchor.day is None:
            return "XXXX-XX-XX"
        found = date(2001, self.anchor.month, self.anchor.day) + timedelta(days=expression.day_step)
        leap = date(2004, self.anchor.month, self.anchor.day) + timedelta(days=expression.day_step)
        return (
            _edtf(None, found.month, found.day) if (found.month, found.day) == (leap.month, leap.day) else "XXXX-XX-XX"
        )

    def _month(self, expression: Expression, month: int) -> str | None:
        day, year = expression.day, _stepped_year(expression, self.context)
        if day is not None and not _valid(year, month, day):
            return None
        if expression.recurring:
            return _edtf(None, month, day)
        if expression.has_year or self.anchor.year is None:
            return _edtf(year, month, day)
        if self.anchor.month is None:
            return _edtf(self.anchor.year, month, day)
        years = range(self.anchor.year - 3, self.anchor.year + 4)
        periods = [
            (date(y, month, day or 1), date(y, month, day or monthrange(y, month)[1]))
            for y in years
            if day is None or _valid(y, month, day)
        ]
        return _edtf(self._period(expression, periods)[0].year, month, day) if periods else None

    def _hijri(self, expression: Expression) -> str | None:
        if expression.month is None and expression.year is None:
            return None
        year = expression.year
        if year is None:
            if self.day is None or self.day.year not in _HIJRI_NOW:
                return "XXXX-XX-XX" if expression.day else "XXXX-XX"
            now = Gregorian(self.day.year, self.day.month, self.day.day).to_hijri().year
            if expression.year_step is not None:
                year = now + expression.year_step
            else:
                periods = [
                    days for y in range(now - 3, now + 4) if (days := _hijri_days(y, expression.month, expression.day))
                ]
                return _interval(*map(str, self._period(expression, periods))) if periods else None  # 31 رمضان
        days = _hijri_days(year, expression.month, expression.day)
        return _interval(*map(str, days)) if days else None

    def _period(self, expression: Expression, periods: list[tuple[date, date]]) -> tuple[date, date]:
        """Which of the yearly recurring periods is meant: by an adjective if there is one, else by the clause."""
        here = self.day or date(cast(int, self.anchor.year), cast(int, self.anchor.month), 1)
        step = expression.step
        past = [period for period in periods if period[1] < here or period[0] == period[1] == here]
        future = [period for period in periods if period[0] > here or period[0] == period[1] == here]
        if step is not None and step < 0 and len(past) >= -step:
            return past[step]
        if step is not None and step > 0 and len(future) >= step:
            return future[step - 1]
        if step == 0:
            return min(periods, key=lambda period: abs(period[0].year - here.year))
        return _choose(periods, here, self.context, days=expression.day is not None)

    def _range(self, left: Expression, right: Expression) -> Resolved:
        start = replace(left, end=None)
        last = self.resolve(right)
        if last.value is None:
            return Resolved(None, "unresolved")
        high = _edges(last.value)[1]
        if (
            start.month is not None
            and not start.has_year
            and start.calendar == "gregorian"
            and start.month_step is None
        ):
            low = _edtf(None, start.month, start.day)
            year = high[:4]
            if year.isdigit():
                low = f"{int(year) - (low[4:] > high[4:]):04d}{low[4:]}"
        else:
            low = _edges(self.resolve(start).value or "")[0]
        if (
            right.weekday is not None
            and not right.has_year
            and right.month is None
            and low[:4].isdigit()
            and len(low) == 10
        ):
            high = str(_weekday(date.fromisoformat(low), right.weekday, 1, strict=False))
        if not low or (low > high and "X" not in low + high):
            return Resolved(None, "unresolved")
        return Resolved(_interval(low, high), last.basis)

    def _twin(self, expression: Expression, hijri: Expression) -> Resolved:
        """The Gregorian value; the Hijri twin gives the year when the Gregorian does not, and is checked otherwise."""
        own = replace(expression, twin=None)
        days = _hijri_days(hijri.year, hijri.month, hijri.day) if hijri.year is not None else None
        if days and not own.has_year:
            there = Anchor(days[0].year, days[0].month, days[0].day, "explicit")
            result = Resolver(Context(there)).resolve(replace(own, step=None))
        else:
            result = self.resolve(own)
        if days and result.value and re.fullmatch(r"\d{4}-\d\d-\d\d", result.value):
            apart = abs((date.fromisoformat(result.value) - days[0]).days)
            if apart > 1:
                message = f"the Hijri date is {days[0]}, {apart} days from the Gregorian {result.value} beside it"
                return replace(result, warning=("calendar-mismatch", message))
        return result
