"""What a date expression says, before anything is known about the article: its parts, put together from words."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

from kwus_extract.dates.lexicon import Unit

Calendar = Literal["gregorian", "hijri"]


@dataclass(frozen=True, slots=True)
class Expression:
    """The parts that a date expression states; None where it does not state one.

    ``day_step``, ``week_step``, ``month_step``, ``year_step`` count from the article's own day (``أمس``: day_step -1);
    ``step`` is that of an adjective whose unit is the expression itself (``الأحد الماضي``, ``مارس المقبل``: -1, 1).
    ``months`` are the first and last month of a quarter or half; ``season`` is the first month of one.
    ``century`` 20 is 1901-2000; ``decade`` 9 the nineties of it. ``ago`` counts whole units back (negative) or ahead.
    ``same_year``, ``same_month`` and ``same_day`` (of whatever year) refer to the last one that the article named.
    ``end`` makes it a range; ``twin`` is the same day in the other calendar.
    """

    calendar: Calendar = "gregorian"
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    step: int | None = None
    day_step: int | None = None
    week_step: int | None = None
    month_step: int | None = None
    year_step: int | None = None
    months: tuple[int, int] | None = None
    season: int | None = None
    decade: int | None = None
    century: int | None = None
    century_step: int | None = None
    ago: tuple[int, Unit] | None = None
    same_year: bool = False
    same_month: bool = False
    same_day: bool = False
    recurring: bool = False
    onwards: bool = False
    end: Expression | None = None
    twin: Expression | None = None

    def joined(self, other: Expression) -> Expression | None:
        """Both together as one expression, or None where they state the same part differently.

        >>> Expression(weekday=6).joined(Expression(month=11, day=24)) == Expression(weekday=6, month=11, day=24)
        True
        >>> Expression(day=3).joined(Expression(day=4)) is None
        True
        """
        changes = {}
        for name in _FIELDS:
            mine, theirs = getattr(self, name), getattr(other, name)
            if theirs is None or theirs is False or name == "calendar":
                continue
            if mine is not None and mine is not False and mine != theirs:
                return None
            changes[name] = theirs
        calendar: Calendar = "hijri" if "hijri" in (self.calendar, other.calendar) else "gregorian"
        return replace(self, calendar=calendar, **changes)

    @property
    def has_day(self) -> bool:
        """Whether it names one day, however it does so."""
        return self.day is not None or self.weekday is not None or self.day_step is not None

    @property
    def bare_year(self) -> bool:
        """Whether it is a year in numbers and nothing more."""
        return self.year is not None and self.month is None and self.months is None and self.season is None

    @property
    def has_year(self) -> bool:
        """Whether it says by itself which year it means, or in relation to the article."""
        return self.year is not None or self.year_step is not None or self.same_year


_FIELDS = tuple(field.name for field in fields(Expression))
