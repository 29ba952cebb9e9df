"""On which of the days that an article names an event takes place, out of what the network says of each of its mentions.

As with the roles, a last head weighs what no mention knows alone: the days that are named far from them, those of the
event's other mentions and of the events that share its sides (talks are on a day of the visit that they are part of).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


class _Said(NamedTuple):
    """What is said of each value (a column) by the mentions of each event (a row): chances, and the most of them."""

    days: list[list[list[tuple[int, Day]]]]  # with the number of the mention
    most: NDArray[np.float64]


def days(clusters: Sequence[Cluster], calendar: Calendar, words: Words) -> list[list[list[float]]]:
    """Features of each value that the article names, in the order of `Calendar.numbers`, for each event; see `DAYS`."""
    column = {n: k for k, numbers in enumerate(calendar.numbers.values()) for n in numbers}
    table: list[list[list[tuple[int, Day]]]] = [[[] for _ in calendar.numbers] for _ in clusters]
    for row, cluster in zip(table, clusters, strict=True):
        for n, frame in enumerate(cluster.frames):
            for day in frame.days:
                if day.number in column:
                    row[column[day.number]].append((n, day))
    most = np.array([[max((d.chance for _, d in said), default=0.0) for said in row] for row in table])
    said = _Said(table, most.reshape(len(clusters), len(calendar.numbers)))
    return [_of_event(clusters, n, said, calendar, words) for n in range(len(clusters))]


def _of_event(clusters: Sequence[Cluster], n: int, said: _Said, calendar: Calendar, words: Words) -> list[list[float]]:
    cluster, most = clusters[n], said.most[n]
    values = list(calendar.numbers)
    if not values:
        return []
    size = len(cluster.frames)
    status = np.asarray(cluster.votes) / size  # the network's chance of each
    told = sorted(words.sentence[f.first] for f in cluster.frames)
    main = cluster.roles.get(MAIN_ROLES[cluster.type], {}).keys()
    rest = [i for i in range(len(clusters)) if i != n]
    kin = [i for i in rest if main & clusters[i].roles.get(MAIN_ROLES[clusters[i].type], {}).keys()]
    visits = [i for i in kin if clusters[i].type == "visit" != cluster.type]
    elsewhere, shared, visited = (
        said.most[some].max(axis=0) if some else np.zeros(len(values)) for some in (rest, kin, visits)
    )
    ranked = np.sort(most)
    years = [v[:4] for v, chance in zip(values, most, strict=True) if v[:4].isdigit() and chance > 0.3]
    rows = []
    for k, value in enumerate(values):
        chance = float(most[k])
        clipped = min(max(chance, 0.005), 0.995)
        heard = said.days[n][k]
        each = [0.0] * size
        for m, day in heard:
            each[m] = max(each[m], day.chance)
        titled = [c for c, frame in zip(each, cluster.frames, strict=True) if frame.title]
        above = len(values) - int(np.searchsorted(ranked, chance, side="right"))
        rival = float(ranked[-1]) if above else float(ranked[-2]) if len(values) > 1 else 0.0
        when = calendar.when(value)
        where = [calendar.sentences[d] for d in calendar.numbers[value]]
        distance, behind = min((abs(d - s), d > s) for d in where for s in told)
        rows.append(
            [
                chance,
                float(np.log(clipped / (1 - clipped))),
                sum(each) / size,
                max((day.chance for _, day in heard if day.here), default=0.0),
                each[0],
                max(titled, default=0.0),
                float(any(day.ruled for _, day in heard)),
                sum(c > 0.5 for c in each) / size,
                chance - rival,
                above / 3,
                min(len(where), 4) / 4,
                *(float(_precision(value) == p) for p in _PRECISIONS),
                *(float(when == w) for w in _WHEN),
                *(float(when == w) * float(s) for w in _WHEN[1:] for s in status),
                float(k == 0),
                float(len(values) == 1),
                float(min(where) <= 2),
                float(distance == 0),
                float(distance == 1),
                float(2 <= distance <= 3),
                min(distance, 12) / 12,
                float(behind),
                *(float(cluster.type == t) for t in TYPES),
                min(size, 6) / 6,
                float(n == 0),
                min(len(clusters), 6) / 6,
                float(elsewhere[k]),
                float(shared[k]),
                float(visited[k]),
                float(bool(years) and value[:4] == min(years)),
                *(chance * (cluster.type == t) for t in TYPES),
            ]
        )
    return rows


def _precision(value: str) -> str:
    if "X" in value or ".." in value:
        return "vague"
    return "range" if "/" in value else {10: "day", 7: "month"}.get(len(value), "year")
