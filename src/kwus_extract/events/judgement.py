"""The network's opinion put to the frames that the rules read, frames for mentions that no rule knows, roles of events."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kwus_extract.events.calendar import Calendar, Day, days
from kwus_extract.events.filling import FILLS, Slot, evidence
from kwus_extract.events.frames import Frame, FrameReader
from kwus_extract.events.merge import Cluster, Merger, bounds, likeliest
from kwus_extract.events.model import LINKS, EventModel, Mention, Opinion, Sheet, link_of
from kwus_extract.events.rules import MAIN_ROLES, TYPES, Entry, Rule
from kwus_extract.records import EventType

_EVENT = 0.65  # chance from which a frame tells of an event: the network is surer than it should be
_NEW = 0.92  # chance from which a word that no rule knows does
_FILLS = 0.5  # chance from which a phrase fills a role of a mention
_FILLS_EVENT = 0.5  # chance from which it does of an event
_RULED_FILLS = 0.25  # the same, of one whom the rules gave the role
_DATES = 0.6  # chance from which a date is that of the event
_RULED_DATES = 0.35  # the same, of one that the rules gave the mention
_SUBTYPES = {"visit": "official", "dialogue": "meeting", "exercise": "military", "agreement": "agreement"}
_LEARNT = {
    t: Rule.model_construct(id=f"{t}.learnt", subtype=subtype, roles={}, examples=[], counter_examples=[])
    for t, subtype in _SUBTYPES.items()
}


class Judgement:
    """Judges the frames of one article; ``stands`` says which of them the rules would keep."""

    def __init__(
        self, model: EventModel, sheet: Sheet, reader: FrameReader, stands: Callable[[Frame], bool], title_end: int
    ) -> None:
        self.model = model
        self.sheet = sheet
        self.reader = reader
        self.stands = stands
        self.title_end = title_end
        self.w = sheet.w

    def judge(self, frames: list[Frame]) -> list[Frame]:
        """The mentions of events in order, with the roles, the status and the dates that the network gives them."""
        known = [Mention(f.type, f.first, f, self.stands(f)) for f in frames]
        vectors = self.model.vectors(self.sheet, known)
        opinion = self.model.read(self.sheet, known, vectors)
        self._settle(known, frames, opinion, vectors)
        found = self._learnt(frames, opinion)
        more = [Mention(f.type, f.first, None, False) for f in found]
        self._settle(more, found, self.model.read(self.sheet, more, vectors), vectors)
        return sorted((f for f in (*frames, *found) if f.chance >= _EVENT), key=lambda f: f.first)

    def _settle(
        self, mentions: list[Mention], frames: list[Frame], opinion: Opinion, vectors: NDArray[np.float32]
    ) -> None:
        for i, (mention, frame) in enumerate(zip(mentions, frames, strict=True)):
            frame.chance = float(opinion.event[i])
            frame.statuses = opinion.status[i]
            frame.word = self.sheet.word[mention.token]
            frame.vector = vectors[frame.word]
            self._link(mention, frame, opinion.links[i])

    def _link(self, mention: Mention, frame: Frame, links: NDArray[np.float32]) -> None:
        """What the network says of each slot; for the merging, the roles and dates that are likelier than not."""
        before = {id(p): role for role, phrases in frame.roles.items() for p in phrases}
        read = set(frame.dates)
        frame.roles = {}
        dates: list[tuple[float, int]] = []
        for candidate, row in zip(self.sheet.slots(mention), links, strict=True):
            here = self.w.sentence[candidate.first] == self.w.sentence[frame.first]
            if candidate.date is not None:
                apart = frame.apart
                if apart and apart.days != 0 and candidate.first < apart.at:
                    continue  # وصل الأربعاء غداة القمة: the day of the clause is not that of the event
                chance = float(row[LINKS.index("date")])
                frame.days.append(Day(candidate.date, chance, here, candidate.date in read))
                if chance >= (_RULED_DATES if candidate.date in read else _DATES):
                    dates.append((-chance, candidate.date))
                continue
            phrase = candidate.phrase
            assert phrase is not None
            role = before.get(id(phrase))
            frame.slots.append(Slot(phrase, row, here, role))
            best = int(row[1:-1].argmax()) + 1
            if row[best] >= _FILLS or (role and phrase.kind == "side" and phrase.dual):
                role = role_of(frame.type, LINKS[best], role) if row[best] >= _FILLS else role
                if role:
                    frame.roles.setdefault(role, []).append(phrase)
        frame.dates = [n for _, n in sorted(dates)]

    def fill(self, clusters: list[Cluster], merger: Merger) -> None:
        """Give each event those who are likely to fill its roles, all of its mentions considered."""
        found = list(evidence(clusters, merger))
        chances = self.model.fill([e.features for e in found])
        for cluster in clusters:
            duals = {
                role: {k: p for k, p in fillers.items() if p.kind == "side" and p.dual}
                for role, fillers in cluster.roles.items()
            }
            cluster.roles.clear()
            for role, fillers in duals.items():
                cluster.roles[role].update(fillers)  # الجانبان: who they are is found later
        for e, row in zip(found, chances, strict=True):
            best = int(row[1:].argmax()) + 1
            ruled = FILLS.index(link_of(e.role)) if e.role else 0
            if row[best] < _FILLS_EVENT:
                if not ruled or row[ruled] < _RULED_FILLS:
                    continue
                best = ruled
            fills = role_of(e.cluster.type, FILLS[best], e.role)
            if fills:
                e.cluster.roles[fills].setdefault(e.key, e.phrases[0])

    def date(self, clusters: list[Cluster], calendar: Calendar) -> None:
        """Give each event its day, where the article names it: of a week and a day of it the day."""
        values = list(calendar.numbers)
        for cluster, rows in zip(clusters, days(clusters, calendar, self.w), strict=True):
            cluster.days = []
            chances = self.model.day(rows)
            best = likeliest(chances)
            if best is not None:
                told = {n for frame in cluster.frames for n in frame.dates}
                finer = [
                    k for k, v in enumerate(values) if _within(v, values[best]) and told & set(calendar.numbers[v])
                ]
                cluster.days = calendar.numbers[values[max(finer, key=lambda k: chances[k], default=best)]]

    def _learnt(self, frames: list[Frame], opinion: Opinion) -> list[Frame]:
        """Frames for words that tell of an event by the network alone."""
        taken = {(f.type, self.sheet.word[i]) for f in frames for i in range(f.first, f.last)}
        token = {word: i for i, word in enumerate(self.sheet.word) if not self.w.clitic[i]}
        found = []
        for word in np.flatnonzero(opinion.triggers[:, 1:].max(axis=1) >= _NEW):
            kind: EventType = TYPES[int(opinion.triggers[word, 1:].argmax())]
            at = token.get(int(word))
            if at is None or not self.w.usable[at] or (kind, int(word)) in taken or not self.w.norms[at][:1].isalpha():
                continue
            if self.reader.refused(kind, at):
                continue
            verb = self.w.verbs[at]
            entry = Entry((self.w.bare[at],), _LEARNT[kind], kind, "noun" if verb is None else "verb", verb)
            frame = self.reader.frame(entry, at)
            frame.title = self.w.starts[at] < self.title_end
            found.append(frame)
        return found


def _within(value: str, other: str) -> bool:
    """Whether one EDTF value is a part of another."""
    (low, high), (first, last) = bounds(value), bounds(other)
    return value != other and first <= low and high <= last


def role_of(kind: EventType, link: str, before: str | None) -> str | None:
    """The role that a link means in an event of a type, if any; the rules tell a visit's location from its destination."""
    if link == "main":
        return MAIN_ROLES[kind]
    if link == "place":
        return before if before in ("location", "destination") else ("destination" if kind == "visit" else "location")
    if link == "signatory":
        return link if kind == "agreement" else None
    return None if kind == "agreement" else link
