"""One event, many mentions: which frames speak of the same happening, and what they say together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from kwus_extract.entities.phrases import Phrase
from kwus_extract.events.frames import Frame

_PLACES = ("destination", "location")
_SETTLED = 1.0  # weight of a status that does not rest on tense alone
_ATTENDING = ("حضر", "شارك")


@dataclass(slots=True, eq=False)
class Cluster:
    """The mentions of one event and the fillers that they pool, by role and key."""

    frames: list[Frame] = field(default_factory=list)
    roles: dict[str, dict[str, Phrase]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def type(self) -> str:
        return self.frames[0].type

    @property
    def ordinal(self) -> int | None:
        return next((f.ordinal for f in self.frames if f.ordinal), None)

    def status(self) -> tuple[str, float]:
        """The status that weighs most over all mentions; of equals the first said."""
        weights: dict[str, float] = defaultdict(float)
        for frame in self.frames:
            weights[frame.status] = max(weights[frame.status], frame.weight) + 0.05
        best = max(weights, key=lambda s: weights[s])
        if best == "hypothetical" and weights.get("planned", 0.0) >= _SETTLED:
            best = "planned"  # what is planned may be doubted in another sentence
        return best, weights[best]


class Merger:
    """Groups frames into events.

    ``key`` names a filler so that mentions of one entity are equal; ``country`` gives the country of a place's key, so
    that a capital and its country agree; ``when`` gives the EDTF value of a frame.
    """

    def __init__(
        self, key: Callable[[Phrase], str], country: Callable[[str], str | None], when: Callable[[Frame], str | None]
    ) -> None:
        self.key = key
        self.country = country
        self.when = when

    def merge(self, frames: list[Frame]) -> list[Cluster]:
        """Clusters in the order of their first mention."""
        clusters: list[Cluster] = []
        for frame in frames:
            fits = [c for c in reversed(clusters) if c.type == frame.type and self._same(c, frame)]
            if frame.ordinal:
                fits = [c for c in fits if c.ordinal == frame.ordinal] or [
                    c for c in fits if frame.roles and c.ordinal is None
                ]
            fits = self._taken_up(frame, clusters) or fits
            best = fits[0] if fits else None
            if len(fits) > 1 and not frame.roles and len(fits[0].frames) == 1:
                best = max(
                    fits, key=lambda c: len(c.frames)
                )  # what the article is about, rather than what it last touched
            if best is None:
                best = Cluster()
                clusters.append(best)
            best.frames.append(frame)
            for role, phrases in frame.roles.items():
                for phrase in phrases:
                    best.roles[role].setdefault(self.key(phrase), phrase)
        return clusters

    def _taken_up(self, frame: Frame, clusters: list[Cluster]) -> list[Cluster]:
        """The talks told last, where those who sat in are told behind them: حضر اللقاء فلان."""
        form = frame.governor_form
        if frame.type != "dialogue" or not frame.article or form is None or form.lemma not in _ATTENDING:
            return []
        told = [
            (f.first, c) for c in clusters if c.type == "dialogue" for f in c.frames if self._family(f) == "meeting"
        ]
        last = max(told, key=lambda pair: pair[0], default=None)
        if last is None or not self._places_agree(last[1], frame) or not self._dates_agree(last[1], frame):
            return []
        return [last[1]]

    def _keys(self, frame: Frame, *, places: bool) -> dict[str, set[str]]:
        return {
            role: {self.key(p) for p in phrases}
            for role, phrases in frame.roles.items()
            if (role in _PLACES) == places and phrases
        }

    def _same(self, cluster: Cluster, frame: Frame) -> bool:
        if frame.ordinal and cluster.ordinal and frame.ordinal != cluster.ordinal:
            return False
        mine, theirs = (
            self._keys(frame, places=False),
            {r: set(v) for r, v in cluster.roles.items() if r not in _PLACES},
        )
        parties = set().union(*mine.values()) if mine else set()
        others = set().union(*theirs.values()) if theirs else set()
        families = {self._family(cluster.frames[0]), self._family(frame)}
        if len(families) > 1 and not (
            (frame.type == "agreement" and cluster.frames[0].weight < 0.5)
            or (families == {"summit", "meeting"} and len(parties & others) >= 2)
        ):
            return False
        if frame.another and not any(f.another for f in cluster.frames):
            return False
        if not self._dates_agree(cluster, frame):
            return False
        statuses = {cluster.status()[0], frame.status}
        strong = frame.weight >= 0.8 and cluster.status()[1] >= 0.8
        if (
            strong
            and "negated" not in statuses
            and statuses == {"planned", "occurred"}
            and not (frame.definite and self._vague(frame))
        ):
            return False
        places_ok = self._places_agree(cluster, frame)
        if frame.named and (known := {f.named for f in cluster.frames if f.named}):
            return frame.named in known
        if frame.type == "exercise" and frame.definite and places_ok:
            return True
        if frame.article and places_ok and any(_root(f) == _root(frame) for f in cluster.frames):
            return True  # الحوار الذي …: the article takes up what was told
        if (
            frame.type == "agreement"
            and frame.governor is not None
            and not frame.definite
            and frame.entry.kind == "noun"
            and cluster.frames[0].weight >= 0.5
        ):
            return bool(parties) and parties == others
        if not parties:
            return places_ok and (frame.definite or frame.entry.kind != "noun" or not others or bool(frame.roles))
        if not others:
            return places_ok
        shared = parties & others
        if frame.type == "visit":
            a, b = mine.get("visitor", set()), theirs.get("visitor", set())
            return places_ok and (bool(a & b) or not a or not b)
        if frame.type == "dialogue":
            if self._only_sides(frame):
                return True
            if not shared or not places_ok:
                return False
            if self._family(frame) in ("conference", "summit") and not any(
                f.entry.words[0][:3] == frame.entry.words[0][:3] for f in cluster.frames
            ):
                return False
            if len(shared) >= 2 or parties == others:
                return True
            if all(f.title for f in cluster.frames) and len(cluster.frames) == 1:
                return True  # the first sentences tell the title again
            return len(parties) == 1 or len(others) == 1 or self._in_general(cluster, frame, shared)
        return bool(shared) and places_ok and (len(shared) >= min(2, len(parties), len(others)))

    def _in_general(self, cluster: Cluster, frame: Frame, shared: set[str]) -> bool:
        """Whether what a mention names beside the shared are the same sides by country: لقاء الوزير مع المسؤولين الأمريكيين."""

        def home(phrase: Phrase) -> str | None:
            return phrase.country or self.country(self.key(phrase))

        told = [
            p for role, ps in cluster.roles.items() if role not in _PLACES for k, p in ps.items() if k not in shared
        ]
        rest = [p for role, ps in frame.roles.items() if role not in _PLACES for p in ps if self.key(p) not in shared]
        homes = {home(p) for p in told} - {None}
        return bool(rest) and all(p.kind in ("group", "side", "country") and home(p) in homes for p in rest)

    @staticmethod
    def _only_sides(frame: Frame) -> bool:
        """ناقش الجانبان …: more about the talks told before."""
        phrases = [p for role, ps in frame.roles.items() if role not in _PLACES for p in ps]
        return (
            bool(phrases)
            and all(p.kind == "side" and p.dual for p in phrases)
            and not frame.ordinal
            and not frame.dates
            and frame.rule.id != "dialogue.meet"
        )

    def _vague(self, frame: Frame) -> bool:
        return frame.demonstrative or not frame.roles

    @staticmethod
    def _family(frame: Frame) -> str:
        if frame.type == "visit":
            # جولة خليجية has visits as its legs; جولة في أقسام المستشفى is part of one
            far = any(p.kind == "country" for p in frame.roles.get("destination", ()))
            return "tour" if frame.rule.id == "visit.tour" and far else "visit"
        if frame.type == "dialogue":
            return {"summit": "summit", "conference": "conference", "call": "call"}.get(frame.subtype, "meeting")
        if frame.type == "agreement" and frame.agreed:
            return "agreed"
        if frame.type == "agreement":
            return {"contract": "contract", "memorandum": "memorandum"}.get(frame.subtype, "agreement")
        return frame.type

    def _dates_agree(self, cluster: Cluster, frame: Frame) -> bool:
        mine = self.when(frame)
        if mine is None:
            return True
        values = [v for f in cluster.frames if (v := self.when(f))]
        return not values or any(_compatible(mine, v) for v in values)

    def _places_agree(self, cluster: Cluster, frame: Frame) -> bool:
        for role in _PLACES:
            mine = {self.key(p) for p in frame.roles.get(role, ())}
            theirs = set(cluster.roles.get(role, ()))
            if not mine or not theirs or mine & theirs:
                continue
            a = {c for k in mine if (c := self.country(k))}
            b = {c for k in theirs if (c := self.country(k))}
            if a and b:
                if not a & b:
                    return False
            elif role == "destination":
                return False
        return True


def _root(frame: Frame) -> str:
    """What the nouns of one happening share: المذكرة of مذكرة تفاهم."""
    return frame.entry.words[0].removeprefix("ال")[:4]


def _compatible(a: str, b: str) -> bool:
    """Whether two EDTF values can be of one happening: equal, one within the other, or overlapping intervals."""
    if a == b or a.startswith(b) or b.startswith(a):
        return True
    if a.startswith("XXXX") or b.startswith("XXXX"):
        # the year of one is unknown: month and day decide
        low_a, high_a = (v[4:] for v in _bounds("2000" + a.replace("/XXXX", "/2000")[4:]))
        low_b, high_b = (v[4:] for v in _bounds("2000" + b.replace("/XXXX", "/2000")[4:]))
        return low_a <= high_b and low_b <= high_a
    low_a, high_a = _bounds(a)
    low_b, high_b = _bounds(b)
    return low_a <= high_b and low_b <= high_a


def _bounds(value: str) -> tuple[str, str]:
    start, _, end = value.partition("/")
    end = end or start
    low = "" if start == ".." else start.replace("X", "0")
    high = "9999" if end == ".." else (end.replace("X", "9") + "-99-99")[:10]
    return low, high
