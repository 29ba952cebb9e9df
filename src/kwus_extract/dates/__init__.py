"""Dates in Arabic text: every expression, one EDTF value, and the reason beside it."""

from kwus_extract.dates.find import DateResult, DateSpan, DateWarning, find_dates

__all__ = ["DateResult", "DateSpan", "DateWarning", "find_dates"]
