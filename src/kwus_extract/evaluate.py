"""Scoring records against gold annotation, and the gate that keeps the scores of the seeds from falling.

All F1 are micro-averages over the articles. What is optional in the gold is neither asked for nor punished. Compared
are **events** (same type and a trigger in common, or the same sentence and a filler in common), their **roles**
(fillers in their exact role, those of missed and spurious events included), **participants** (the same with taking-part
roles pooled and places pooled), **status** and **date** of the matched events, **people** with their **position**,
**organizations**, **dates** (overlap and an equal EDTF value) and **date_spans** (overlap alone).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from kwus_extract.io.gold import Gold, GoldDate, GoldEvent, GoldName, GoldPerson, sha256
from kwus_extract.records import ArticleRecord, DateMention, Event

F1_METRICS = (
    *("events", "events:visit", "events:dialogue", "events:exercise", "events:agreement"),
    *("roles", "participants", "people", "organizations", "dates", "date_spans"),
)
ACCURACY_METRICS = ("status", "date", "position")

_PLACES = {"location", "destination"}
_SENTENCE_END = re.compile(r"[.!؟?\n]+")

A = TypeVar("A")
B = TypeVar("B")
Place = tuple[int, int]


@dataclass
class Count:
    """True positives, false positives, false negatives."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        p, r = self.precision, self.recall
        return 2 * p * r / (p + r) if p + r else 0.0


@dataclass
class Ratio:
    """How many of those that could be judged were right."""

    right: int = 0
    of: int = 0

    @property
    def accuracy(self) -> float | None:
        return self.right / self.of if self.of else None

    def add(self, good: bool) -> bool:
        self.right += good
        self.of += 1
        return good


@dataclass
class Scores:
    """The counts of one article or of many, and what was wrong in words."""

    counts: dict[str, Count] = field(default_factory=lambda: {name: Count() for name in F1_METRICS})
    ratios: dict[str, Ratio] = field(default_factory=lambda: {name: Ratio() for name in ACCURACY_METRICS})
    faults: list[str] = field(default_factory=list)
    judged: list[tuple[Event, bool]] = field(default_factory=list)  # found events that the gold settles, right or not

    def add(self, other: Scores) -> None:
        for name, count in other.counts.items():
            mine = self.counts[name]
            mine.tp, mine.fp, mine.fn = mine.tp + count.tp, mine.fp + count.fp, mine.fn + count.fn
        for name, ratio in other.ratios.items():
            self.ratios[name].right += ratio.right
            self.ratios[name].of += ratio.of
        self.faults += other.faults
        self.judged += other.judged

    def values(self) -> dict[str, float]:
        """F1 or accuracy of every metric for which there is something to judge."""
        found = {name: count.f1 for name, count in self.counts.items() if count.tp + count.fp + count.fn}
        return found | {name: ratio.right / ratio.of for name, ratio in self.ratios.items() if ratio.of}

    def as_dict(self) -> dict[str, dict[str, float | int | None]]:
        """All figures, rounded to four places."""
        figures: dict[str, dict[str, float | int | None]] = {
            name: {
                **{"p": round(count.precision, 4), "r": round(count.recall, 4), "f": round(count.f1, 4)},
                **{"tp": count.tp, "fp": count.fp, "fn": count.fn},
            }
            for name, count in self.counts.items()
        }
        for name, ratio in self.ratios.items():
            accuracy = ratio.accuracy
            figures[name] = {"acc": None if accuracy is None else round(accuracy, 4), "n": ratio.of}
        return figures


def score(golds: Iterable[Gold], texts: dict[str, str], records: dict[str, ArticleRecord]) -> Scores:
    """The scores over all articles; ``texts`` and ``records`` go by the id in the gold. No record is an empty one."""
    total = Scores()
    for gold in golds:
        total.add(score_article(gold, texts[gold.doc.id], records.get(gold.doc.id)))
    return total


def match_records(
    golds: Iterable[Gold], texts: dict[str, str], records: Iterable[ArticleRecord]
) -> dict[str, ArticleRecord]:
    """The record of each gold by the gold's id: the one made of its text, whatever its id, else the one with its id.

    Of several made of the same text it is the one with the id, where there is one. A gold without a record is left out.
    """
    by_id: dict[str, ArticleRecord] = {}
    by_checksum: dict[str, ArticleRecord] = {}
    for record in records:
        by_id[record.doc_id] = record
        by_checksum.setdefault(record.source.sha256, record)
    found = {}
    for gold in golds:
        checksum = sha256(texts[gold.doc.id])
        named = by_id.get(gold.doc.id)
        same_text = named if named and named.source.sha256 == checksum else by_checksum.get(checksum)
        if best := same_text or named:
            found[gold.doc.id] = best
    return found


def score_article(gold: Gold, text: str, record: ArticleRecord | None) -> Scores:
    """The scores of one article."""
    scoring = _Scoring(gold, text, record)
    scoring.names("people", gold.people, [(p.name, p.position) for p in record.people] if record else [])
    scoring.names("organizations", gold.organizations, [(o.name, None) for o in record.organizations] if record else [])
    scoring.dates()
    scoring.events()
    return scoring.scores


class _Scoring:
    """One article being scored."""

    def __init__(self, gold: Gold, text: str, record: ArticleRecord | None) -> None:
        self.gold = gold
        self.text = text
        self.record = record
        self.scores = Scores()
        if record is None:
            self.fault("no record")

    def fault(self, message: str) -> None:
        self.scores.faults.append(f"{self.gold.doc.id}: {message}")

    def names(self, kind: str, gold: Sequence[GoldName], found: Sequence[tuple[str, str | None]]) -> None:
        def likeness(wanted: GoldName, got: tuple[str, str | None]) -> float:
            fits = [_overlap(_tokens(got[0]), _tokens(name)) for name in wanted.names if same(got[0], [name])]
            return 1 + max(fits) if fits else 0

        pairs = _pair(gold, found, likeness)
        count = self.scores.counts[kind]
        for i, wanted in enumerate(gold):
            if wanted.optional:
                continue
            if i not in pairs:
                count.fn += 1
                self.fault(f"{kind} missed: {wanted.names[0]}")
                continue
            count.tp += 1
            if isinstance(wanted, GoldPerson) and wanted.position:
                got = found[pairs[i]][1] or ""
                good = _overlap(_tokens(got), _tokens(wanted.position)) >= 0.6
                if not self.scores.ratios["position"].add(good):
                    self.fault(f"position of {wanted.names[0]}: {got!r}, gold {wanted.position!r}")
        for j, (name, _) in enumerate(found):
            excused = any(same(name, wanted.names) for wanted in gold if wanted.optional)
            if j not in pairs.values() and not excused:
                count.fp += 1
                self.fault(f"{kind} spurious: {name}")

    def dates(self) -> None:
        gold, found = self.gold.dates, self.record.dates if self.record else ()
        for metric, exact in (("date_spans", False), ("dates", True)):
            pairs = _pair(gold, found, partial(self._date_likeness, exact=exact))
            count = self.scores.counts[metric]
            for i, wanted in enumerate(gold):
                if wanted.optional:
                    continue
                count.tp += i in pairs
                count.fn += i not in pairs
                if exact and i not in pairs:
                    there = [date.value for date in found if self._date_likeness(wanted, date)]
                    self.fault(f"date missed or wrong: {wanted.text} = {wanted.value}; got {there}")
            for j, date in enumerate(found):
                over = [wanted for wanted in gold if self._date_likeness(wanted, date)]
                if j not in pairs.values() and not any(wanted.optional for wanted in over):
                    count.fp += 1
                    if exact and not over:
                        self.fault(f"date spurious: {date.text} = {date.value}")

    def _date_likeness(self, wanted: GoldDate, date: DateMention, *, exact: bool = False) -> float:
        meet = _meet(wanted.place(self.text), (date.start, date.end))
        return float(meet and (not exact or _plain(wanted.value) == _plain(date.value)))

    def events(self) -> None:
        gold, found = self.gold.events, self.record.events if self.record else ()
        pairs = _pair(gold, found, self._event_likeness)
        for i, wanted in enumerate(gold):
            if not wanted.optional:
                self._event(wanted, found[pairs[i]] if i in pairs else None)
        optional = [wanted for wanted in gold if wanted.optional]
        self.scores.judged += [(found[j], True) for i, j in pairs.items() if not gold[i].optional]
        for j, event in enumerate(found):
            if j in pairs.values() or any(self._event_likeness(wanted, event) for wanted in optional):
                continue
            self.scores.judged.append((event, False))
            fillers = len(_fillers(event))
            for metric, number in (
                (f"events:{event.type}", 1),
                ("events", 1),
                ("roles", fillers),
                ("participants", fillers),
            ):
                self.scores.counts[metric].fp += number
            self.fault(
                f"event spurious: {event.type} {[trigger.text for trigger in event.triggers[:3]]} {_fillers(event)}"
            )

    def _event(self, wanted: GoldEvent, hit: Event | None) -> None:
        label = f"{wanted.type} {wanted.triggers[0].text}"
        for metric in ("events", f"events:{wanted.type}"):
            count = self.scores.counts[metric]
            count.tp += hit is not None
            count.fn += hit is None
        if hit is None:
            triggers = [trigger.text for trigger in wanted.triggers]
            self.fault(f"event missed: {wanted.type} {triggers} {wanted.status} {_gold_fillers(wanted)}")
        else:
            if not self.scores.ratios["status"].add(hit.status == wanted.status):
                self.fault(f"status of {label}: {hit.status}, gold {wanted.status}")
            got, accepted = _plain(hit.date.value if hit.date else None), [_plain(value) for value in wanted.dates]
            if not self.scores.ratios["date"].add(got in accepted if accepted else not got):
                self.fault(f"date of {label}: {got!r}, gold {accepted}")
        for metric, pooled in (("roles", False), ("participants", True)):
            asked = [(_pool(role) if pooled else role, forms) for role, forms in _gold_fillers(wanted)]
            there = [(_pool(role) if pooled else role, text) for role, text in _fillers(hit)] if hit else []
            pairs = _pair(asked, there, lambda a, b: float(a[0] == b[0] and same(b[1], a[1])))
            count = self.scores.counts[metric]
            count.tp += len(pairs)
            count.fn += len(asked) - len(pairs)
            count.fp += len(there) - len(pairs)
            if hit and not pooled:
                for i, (role, forms) in enumerate(asked):
                    if i not in pairs:
                        self.fault(f"{label}: role missed: {role} {forms[0]}")
                for j, (role, text) in enumerate(there):
                    if j not in pairs.values():
                        self.fault(f"{label}: role spurious: {role} {text}")

    def _event_likeness(self, wanted: GoldEvent, event: Event) -> float:
        if wanted.type != event.type:
            return 0
        asked = [trigger.place(self.text) for trigger in wanted.triggers]
        there = [(trigger.start, trigger.end) for trigger in event.triggers]
        common = sum(any(_meet(place, span) for span in there) for place in asked)
        shared = sum(any(same(text, forms) for _, text in _fillers(event)) for _, forms in _gold_fillers(wanted))
        if common:
            return 1 + common + 0.1 * shared
        near = any(place and self._sentence(place) == self._sentence(span) for place in asked for span in there)
        return 0.5 if near and shared else 0

    def _sentence(self, place: Place) -> int:
        return sum(end.end() <= place[0] for end in _SENTENCE_END.finditer(self.text))


def same(found: str, forms: Iterable[str]) -> bool:
    """Whether a name says the same as one of its accepted forms: most words in common, or one within the other.

    >>> same("وزارة الدفاع", ["وزارة الدفاع الكويتية"])
    True
    """
    for got in _readings(found):
        for form in forms:
            for wanted in _readings(form):
                contains = len(wanted) > 1 and set(wanted) <= set(got) and len(got) <= len(wanted) + 6
                within = len(got) > 1 and set(got) <= set(wanted)
                if contains or within or _overlap(got, wanted) > 0.7:
                    return True
    return False


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[\u064b-\u065f\u0670\u0640\u200c-\u200f\u202a-\u202e\u2066-\u2069]", "", text)
    text = re.sub("[أإآٱ]", "ا", text).translate(str.maketrans("ىةؤئ", "يهوي"))
    return re.sub(r"[^\w]+", " ", text).strip()


def _tokens(text: str) -> list[str]:
    """The folded words without their article and what is fused with it."""
    words = []
    for word in _fold(text).split():
        bare = re.sub(r"^(?:و|ف)?(?:ب|ك|ل)?ال(?=\w{3})", "", word) if len(word) > 4 else word
        words.append(re.sub(r"^لل(?=\w{3})", "", bare))
    return words


def _readings(text: str) -> Iterator[list[str]]:
    """The words as they are, and again without a proclitic on the first."""
    words = _tokens(text)
    yield words
    if words and len(words[0]) > 3 and words[0][0] in "وفبلك":
        yield (_tokens(words[0][1:]) or [words[0][1:]]) + words[1:]


def _overlap(a: list[str], b: list[str]) -> float:
    common = (Counter(a) & Counter(b)).total()
    return 2 * common / (len(a) + len(b)) if common else 0.0


def _meet(a: Place | None, b: Place) -> bool:
    return a is not None and a[0] < b[1] and b[0] < a[1]


def _plain(value: str | None) -> str:
    """An EDTF value without its qualifiers; an interval within one date is that date."""
    first, _, last = re.sub("[~?%]", "", (value or "").strip()).partition("/")
    return first if not last or first == last else f"{first}/{last}"


def _pool(role: str) -> str:
    return "place" if role in _PLACES else "party"


def _fillers(event: Event) -> list[tuple[str, str]]:
    return [(role, filler.text) for role, fillers in event.roles for filler in fillers]


def _gold_fillers(event: GoldEvent) -> list[tuple[str, tuple[str, ...]]]:
    return [(role, forms) for role, fillers in event.roles.items() for forms in fillers]


def _pair(gold: Sequence[A], found: Sequence[B], likeness: Callable[[A, B], float]) -> dict[int, int]:
    """The one-to-one matching with the most pairs, as index in gold to index in found; the most alike are tried first.

    What is optional in the gold takes its pick last, and only adds to what the rest has got.
    """
    weights = [[likeness(wanted, got) for got in found] for wanted in gold]
    choices = [sorted((j for j, w in enumerate(row) if w), key=lambda j: -row[j]) for row in weights]
    taken: dict[int, int] = {}

    def place(i: int, tried: set[int]) -> bool:
        for j in choices[i]:
            if j not in tried:
                tried.add(j)
                if j not in taken or place(taken[j], tried):
                    taken[j] = i
                    return True
        return False

    for i in sorted(range(len(gold)), key=lambda i: bool(getattr(gold[i], "optional", False))):
        place(i, set())
    return {i: j for j, i in taken.items()}
