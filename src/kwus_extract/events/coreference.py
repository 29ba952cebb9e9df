"""Whether a mention is of an event told before, as the network's last head sees it.

The slots of `merge` say how far a mention agrees with an event; where the network was asked, a small head trained on
annotated articles weighs them, with how the two refer, what the words around them share, how alike the network finds
them, and how far one event has more in its favour than the others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from kwus_extract.entities.words import Words
from kwus_extract.events.frames import Frame
from kwus_extract.events.rules import MAIN_ROLES, TYPES
from kwus_extract.lexicon.closed import word_list

if TYPE_CHECKING:
    from kwus_extract.events.merge import Cluster, Merger

SLOTS = ("kinds", "reference", "places", "sides", "times", "outcome")
# Word lists of what may stand before a mention, and of what says which of several is meant.
_BEFORE = ("in_course", "aside", "afterwards", "beforehand", "holding", "terms")
_WHICH = ("next_one", "last_one")
_BEHIND, _REACHES = 4, (5, 30)  # content words behind a mention, tokens to either side
_SHARED = ("behind", "near", "around")
_ALIKE = ("alike most", "alike mean", "alike last")  # what the network says of a mention and an event's
_RIVALS = (
    "total",
    *(f"words {x}" for x in _SHARED),
    "like nearest",
    *_ALIKE,
)  # in which an event is held against the others
TWINS = (
    *(f"{slot} {what}" for slot in SLOTS for what in ("score", "never")), "total",
    *TYPES, "verb", "first verb", "article", "definite", "demonstrative", "owned", "another", "title", "told in title",
    "same noun", "same rule", "same family", "learnt", "adjacent", "same sentence", "next sentence", "near", "distance",
    "told last", "told first", "only one", "size", "shared sides", "sides left", "sides right", "no sides", "none told",
    "shared places", "other places", "no place", "same date", "other date", "no date", "no date told",
    "same status", "planned and occurred", "like last", "like first", "like nearest", "ordinal", "name",
    *(f"words {x}" for x in _SHARED), "nothing behind", "others behind", "same word behind", "other word behind",
    "same words", "same verb", "plural", "other number", "sides covered", "told covered", "status alike", "told",
    *(f"{x} it" for x in _BEFORE), *(f"{x} it, same sentence" for x in _BEFORE),
    *(f"{x} last, same sentence" for x in _BEFORE), "same surest date", "other surest date",
    "other ordinal", "ordinal here", "ordinal told",
    *(f"{x} {where}" for where in ("here", "told", "told first") for x in _WHICH), *_ALIKE, *(f"more {x} than others" for x in _RIVALS),
)  # fmt: skip


class Wording:
    """The words around the mentions of an article; a word weighs the more the rarer it is there.

    What an event is about stands behind its noun: اتفاق الصخيرات، قمة مجموعة العشرين.
    """

    def __init__(self, words: Words) -> None:
        self.w = words
        self.stems = [self._stem(i) for i in range(len(words))]
        counts = Counter(stem for stem in self.stems if stem)
        self.weights = {stem: 1 / math.log(1.5 + n) for stem, n in counts.items()}
        self._read: dict[Frame, list[list[str]]] = {}

    def _stem(self, i: int) -> str:
        """The beginning of a content word without its article; nothing for other words."""
        word = self.w.norms[i]
        word = word[2:] if word.startswith("ال") and len(word) > 4 else word
        return "" if not word[:1].isalpha() or self.w.clitic[i] or word in _COMMON or len(word) < 3 else word[:5]

    def around(self, frame: Frame) -> list[list[str]]:
        """The content words behind a mention, then those within each reach of it, in its sentence."""
        if frame not in self._read:
            low, high = self.w.bounds[self.w.sentence[frame.first]]
            behind = []
            for i in range(frame.last, min(high, frame.last + 7)):
                if not self.w.norms[i][:1].isalnum():
                    break
                behind.append(self.stems[i])
            sets = [list(islice((s for s in behind if s), _BEHIND))]
            for reach in _REACHES:
                left = self.stems[max(low, frame.first - reach) : frame.first]
                sets.append([s for s in left + self.stems[frame.last : min(high, frame.last + reach)] if s])
            self._read[frame] = sets
        return self._read[frame]

    def shared(self, a: Sequence[str], b: Sequence[str]) -> float:
        """The weight of what two share over that of the lesser."""
        lesser = min(sum(self.weights[s] for s in set(x)) for x in (a, b))
        return sum(self.weights[s] for s in set(a) & set(b)) / lesser if lesser else 0.0

    def before(self, frame: Frame) -> list[float]:
        """Which of `_BEFORE` stand among the two words before a mention."""
        w = self.w
        left = [w.bare[i] for i in range(max(0, frame.first - 4), frame.first) if not w.clitic[i]][-2:]
        return [float(any(word in words for word in left)) for words in _WORDS_BEFORE]

    def which(self, frames: Sequence[Frame]) -> list[float]:
        """Which of `_WHICH` stand right behind one of some mentions."""
        behind = {word for f in frames for word in self.w.bare[f.last : f.last + 2]}
        return [float(bool(behind & words)) for words in _WORDS_WHICH]


def twins(merger: Merger, frame: Frame, told: Sequence[Cluster], latest: Cluster | None) -> list[list[float]]:
    """Features of a mention and each of the events of its type told before it, as named in `TWINS`."""
    rows = [_twin(merger, cluster, frame, told, latest) for cluster in told]
    columns = [TWINS.index(x) for x in _RIVALS]
    for n, row in enumerate(rows):
        rivals = [[other[c] for c in columns] for k, other in enumerate(rows) if k != n]
        best = [max(values) for values in zip(*rivals, strict=True)] if rivals else [0.0] * len(columns)
        row += [row[c] - most for c, most in zip(columns, best, strict=True)]
    return rows


def _twin(
    merger: Merger, cluster: Cluster, frame: Frame, told: Sequence[Cluster], latest: Cluster | None
) -> list[float]:
    w = merger.w
    scores = merger.slots(cluster, frame)
    slots = [x for s in scores for x in (max(min(s, 4.0), -4.0) / 4, float(s < -50))]
    last, first = cluster.frames[-1], cluster.frames[0]
    apart = w.sentence[frame.first] - w.sentence[last.first]
    mine, theirs = merger.sides(frame), merger.sides_told(cluster)
    degrees, left, right = merger.match(mine, theirs)
    here = {merger.key(p) for role in ("destination", "location") for p in frame.roles.get(role, ())}
    there = {k for role in ("destination", "location") for k in cluster.roles.get(role, {})}
    dates, known = set(merger.dates(frame)), cluster.said["date"]
    surest, sure = set(merger.dates(frame)[:1]), {d for f in cluster.frames for d in merger.dates(f)[:1]}
    main = MAIN_ROLES[frame.type]
    status = cluster.status()[0]
    likes = [_like(frame, f) for f in cluster.frames]
    root = frame.entry.words[0].removeprefix("ال")[:4]
    before = merger.wording.before(frame)
    return [
        *slots,
        max(min(sum(scores), 8.0), -8.0) / 8,
        *(float(frame.type == t) for t in TYPES),
        float(frame.entry.kind == "verb"),
        float(first.entry.kind == "verb"),
        float(frame.article),
        float(frame.definite),
        float(frame.demonstrative),
        float(frame.entry.owner is not None),
        float(frame.another),
        float(frame.title),
        float(cluster.title),
        float(root in cluster.said["noun"]),
        float(any(f.rule.id == frame.rule.id for f in cluster.frames)),
        float(any(f.subtype == frame.subtype for f in cluster.frames)),
        float(frame.rule.id.endswith(".learnt")),
        float(0 <= frame.first - last.last <= 2),
        float(apart == 0),
        float(apart == 1),
        float(2 <= apart <= 3),
        min(apart, 12) / 12,
        float(cluster is latest),
        float(cluster is told[0]),
        float(len(told) == 1),
        min(len(cluster.frames), 5) / 5,
        min(sum(degrees), 3) / 3,
        min(len(left), 3) / 3,
        min(len(right), 3) / 3,
        float(not frame.roles.get(main)),
        float(not cluster.roles.get(main)),
        float(bool(here & there)),
        float(bool(here and there and not here & there)),
        float(not here or not there),
        float(bool(dates & known)),
        float(bool(dates and known and not dates & known)),
        float(not dates),
        float(not known),
        float(frame.status == status),
        float({frame.status, status} == {"planned", "occurred"}),
        likes[-1],
        likes[0],
        max(likes),
        float(frame.ordinal is not None and frame.ordinal == cluster.ordinal),
        float(bool(frame.named) and frame.named in cluster.said["name"]),
        *_wording(merger.wording, cluster, frame),
        len(mine.keys() & theirs.keys()) / max(1, len(mine)),
        len(mine.keys() & theirs.keys()) / max(1, len(theirs)),
        _agreed(cluster, frame),
        min(len(told), 6) / 6,
        *before,
        *(x * (apart == 0) for x in before),
        *(x * (apart == 0) for x in merger.wording.before(last)),
        float(bool(surest) and surest <= sure),
        float(bool(surest and sure) and not surest <= sure),
        float(None not in (frame.ordinal, cluster.ordinal) and frame.ordinal != cluster.ordinal),
        float(frame.ordinal is not None),
        float(cluster.ordinal is not None),
        *merger.wording.which([frame]),
        *merger.wording.which(cluster.frames),
        *merger.wording.which([first]),
        *_alike(merger, cluster, frame),
    ]


def _wording(wording: Wording, cluster: Cluster, frame: Frame) -> list[float]:
    """What the words of a mention and around it share with those of an event's mentions."""
    w = wording.w
    mine, theirs = wording.around(frame), [wording.around(f) for f in cluster.frames]
    behind = [t[0] for t in theirs if t[0]]
    shared = [max(wording.shared(own, t[n]) for t in theirs) for n, own in enumerate(mine)]
    words = w.norms[frame.first : frame.last]
    verbs = {f.entry.verb.lemma for f in cluster.frames if f.entry.verb}
    plural, plurals = (w.norms[f.last - 1].endswith(_PLURALS) for f in (frame, cluster.frames[0]))
    first = mine[0][:1]
    return [
        *shared,
        float(not mine[0]),
        float(bool(mine[0] and behind) and not shared[0]),
        float(bool(first) and any(t[:1] == first for t in behind)),
        float(bool(first and behind) and not any(t[:1] == first for t in behind)),
        float(any(w.norms[f.first : f.last] == words for f in cluster.frames)),
        float(frame.entry.verb is not None and frame.entry.verb.lemma in verbs),
        float(plural),
        float(plural != plurals),
    ]


def _agreed(cluster: Cluster, frame: Frame) -> float:
    """How likely the network finds a mention's status and that of an event to be one."""
    if frame.statuses is None or not isinstance(cluster.votes, np.ndarray):
        return 0.0
    return float(cluster.votes @ frame.statuses) / len(cluster.frames)


def _alike(merger: Merger, cluster: Cluster, frame: Frame) -> list[float]:
    """What the network says of a mention and those of an event being of one, see `_ALIKE`."""
    if merger.model is None or frame.vector is None:
        return [0.0] * len(_ALIKE)
    scores = np.clip(merger.model.alike(frame, cluster.frames), -8, 8) / 4
    last = max(range(len(cluster.frames)), key=lambda n: cluster.frames[n].word)
    return [float(scores.max()), float(scores.mean()), float(scores[last])]


def _like(a: Frame, b: Frame) -> float:
    """The cosine of two mentions' vectors."""
    if a.vector is None or b.vector is None:
        return 0.0
    return float(a.vector @ b.vector / (np.linalg.norm(a.vector) * np.linalg.norm(b.vector)))


_COMMON = word_list("common")
_WORDS_BEFORE = [word_list(name) for name in _BEFORE]
_WORDS_WHICH = [word_list(name) for name in _WHICH]
_PLURALS = ("ات", "ون", "ين")
