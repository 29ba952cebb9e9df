"""The network's opinion of an article's mentions: is it an event, who fills which role, did it happen, and when.

The rules read frames by grammar; where a construction is unknown to them they see nothing. The network builds on the
vectors of the name recogniser's encoder, marked with what the stages found so far, and was trained on annotated
articles (`models/ar-news-events`). This module makes its input, for training and for use alike, and runs it.
"""

from __future__ import annotations

import io
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kwus_extract.entities.backends import Encoded
from kwus_extract.entities.phrases import Phrase
from kwus_extract.entities.words import Words
from kwus_extract.errors import ModelError
from kwus_extract.events.frames import Frame
from kwus_extract.events.rules import MAIN_ROLES, TYPES
from kwus_extract.models import ModelFolder, model_folder

KINDS = ("person", "post", "group", "org", "country", "side", "place", "other")
STATUSES = ("occurred", "ongoing", "planned", "cancelled", "negated", "hypothetical")
LINKS = ("none", "main", "host", "place", "signatory", "date")
_PREPOSITIONS = ("مع", "بين", "في", "الي", "من", "ب", "ل", "و", "عن", "علي", "،", "ان", "قال", "قبل", "لدي")
_RELATIVES = frozenset(("الذي", "التي", "ان", "انه", "انها", "الذين"))
_COMMAS = frozenset(("،", ",", "؛"))

# Marks on words: what the stages before found. Those from `RULES` on come from the event rules.
MARKS = (
    *(f"{edge} {kind}" for edge in ("begin", "inside") for kind in (*KINDS, "date")),
    "title", "unusable", "opens", "verb",
    *TYPES, "stands", *STATUSES, *(f"as {link}" for link in LINKS[1:]),
)  # fmt: skip
RULES = MARKS.index(TYPES[0])
PAIR = (
    *TYPES, *KINDS, "date", "dual", "capital", "governed", "of a country", "title",
    "after", "near after", "near before", "between", "verb", "commas", "relative",
    *(f"after {word}" for word in _PREPOSITIONS), "sentence before", "same sentence", "sentence after",
    *(f"rule {link}" for link in LINKS),
)  # fmt: skip
PAIR_RULES = PAIR.index("rule none")
MENTION = (*TYPES, "past", "today", "future", "undated", *STATUSES, "weight", "stands")
MENTION_RULES = MENTION.index("past")
REACH = 1  # sentences between a mention and its fillers


def link_of(role: str) -> str:
    """The network's name for a role of a record."""
    if role in MAIN_ROLES.values():
        return "main"
    return "place" if role in ("location", "destination", "origin") else role


class Candidate(NamedTuple):
    """What may fill a slot of a mention: a phrase, or a date by its number."""

    first: int
    last: int
    kind: str
    phrase: Phrase | None = None
    date: int | None = None


class Mention(NamedTuple):
    """A word that may tell of an event, with its frame where the rules have read one."""

    type: str
    token: int
    frame: Frame | None
    stands: bool  # whether the rules would keep it


class Sheet:
    """An article as the network reads it beside the encoder's vectors."""

    def __init__(
        self,
        words: Words,
        encoded: Encoded,
        phrases: Sequence[Phrase],
        dates: Sequence[tuple[int, int]],
        *,
        values: Sequence[str | None],
        governed: Sequence[bool] = (),
        title_end: int = 0,
        published: str | None = None,
    ) -> None:
        self.w = words
        self.encoded = encoded
        self.values = values
        self.published = published
        ends = [end for _, end in encoded.words]
        last = max(len(ends) - 1, 0)
        self.word = [min(bisect_right(ends, start), last) for start in words.starts]
        self.title = [start < title_end for start in words.starts]
        made = [Candidate(p.first, p.last, p.kind, phrase=p) for p in phrases if words.usable[p.first]]
        made += [
            Candidate(a, b, "date", date=n)
            for n, ((a, b), value) in enumerate(zip(dates, values, strict=True))
            if a < b <= len(words) and value and any(c.isdigit() for c in value)
        ]
        self.candidates = sorted(made, key=lambda c: (c.first, c.last))
        self.starts = [c.first for c in self.candidates]
        self._slots: dict[int, list[Candidate]] = {}  # by token
        self.governed = {p.first for p, g in zip(phrases, governed, strict=False) if g}
        n = len(words)
        opening = set(self.starts)
        self.counts = [
            [0, *accumulate(int(is_it(i)) for i in range(n))]
            for is_it in (
                lambda i: i in opening,
                words.is_verb,
                lambda i: words.norms[i] in _COMMAS,
                lambda i: words.norms[i] in _RELATIVES,
            )
        ]

    def head(self, candidate: Candidate) -> int:
        """The token that stands for a candidate."""
        return candidate.phrase.head[0] if candidate.phrase else candidate.first

    def tail(self, candidate: Candidate) -> int:
        """The last token of what stands for a candidate."""
        return (candidate.phrase.head[1] if candidate.phrase else candidate.last) - 1

    def marks(self, mentions: Sequence[Mention]) -> NDArray[np.float32]:
        """(words, marks): what is known of each word."""
        table = np.zeros((len(self.encoded.words), len(MARKS)), dtype=np.float32)
        at = {name: i for i, name in enumerate(MARKS)}
        w = self.w
        for i, word in enumerate(self.word):
            if self.title[i]:
                table[word, at["title"]] = 1
            if not w.usable[i]:
                table[word, at["unusable"]] = 1
            if w.is_verb(i):
                table[word, at["verb"]] = 1
        for first, _ in w.bounds:
            table[self.word[first], at["opens"]] = 1
        for c in self.candidates:
            for i in range(c.first, c.last):
                table[self.word[i], at[f"inside {c.kind}"]] = 1
            table[self.word[self.head(c)], at[f"begin {c.kind}"]] = 1
        for mention in mentions:
            frame = mention.frame
            word = self.word[mention.token]
            if frame is None:
                continue
            table[word, at[mention.type]] = 1
            table[word, at[frame.status]] = 1
            if mention.stands:
                table[word, at["stands"]] = 1
                for role, phrases in frame.roles.items():
                    for phrase in phrases:
                        table[self.word[phrase.head[0]], at[f"as {link_of(role)}"]] = 1
        return table

    def slots(self, mention: Mention) -> list[Candidate]:
        """The candidates near a mention, in order."""
        if mention.token not in self._slots:
            self._slots[mention.token] = self._near(mention)
        return self._slots[mention.token]

    def _near(self, mention: Mention) -> list[Candidate]:
        w = self.w
        sentence = w.sentence[mention.token]
        low = w.bounds[max(0, sentence - REACH)][0]
        high = w.bounds[min(len(w.bounds) - 1, sentence + REACH)][1]
        near = self.candidates[bisect_left(self.starts, low) : bisect_left(self.starts, high)]
        return [c for c in near if not c.first <= mention.token < c.last]

    def pair(self, mention: Mention, candidate: Candidate) -> list[float]:
        """Features of a mention and a candidate, as named in `PAIR`."""
        w = self.w
        at, phrase = mention.token, candidate.phrase
        distance = candidate.first - at
        low, high = (at + 1, candidate.first) if distance > 0 else (candidate.last, at)
        opening, verbs, commas, relatives = (c[max(high, low)] - c[low] for c in self.counts)
        before = w.norms[candidate.first - 1] if candidate.first else ""
        offset = w.sentence[candidate.first] - w.sentence[at]
        link = "none"
        if mention.frame is not None:
            if candidate.date is not None:
                link = "date" if candidate.date in mention.frame.dates else "none"
            else:
                link = next((link_of(r) for r, ps in mention.frame.roles.items() if phrase in ps), "none")
        return [
            *(float(mention.type == t) for t in TYPES),
            *(float(candidate.kind == k) for k in (*KINDS, "date")),
            float(bool(phrase and phrase.dual)),
            float(bool(phrase and phrase.capital)),
            float(candidate.first in self.governed),
            float(bool(phrase and phrase.country)),
            float(self.title[candidate.first]),
            float(distance > 0),
            1 / (1 + distance / 5) if distance > 0 else 0.0,
            1 / (1 - distance / 5) if distance <= 0 else 0.0,
            min(opening, 6) / 6,
            min(verbs, 3) / 3,
            min(commas, 3) / 3,
            float(relatives > 0),
            *(float(before == word) for word in _PREPOSITIONS),
            *(float(offset == o) for o in (-1, 0, 1)),
            *(float(link == name) for name in LINKS),
        ]

    def mention(self, mention: Mention) -> list[float]:
        """Features of a mention, as named in `MENTION`."""
        frame = mention.frame
        value = next((self.values[n] for n in frame.dates), None) if frame else None
        when = "undated"
        if value and self.published and value[:4].isdigit():
            start, day = value.partition("/")[0], self.published[: len(value.partition("/")[0])]
            when = "today" if start == day else "past" if start < day else "future"
        return [
            *(float(mention.type == t) for t in TYPES),
            *(float(bool(frame) and when == x) for x in ("past", "today", "future", "undated")),
            *(float(bool(frame) and frame.status == s) for s in STATUSES),  # type: ignore[union-attr]
            float(frame.weight) / 2 if frame else 0.0,
            float(mention.stands),
        ]


class Opinion(NamedTuple):
    """What the network makes of an article; probabilities all.

    `triggers`: of each word, (words, 1 + types): of no event, of one of each type. Of each mention `event`, (mentions,),
    `status`, (mentions, statuses), and `links`, (slots, links) each, in the order of `Sheet.slots`.
    """

    triggers: NDArray[np.float32]
    event: NDArray[np.float32]
    status: NDArray[np.float32]
    links: list[NDArray[np.float32]]


class EventModel:
    """The network: transformer layers over the marked words in ONNX Runtime, small heads over their vectors."""

    def __init__(self, folder: ModelFolder) -> None:
        self.encoder: str = folder.about["encoder"]
        self._session = folder.session("model.onnx")
        with np.load(io.BytesIO(folder.read("heads.npz"))) as stored:
            self._weights = {name: stored[name] for name in stored.files}
        if folder.about["marks"] != list(MARKS) or folder.about["pair"] != list(PAIR):
            raise ModelError(f"{folder.path}: made for other features; reinstall kwus-extract")

    @property
    def heads(self) -> Collection[str]:
        """The names of the heads."""
        return self._weights.keys()

    def learn(self, heads: Mapping[str, NDArray[np.float32]]) -> None:
        """Take heads over, by name."""
        self._weights.update(heads)

    def vectors(self, sheet: Sheet, mentions: Sequence[Mention]) -> NDArray[np.float32]:
        """(words, hidden): the words as the layers leave them; zeros in windows where nothing is asked."""
        marks = sheet.marks(mentions)
        asked = {sheet.word[m.token] for m in mentions}
        asked |= {sheet.word[i] for m in mentions for s in sheet.slots(m) for i in (sheet.head(s), sheet.tail(s))}
        start = np.zeros((1, len(MARKS)), dtype=np.float32)
        parts = []
        for (first, last), shared in zip(sheet.encoded.windows, sheet.encoded.vectors, strict=True):
            if asked.isdisjoint(range(first, last)):
                parts.append(np.zeros((last - first, shared.shape[1]), dtype=np.float32))
                continue
            marked = np.concatenate([start, marks[first:last]])
            parts.append(self._session.run(None, {"shared": shared[None], "marks": marked[None]})[0])
        return np.concatenate(parts)

    def read(self, sheet: Sheet, mentions: Sequence[Mention], vectors: NDArray[np.float32]) -> Opinion:
        """What the network makes of some mentions."""
        triggers = _softmax(self._dense(vectors, "trig"))
        triggers[~vectors.any(axis=1)] = np.eye(1 + len(TYPES), dtype=np.float32)[0]
        at = vectors[[sheet.word[m.token] for m in mentions]]
        if not len(at):
            return Opinion(triggers, np.zeros(0, np.float32), np.zeros((0, len(STATUSES)), np.float32), [])
        known = np.concatenate([at, np.array([sheet.mention(m) for m in mentions], dtype=np.float32)], axis=1)
        event = (1 / (1 + np.exp(-self._dense(self._bent(known, "m1"), "m2")[:, 0]))).astype(np.float32)
        status = _softmax(self._dense(self._bent(known, "s1"), "s2"))
        return Opinion(triggers, event, status, self._links(sheet, mentions, vectors, at))

    def _links(
        self, sheet: Sheet, mentions: Sequence[Mention], vectors: NDArray[np.float32], at: NDArray[np.float32]
    ) -> list[NDArray[np.float32]]:
        slots = [sheet.slots(m) for m in mentions]
        sizes = [len(s) for s in slots]
        if not sum(sizes):
            return [np.zeros((0, len(LINKS)), dtype=np.float32) for _ in mentions]
        pairs = np.array([sheet.pair(m, c) for m, s in zip(mentions, slots, strict=True) for c in s], dtype=np.float32)
        asked = list({id(c): c for s in slots for c in s}.values())  # most are near several mentions
        place = {id(c): n for n, c in enumerate(asked)}
        heads, lasts = (vectors[[sheet.word[end(c)] for c in asked]] for end in (sheet.head, sheet.tail))
        told = np.repeat(self._bent(at, "t"), sizes, axis=0)
        filler = self._bent(np.concatenate([heads, lasts], axis=1), "c")[[place[id(c)] for s in slots for c in s]]
        joined = np.concatenate([told, filler, told * filler, self._bent(pairs, "f")], axis=1)
        links = _softmax(self._dense(self._bent(joined, "o1"), "o2"))
        return np.split(links, np.cumsum(sizes)[:-1])

    def fill(self, features: Sequence[Sequence[float]]) -> NDArray[np.float32]:
        """(fillers, links but the date's): how likely each of an event's possible fillers is to fill which role."""
        if not features:
            return np.zeros((0, len(LINKS) - 1), dtype=np.float32)
        return _softmax(self._weighed(features, "fill"))

    def same(self, features: Sequence[Sequence[float]]) -> NDArray[np.float32]:
        """How likely a mention is to be of each of the events told before; the rest is the chance that it is of none."""
        scores = np.append(self._weighed(features, "twin")[:, 0], np.float32(0))
        return _softmax(scores)[:-1]

    def alike(self, frame: Frame, others: Sequence[Frame]) -> NDArray[np.float32]:
        """Scores of a mention being of one event with each of some others, (others,), as log-odds.

        All 0 where the network has not learnt them.
        """
        if "j.weight" not in self.heads:
            return np.zeros(len(others), dtype=np.float32)
        pairs = [sorted((frame, other), key=lambda f: -f.word) for other in others]
        told, before = (self._bent(np.array([pair[k].vector for pair in pairs]), "j") for k in (0, 1))
        apart = np.log1p([[later.word - first.word] for later, first in pairs], dtype=np.float32) / 6
        joined = np.concatenate([told, before, told * before, np.abs(told - before), apart], axis=1)
        return self._dense(self._bent(joined, "p1"), "p2")[:, 0]

    def day(self, features: Sequence[Sequence[float]]) -> NDArray[np.float32]:
        """How likely an event is to take place on each of the days that the article names; the rest is for none of them."""
        if not features:
            return np.zeros(0, dtype=np.float32)
        return _softmax(np.append(self._weighed(features, "day")[:, 0], np.float32(0)))[:-1]

    def _weighed(self, features: Sequence[Sequence[float]], name: str) -> NDArray[np.float32]:
        """The scores of a small network that sees its features straight and bent."""
        x = np.array(features, dtype=np.float32)
        return self._dense(np.concatenate([self._bent(x, f"{name}1"), x], axis=1), f"{name}2")

    def _dense(self, x: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        result: NDArray[np.float32] = x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return result

    def _bent(self, x: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        return np.maximum(self._dense(x, name), 0)


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: NDArray[np.float32] = raised / raised.sum(axis=-1, keepdims=True)
    return result


@lru_cache(maxsize=1)
def event_model() -> EventModel:
    """The model that ships in the package."""
    return EventModel(ModelFolder(model_folder("ar-news-events")))
