"""On which of the days that an article names an event takes place, out of what the network says of each of its mentions.

As with the roles, a last head weighs what no mention knows alone: the days that are named far from them, those of the
event's other mentions and of the events that share its sides (talks are on a day of the visit that they are part of).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kwus_extract.entities.words import Words
from kwus_extract.events.merge import Cluster
from kwus_extract.events.model import STATUSES
from kwus_extract.events.rules import MAIN_ROLES, TYPES

_WHEN = ("unknown", "past", "today", "future")
_PRECISIONS = ("day", "month", "year", "range", "vague")
DAYS = (
    "most", "odds", "mean", "here", "first", "title", "ruled", "share of mentions", "rivals", "rank", "times named",
    *_PRECISIONS, *_WHEN, *(f"{w} and {s}" for w in _WHEN[1:] for s in STATUSES), "first named", "only one", "lead",
    "same sentence", "next sentence", "near", "distance", "behind", *TYPES, "size", "first told", "events",
    "elsewhere", "elsewhere, sides shared", "on the visit", "earliest", *(f"most of {t}" for t in TYPES),
)  # fmt: skip


class Day(NamedTuple):
    """What the network says of one date expression and one mention; whether the rules gave it the date."""

    number: int
    chance: float
    here: bool  # in the mention's own sentence
    ruled: bool


class Calendar:
    """The date expressions of an article: EDTF values, sentences, and the day of publication."""

    def __init__(
        self, words: Words, tokens: Sequence[tuple[int, int]], values: Sequence[str | None], published: str | None
    ) -> None:
        self.sentences = [words.sentence[min(first, len(words) - 1)] for first, _ in tokens]
        self.numbers: dict[str, list[int]] = {}
        for n, value in enumerate(values):
            if value and words.usable[min(tokens[n][0], len(words) - 1)]:
                self.numbers.setdefault(value, []).append(n)
        self.published = published

    def when(self, value: str) -> str:
        """Whether a value lies before, on or behind the day of publication."""
        start, _, end = value.partition("/")
        end = end or start
        if not self.published or not start[:4].isdigit() or not end[:4].isdigit():
            return "unknown"
        if start <= self.published[: len(start)] and end >= self.published[: len(end)]:
            return "today"
        return "past" if end < self.published[: len(end)] else "future"


def days(clusters: Sequence[Cluster], calendar: Calendar, words: Words) -> list[list[list[float]]]:
    """Features of each value that the article names, in the order of `Calendar.numbers`, for each event; see `DAYS`."""
    found = [[_said(cluster, numbers) for numbers in calendar.numbers.values()] for cluster in clusters]
    return [
        [_day(clusters, n, value, found, k, calendar, words) for k, value in enumerate(calendar.numbers)]
        for n in range(len(clusters))
    ]


def _said(cluster: Cluster, numbers: Sequence[int]) -> list[tuple[int, Day]]:
    return [(n, day) for n, frame in enumerate(cluster.frames) for day in frame.days if day.number in numbers]


def _day(
    clusters: Sequence[Cluster],
    n: int,
    value: str,
    found: Sequence[Sequence[list[tuple[int, Day]]]],
    k: int,
    calendar: Calendar,
    words: Words,
) -> list[float]:
    cluster, said = clusters[n], found[n][k]
    size = len(cluster.frames)
    most = _most(said)
    clipped = min(max(most, 0.005), 0.995)
    each = [max((day.chance for m, day in said if m == i), default=0.0) for i in range(size)]
    titled = [chance for chance, frame in zip(each, cluster.frames, strict=True) if frame.title]
    others = [_most(s) for i, s in enumerate(found[n]) if i != k]
    numbers = calendar.numbers[value]
    when = calendar.when(value)
    status = np.asarray(cluster.votes) / size  # the network's chance of each
    told = [words.sentence[f.first] for f in cluster.frames]
    apart = [(abs(calendar.sentences[d] - s), calendar.sentences[d] > s) for d in numbers for s in told]
    distance, behind = min(apart)
    main = cluster.roles.get(MAIN_ROLES[cluster.type], {}).keys()
    rest = [(c, _most(found[i][k])) for i, c in enumerate(clusters) if i != n]
    kin = [(c, chance) for c, chance in rest if main & c.roles.get(MAIN_ROLES[c.type], {}).keys()]
    years = [v[:4] for v, s in zip(calendar.numbers, found[n], strict=True) if v[:4].isdigit() and _most(s) > 0.3]
    return [
        most,
        float(np.log(clipped / (1 - clipped))),
        sum(each) / size,
        _most([(m, day) for m, day in said if day.here]),
        each[0],
        max(titled, default=0.0),
        float(any(day.ruled for _, day in said)),
        sum(chance > 0.5 for chance in each) / size,
        most - max(others, default=0.0),
        sum(o > most for o in others) / 3,
        min(len(numbers), 4) / 4,
        *(float(_precision(value) == p) for p in _PRECISIONS),
        *(float(when == w) for w in _WHEN),
        *(float(when == w) * float(chance) for w in _WHEN[1:] for chance in status),
        float(k == 0),
        float(len(calendar.numbers) == 1),
        float(min(calendar.sentences[d] for d in numbers) <= 2),
        float(distance == 0),
        float(distance == 1),
        float(2 <= distance <= 3),
        min(distance, 12) / 12,
        float(behind),
        *(float(cluster.type == t) for t in TYPES),
        min(size, 6) / 6,
        float(n == 0),
        min(len(clusters), 6) / 6,
        max((chance for _, chance in rest), default=0.0),
        max((chance for _, chance in kin), default=0.0),
        max((chance for c, chance in kin if c.type == "visit" != cluster.type), default=0.0),
        float(bool(years) and value[:4] == min(years)),
        *(most * (cluster.type == t) for t in TYPES),
    ]


def _most(said: Sequence[tuple[int, Day]]) -> float:
    return max((day.chance for _, day in said), default=0.0)


def _precision(value: str) -> str:
    if "X" in value or ".." in value:
        return "vague"
    return "range" if "/" in value else {10: "day", 7: "month"}.get(len(value), "year")
