"""Who fills the roles of an event, out of what the network says of each of its mentions.

A mention knows its own sentence and those beside it; an event knows all of its mentions, and the article's other events,
one of which may be the one that somebody near takes part in. A last head, trained on annotated articles, weighs that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kwus_extract.entities.phrases import Phrase
from kwus_extract.events.merge import Cluster, Merger
from kwus_extract.events.model import KINDS, LINKS, link_of
from kwus_extract.events.rules import TYPES

FILLS = LINKS[:-1]  # none, main, host, place, signatory
_REAL = FILLS[1:]
_RANKS = {"person": 0, "post": 1, "org": 2, "group": 2, "country": 3, "side": 3, "place": 3, "other": 3}
EVIDENCE = (
    *(f"{what} {link}" for what in ("most", "odds", "mean", "here", "rule") for link in _REAL),
    "same sentence", "share of mentions", "one of", "mentions", "elsewhere", "more than elsewhere",
    "rank", "expected", "behind the first", "in title", "near title",
    *KINDS, "capital", "dual", *TYPES, *(f"most main of {t}" for t in TYPES), *(f"most place of {t}" for t in TYPES),
    *(f"most main, {k}" for k in KINDS), "chance",
    "main above at home", "main above", "main below at home", "home known", "place at home", "place abroad",
    "place elsewhere", "main of the same words",
)  # fmt: skip


class Slot(NamedTuple):
    """What the network says of one phrase and one mention: the chance of each link; the role that the rules gave it."""

    phrase: Phrase
    chances: NDArray[np.float32]
    here: bool  # in the mention's own sentence
    role: str | None


class Evidence(NamedTuple):
    """All that is said of one filler and one event; `features` are named in `EVIDENCE`."""

    cluster: Cluster
    key: str
    phrases: list[Phrase]
    role: str | None  # the role that the rules gave it
    features: list[float]


class _Beside(NamedTuple):
    """One that may fill a role, as the others see it: people stand before posts, bodies and countries."""

    key: str
    rank: int
    home: str | None
    main: float  # the most that is said for it as one of the sides, and as a place
    place: float

    def against(self, others: Sequence[_Beside]) -> list[float]:
        """What speaks for those above and below it, of its own country or any, and for other places."""
        rest = [o for o in others if o.key != self.key]
        kin = [o for o in rest if self.home is not None and o.home == self.home]
        above, below = (o.main for o in kin if o.rank < self.rank), (o.main for o in kin if o.rank > self.rank)
        return [
            max(above, default=0.0),
            max((o.main for o in rest if o.rank < self.rank), default=0.0),
            max(below, default=0.0),
            float(self.home is not None),
            max((o.place for o in kin), default=0.0),
            max((o.place for o in rest if o not in kin), default=0.0),
        ]


def evidence(clusters: Sequence[Cluster], merger: Merger) -> Iterator[Evidence]:
    """What is said of each that may fill a role of each event."""
    key = merger.key
    tables: list[dict[str, list[tuple[int, Slot]]]] = []
    for cluster in clusters:
        table: dict[str, list[tuple[int, Slot]]] = {}
        for number, frame in enumerate(cluster.frames):
            for slot in frame.slots:
                table.setdefault(key(slot.phrase), []).append((number, slot))
        tables.append(table)
    mains = [{k: max(float(s.chances[1]) for _, s in slots) for k, slots in table.items()} for table in tables]
    places = [{k: max(float(s.chances[3]) for _, s in slots) for k, slots in table.items()} for table in tables]
    for number, (cluster, table) in enumerate(zip(clusters, tables, strict=True)):
        ranked = sorted(mains[number].values(), reverse=True)
        others = [n for n, c in enumerate(clusters) if n != number and c.type == cluster.type]
        rivals = [mains[n] for n in others]
        beside = [
            _Beside(
                k,
                _RANKS[slots[0][1].phrase.acting],
                merger.home(slots[0][1].phrase),
                mains[number][k],
                places[number][k],
            )
            for k, slots in table.items()
        ]
        size = len(cluster.frames)
        for (name, slots), own in zip(table.items(), beside, strict=True):
            chances = np.array([s.chances[1:-1] for _, s in slots])
            most = chances.max(axis=0)
            clipped = np.clip(most, 0.005, 0.995)
            told = sorted({n for n, _ in slots})
            mean = sum(chances[[i for i, (n, _) in enumerate(slots) if n == t]].max(axis=0) for t in told) / size
            here = [i for i, (_, s) in enumerate(slots) if s.here]
            roles = [s.role for _, s in slots if s.role]
            links = {link_of(r) for r in roles}
            main, place = float(most[0]), float(most[2])
            elsewhere = max((r.get(name, 0.0) for r in rivals), default=0.0)
            titled = [float(s.chances[1]) for n, s in slots if cluster.frames[n].title]
            first = slots[0][1].phrase
            yield Evidence(
                cluster,
                name,
                [s.phrase for _, s in slots],
                roles[0] if roles else None,
                [
                    *map(float, most),
                    *map(float, np.log(clipped / (1 - clipped))),
                    *map(float, np.asarray(mean)),
                    *map(float, chances[here].max(axis=0) if here else np.zeros(len(_REAL))),
                    *(float(link in links) for link in _REAL),
                    float(bool(here)),
                    len(told) / size,
                    1 / size,
                    min(size, 6) / 6,
                    elsewhere,
                    main - elsewhere,
                    sum(p > main for p in ranked) / 5,
                    min(sum(ranked), 6) / 6,
                    ranked[0] - main,
                    max(titled, default=0.0),
                    float(bool(titled)),
                    *(float(first.kind == k) for k in KINDS),
                    float(first.capital),
                    float(first.dual),
                    *(float(cluster.type == t) for t in TYPES),
                    *(main * (cluster.type == t) for t in TYPES),
                    *(place * (cluster.type == t) for t in TYPES),
                    *(main * (first.kind == k) for k in KINDS),
                    max(cluster.frames[n].chance for n in told),
                    *own.against(beside),
                    max((places[n].get(name, 0.0) for n in others), default=0.0),
                    max((b.main for b in beside if b.key != name and _within(name, b.key)), default=0.0),
                ],
            )


def _within(a: str, b: str) -> bool:
    """Whether the words of one filler that is not known by name are all in the other."""
    x, y = set(a.split()), set(b.split())
    return x <= y or y <= x
