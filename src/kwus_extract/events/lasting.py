"""How long an event takes, where its mention says so: وصل الأحد في زيارة تستمر ثلاثة أيام."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from kwus_extract.dates.find import Duration
from kwus_extract.entities.component import token_range
from kwus_extract.entities.words import Words
from kwus_extract.events.frames import Frame
from kwus_extract.events.merge import Cluster
from kwus_extract.lexicon.closed import word_list

_FAR = 20  # tokens behind a mention in which the time that it takes is told
_CLOSE = 6  # the same without a verb: محادثات لوقف إطلاق النار لمدة أسبوع
_NEAR = 8  # tokens before it in which its end is told: اختتم زيارة، في ختام زيارته
_LASTING = word_list("lasting")  # verbs
_SPELLS = word_list("spells")
_BETWEEN = 4  # tokens between what says that it takes time and the time: تستمر على مدى يومين
_OVER = word_list("over")
_DAY = re.compile(r"[\dX]{4}-\d\d-\d\d")


def lasting(
    told: str, cluster: Cluster, clusters: Sequence[Cluster], words: Words, durations: Sequence[Duration]
) -> str | None:
    """The days that an event takes as an EDTF interval, from the day ``told`` on; None where no mention says how many.

    The day told is the last of them where the clause tells of the end, or of the time that the event took.
    """
    if not durations or not _DAY.fullmatch(told):
        return None
    others = [f.first for c in clusters for f in c.frames]
    for frame in cluster.frames:
        found = _duration(frame, others, words, durations)
        if found is None:
            continue
        days, took = found
        low = max(words.bounds[words.sentence[frame.first]][0], frame.first - _NEAR)
        over = any(word in _OVER for word in words.bare[low : frame.first])
        begins = any(f.rule.id == "visit.arrive" for f in cluster.frames)
        day = date.fromisoformat(told.replace("XXXX", "2000"))  # of a year that is not known month and day count
        far = timedelta(days=days - 1)
        first, last = (day - far, day) if over or (took and not begins) else (day, day + far)
        value = "/".join(d.isoformat() for d in dict.fromkeys((first, last)))
        return value.replace("2000", "XXXX") if told.startswith("XXXX") else value
    return None


def _duration(
    frame: Frame, others: Sequence[int], words: Words, durations: Sequence[Duration]
) -> tuple[int, bool] | None:
    """How many days a mention says that its event takes, and whether it says that it took them.

    What stands behind the next mention is said of that one.
    """
    high = min(words.bounds[words.sentence[frame.first]][1], frame.last + _FAR)
    high = min([high, *(first for first in others if first >= frame.last)])
    for duration in durations:
        first, _ = token_range(words.starts, words.ends, duration.start, duration.end)
        if not frame.last < first < high:
            continue
        before = range(max(frame.last, first - _BETWEEN), first)
        verbs = [form for i in before if (form := words.verbs[i]) and form.lemma in _LASTING]
        if verbs or (first <= frame.last + _CLOSE and any(words.bare[i] in _SPELLS for i in before)):
            return duration.days, any(form.tense == "past" for form in verbs)
    return None


def follows(value: str | None, other: str | None) -> bool:
    """Whether one EDTF value is the day behind another.

    >>> follows("2024-04-30", "2024-05-01"), follows("2024-04", "2024-05")
    (True, False)
    """
    if not value or not other or not all(map(_DAY.fullmatch, (value, other))):
        return False
    day, next_day = (date.fromisoformat(v.replace("XXXX", "2000")) for v in (value, other))
    return next_day - day == timedelta(days=1)


def days_from(value: str | None, days: int) -> str | None:
    """The day so many days behind a day, or before it; None where the value is no day.

    >>> days_from("2024-05-01", -1), days_from("2024-05", 1)
    ('2024-04-30', None)
    """
    if not value or not _DAY.fullmatch(value) or "X" in value:
        return None
    return str(date.fromisoformat(value) + timedelta(days=days))


def goes_on(value: str, published: str | None) -> bool:
    """Whether the days of an event hold that of the publication and others behind it.

    >>> goes_on("2024-05-12/2024-05-14", "2024-05-13"), goes_on("2024-05-12/2024-05-13", "2024-05-13")
    (True, False)
    """
    first, _, last = value.partition("/")
    known = _DAY.fullmatch(first) and _DAY.fullmatch(last)
    return bool(known and published and first <= published[:10] < last)
