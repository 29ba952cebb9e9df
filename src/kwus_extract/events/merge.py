"""One event, many mentions: which frames speak of the same happening, and what they say together.

Each mention is held against each event told so far, slot by slot: the kind of happening, the sides, the places, the
dates, whether it has taken place, and how the mention refers (a demonstrative or an article takes up what was told, an
indefinite noun brings something new). What agrees speaks for one event and what contradicts against it; the mention
joins the event with most in its favour, or opens one of its own where no event has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kwus_extract.entities.phrases import Phrase
from kwus_extract.entities.words import Words
from kwus_extract.events.coreference import Wording, twins
from kwus_extract.events.frames import Frame
from kwus_extract.events.model import STATUSES, EventModel
from kwus_extract.lexicon.closed import word_list
from kwus_extract.records import EventType

Choose = Callable[[Frame, list["Cluster"], "Cluster | None"], "Cluster | None"]
_PLACES = ("destination", "location")
_DOUBT = 0.1  # added to each status's chance
_RULED = 1.5  # how much the rules' weight of a status adds to the log of its chance
_SETTLED = 1.0  # weight of a status that does not rest on tense alone
_STRONG = 0.8
_ATTENDING = ("حضر", "شارك")
_UNSETTLED = frozenset(("hypothetical", "planned", "negated"))
# How much a slot says. An article that takes up the same noun outweighs a side that is not known (_OTHER), but not a
# third side or another day (_AGAINST); nothing outweighs what cannot be (_NEVER).
_NEVER = -100.0
_AGAINST = -4.0
_TENSE = -3.2
_OTHER = -0.6
_LITTLE = 0.5
_AGREES = 2.0
_TAKEN_UP = 3.0


@dataclass(slots=True, eq=False)
class Cluster:
    """The mentions of one event and the fillers that they pool, by role and key."""

    frames: list[Frame] = field(default_factory=list)
    roles: dict[str, dict[str, Phrase]] = field(default_factory=lambda: defaultdict(dict))
    ordinal: int | None = None
    title: bool = True  # whether only the title has told of it so far
    another: bool = False
    weights: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # of each status
    days: list[int] | None = None  # the date expressions that tell its day, where the network was asked
    votes: NDArray[np.float32] | float = 0.0  # the network's chances of each status, summed over the mentions
    said: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # names, nouns, kinds and dates so far

    @property
    def type(self) -> EventType:
        return self.frames[0].type

    @property
    def chance(self) -> float | None:
        """The surest of its mentions' chances, where the network was asked."""
        return max(f.chance for f in self.frames) if isinstance(self.votes, np.ndarray) else None

    def add(self, frame: Frame, key: Callable[[Phrase], str]) -> None:
        """Take in one more mention and its fillers."""
        self.frames.append(frame)
        self.ordinal = self.ordinal or frame.ordinal
        self.title = self.title and frame.title
        self.another = self.another or frame.another
        if frame.statuses is not None:
            self.votes = self.votes + frame.statuses
        self.weights[frame.status] = max(self.weights[frame.status], frame.weight) + 0.05
        for role, phrases in frame.roles.items():
            for phrase in phrases:
                self.roles[role].setdefault(key(phrase), phrase)

    def status(self) -> tuple[str, float]:
        """The status that weighs most over all mentions; of equals the first said."""
        if isinstance(self.votes, np.ndarray):
            votes = np.log(self.votes / len(self.frames) + _DOUBT)
            for status, weight in self.weights.items():
                votes[STATUSES.index(status)] += _RULED * weight
            first = int(votes.argmax())
            return STATUSES[first], 2 * float(self.votes[first] / len(self.frames))
        best = max(self.weights, key=lambda s: self.weights[s])
        if best == "hypothetical" and self.weights.get("planned", 0.0) >= _SETTLED:
            best = "planned"  # what is planned may be doubted in another sentence
        return best, self.weights[best]


class Merger:
    """Groups frames into events.

    ``key`` names a filler so that mentions of one entity are equal, ``home`` gives its country and ``heads`` the first
    words of its posts; ``country`` gives the country of a place's key, so that a capital and its country agree;
    ``dates`` gives the EDTF values of a frame; ``model`` is the network, where it was asked.
    """

    def __init__(
        self,
        words: Words,
        *,
        key: Callable[[Phrase], str],
        home: Callable[[Phrase], str | None],
        heads: Callable[[Phrase], set[str]],
        country: Callable[[str], str | None],
        dates: Callable[[Frame], list[str]],
        model: EventModel | None = None,
    ) -> None:
        self.w = words
        self.model = model
        self.wording = Wording(words)
        self.key = key
        self.home = home
        self.heads = heads
        self._sides_of: tuple[Frame | None, dict[str, Phrase]] = (None, {})  # of the mention at hand
        self.country = country
        self.dates = dates

    def merge(self, frames: list[Frame], choose: Choose | None = None) -> list[Cluster]:
        """Clusters in the order of their first mention; ``choose``, for training, takes the place of what is chosen here.

        Where the network was asked the title comes last: it takes up what the body tells.
        """
        clusters: list[Cluster] = []
        last: dict[str, Cluster] = {}
        asked = choose is not None or self.model is not None
        for frame in sorted(frames, key=lambda f: asked and f.title):
            told = [c for c in clusters if c.type == frame.type]
            cluster = (choose or self._chosen)(frame, told, last.get(frame.type))
            if cluster is None:
                cluster = Cluster()
                clusters.append(cluster)
            self.take(cluster, frame)
            last[frame.type] = cluster
        for cluster in clusters:
            cluster.frames.sort(key=lambda f: f.first)
        return sorted(clusters, key=lambda c: c.frames[0].first)

    def _chosen(self, frame: Frame, told: list[Cluster], latest: Cluster | None) -> Cluster | None:
        """The event that a mention is of, if it is of one told before: as the network says, or else the rules."""
        if latest is not None and self._chained(latest, frame):
            return latest
        if self.model is not None:
            return self._likeliest(self.model, frame, told, latest)
        return self._joined(frame, latest) or self._attended(frame, told) or self._best(frame, told)

    def take(self, cluster: Cluster, frame: Frame) -> None:
        """Add a mention to an event."""
        cluster.add(frame, self.key)
        said = cluster.said
        said["date"].update(self.dates(frame))
        said["noun"].add(_root(frame))
        said["kind"].add(_family(frame))
        for what, words in (("name", frame.named), ("called", self._called(frame))):
            if words:
                said[what].add(words)

    def _likeliest(
        self, model: EventModel, frame: Frame, told: list[Cluster], latest: Cluster | None
    ) -> Cluster | None:
        """The event that a mention which the network has read is most likely of, if it is of one told before."""
        if not told:
            return None
        chances = model.same(twins(self, frame, told, latest))
        chances[[self._apart(cluster, frame, latest) for cluster in told]] = 0.0
        best = likeliest(chances)
        return None if best is None else told[best]

    def _best(self, frame: Frame, clusters: list[Cluster]) -> Cluster | None:
        """The event that has most in its favour; of equals the one told last."""
        scores = [self._score(c, frame) for c in clusters]
        top = max(scores, default=0.0)
        if top <= 0:
            return None
        equal = [c for c, score in zip(clusters, scores, strict=True) if score == top]
        latest = max(equal, key=lambda c: c.frames[-1].first)
        if len(latest.frames) == 1:
            return max(equal, key=lambda c: len(c.frames))  # what the article is about, not what it last touched
        return latest

    def _joined(self, frame: Frame, cluster: Cluster | None) -> Cluster | None:
        """The event told last, where the mention is one expression with its last mention, or its predicate."""
        if cluster is None or frame.entry.kind != "noun":
            return None
        w, last = self.w, cluster.frames[-1]
        if last.entry.kind == "noun":
            if frame.first == last.last:
                return cluster  # لقاء القمة، بروتوكول اتفاق
            sides = self.sides(frame)
            coordinated = frame.first == last.last + 1 and w.clitic[last.last]
            if coordinated and frame.type == "agreement" and sides.keys() <= self._parties(last.roles.items()).keys():
                return cluster  # 13 اتفاقية ومذكرة تفاهم
        if w.sentence[last.first] != w.sentence[frame.first]:
            return None
        left = w.norms[max(0, frame.first - 2) : frame.first]
        if len(left) == 2 and left[1] in _RANKED and left[0].removeprefix("س") in _COPULAS:
            return cluster  # وهي أول زيارة له
        arrival = frame.type == "visit" and left[-1:] == ["في"] and not frame.definite and not frame.roles
        return cluster if arrival else None  # وصل … في زيارة رسمية

    def _chained(self, cluster: Cluster, frame: Frame) -> bool:
        """الدورة الثامنة للاجتماع الوزاري للمنتدى: the edition of a gathering is the gathering."""
        w, last = self.w, cluster.frames[-1]
        if frame.type != "dialogue" or {frame.entry.kind, last.entry.kind} != {"noun"}:
            return False
        between = range(last.last, w.spaced_left(frame.first))
        if len(between) > 3 or not 0 <= frame.first - last.last <= 4:
            return False
        edition = w.bare[last.first] in _EDITIONS or any(w.norms[i] in _CONVENED for i in between)
        return edition and all(w.is_definite(i) for i in between) and w.norms[frame.first - 1] not in ("و", "ب", "ف")

    def _apart(self, cluster: Cluster, frame: Frame, latest: Cluster | None) -> bool:
        """Whether grammar tells beyond doubt that a mention is of another event than one told before."""
        w, last = self.w, cluster.frames[-1]
        if cluster is latest and w.norms[frame.first - 1] in _NEXT:
            return True  # قمة تليها قمة
        if frame.type == "visit":
            leg = frame.rule.id == "visit.tour" and w.sentence[frame.first] == w.sentence[last.first]
            within = leg and w.bare[w.spaced_left(frame.first) - 1] in _PART_OF
            return within and all(f.rule.id != "visit.tour" for f in cluster.frames)  # زيارة في إطار جولة
        return frame.type == "dialogue" and self._other_partner(cluster, frame)

    def _explicit(self, frame: Frame, relations: frozenset[str]) -> list[Phrase]:
        """The fillers that stand to a mention in one of some relations."""
        fillers = {id(p) for ps in frame.roles.values() for p in ps}
        return [a.phrase for a in frame.arguments if a.relation in relations and id(a.phrase) in fillers]

    def _other_partner(self, cluster: Cluster, frame: Frame) -> bool:
        """لقاء مع فلان، لقاء مع غيره: each names with whom, and the two are of different states."""
        mine = self._explicit(frame, _PARTNERS)
        theirs = [p for f in cluster.frames if not f.entry.plural for p in self._explicit(f, _PARTNERS)]
        if not mine or not theirs or frame.entry.plural:
            return False
        here, there = self._explicit(frame, _NAMED), list(self.sides_told(cluster).values())
        elsewhere = self._places(cluster, frame) < _AGAINST
        return all(self._foreign(p, q, elsewhere) for p in mine for q in there) and all(
            self._foreign(p, q, elsewhere) for p in theirs for q in here
        )

    def _foreign(self, p: Phrase, q: Phrase, elsewhere: bool) -> bool:
        """Whether two sides are of different states; of those who met elsewhere, whether they are two people."""
        x, y = self.home(p), self.home(q)
        if x is not None and y is not None:
            return x != y
        return elsewhere and p.kind == q.kind == "person" and self.key(p) != self.key(q)

    def _attended(self, frame: Frame, clusters: list[Cluster]) -> Cluster | None:
        """The talks told last, where those who sat in are told behind them: حضر اللقاء فلان."""
        form = frame.governor_form
        if frame.type != "dialogue" or not frame.article or form is None or form.lemma not in _ATTENDING:
            return None
        told = [(f.first, n) for n, c in enumerate(clusters) for f in c.frames if _family(f) == "meeting"]
        if not told:
            return None
        cluster = clusters[max(told)[1]]
        return cluster if self._places(cluster, frame) > _NEVER and self._times(cluster, frame) >= 0 else None

    def _score(self, cluster: Cluster, frame: Frame) -> float:
        return sum(self.slots(cluster, frame))

    def slots(self, cluster: Cluster, frame: Frame) -> list[float]:
        """How far a mention agrees with an event, by `SLOTS`."""
        slots = (self._kinds, self._reference, self._places, self._sides, self._times, self._outcome)
        return [slot(cluster, frame) for slot in slots]

    # --- what happens -----------------------------------------------------------------------------------------

    def _kinds(self, cluster: Cluster, frame: Frame) -> float:
        """Whether both are the same kind of happening, by name, round and noun."""
        known = cluster.said["name"]
        if frame.named and known:
            return -_AGAINST if frame.named in known else _NEVER
        if frame.ordinal and (
            cluster.ordinal not in (None, frame.ordinal) or (cluster.ordinal is None and not frame.roles)
        ):
            return _NEVER
        first = cluster.frames[0]
        mine, theirs = _family(frame), _family(first)
        if mine == theirs == "conference" and frame.entry.words[0][:3] != first.entry.words[0][:3]:
            return _NEVER  # المنتدى, مؤتمر: what is convened goes by its own noun
        if mine == theirs or (mine == "summit" and mine in cluster.said["kind"]):
            return 0.0
        if frame.type == "agreement":
            return self._papers(cluster, frame, agreed="agreed" in (mine, theirs))
        if {mine, theirs} == {"summit", "meeting"}:
            if sum(degree == 1.0 for degree in self._matches(cluster, frame)) >= 2:
                return 0.0
            vague = not self.sides(frame)
            taken_up = frame.demonstrative and first.rule.id in ("dialogue.meet", "dialogue.meeting")
            plain = mine == "meeting" and frame.rule.id == "dialogue.meeting" and frame.definite
            if vague and (taken_up or plain or _only_sides(frame)):
                return -0.3
            if frame.definite and not vague and not self.match(self.sides(frame), self.sides_told(cluster))[1]:
                return -1.0
        return _NEVER

    def _papers(self, cluster: Cluster, frame: Frame, *, agreed: bool) -> float:
        """Whether agreements of different kinds may be one: a memorandum, an accord, what was agreed upon."""
        if not agreed:
            return 0.0 if cluster.title or cluster.frames[0].weight < _LITTLE else _NEVER
        if frame.article and not (frame.agreed and _governed(frame)):
            return -0.3 if frame.agreed or frame.demonstrative else -2.8
        return 0.0 if cluster.title and self._matches(cluster, frame) else _NEVER

    # --- who --------------------------------------------------------------------------------------------------

    def _parties(self, roles: Iterable[tuple[str, Iterable[Phrase]]]) -> dict[str, Phrase]:
        """The fillers that name a side, by key: not الجانبان، البلدان."""
        return {
            self.key(p): p
            for role, phrases in roles
            if role not in _PLACES
            for p in phrases
            if p.kind != "side" or p.country
        }

    def sides(self, frame: Frame) -> dict[str, Phrase]:
        """The sides of the mention at hand, read once for all events it is held against."""
        if self._sides_of[0] is not frame:
            self._sides_of = (frame, self._parties(frame.roles.items()))
        return self._sides_of[1]

    def sides_told(self, cluster: Cluster, only: str | None = None) -> dict[str, Phrase]:
        """The sides that an event's mentions have named, by key; of one role only where that is given."""
        return {
            key: p
            for role, fillers in cluster.roles.items()
            if role not in _PLACES and only in (None, role)
            for key, p in fillers.items()
            if p.kind != "side" or p.country
        }

    def _matches(self, cluster: Cluster, frame: Frame) -> list[float]:
        return self.match(self.sides(frame), self.sides_told(cluster))[0]

    def match(
        self, mine: dict[str, Phrase], theirs: dict[str, Phrase]
    ) -> tuple[list[float], list[Phrase], list[Phrase]]:
        """How well the sides of one agree with those of the other, and who is left on either hand."""
        shared = set(mine) & set(theirs)
        degrees = [1.0] * len(shared)
        left = [p for k, p in mine.items() if k not in shared]
        right = [p for k, p in theirs.items() if k not in shared]
        for p in list(left):
            degree, best = max(((self._alike(p, q), n) for n, q in enumerate(right)), default=(0.0, 0))
            if degree:
                degrees.append(degree)
                left.remove(p)
                right.pop(best)
        return degrees, left, right

    def _alike(self, p: Phrase, q: Phrase) -> float:
        """Whether two fillers that are not known to be one may stand for the same side.

        The words of one are in the other (وفد المجلس، وفد من المجلس الأعلى), a state stands for who comes from it, a post
        without a name for the man who holds such a post.
        """
        if not (p.entity and q.entity):
            x, y = (set(self.w.bare[slice(*f.head)]) - _LINKS for f in (p, q))
            if x and y and (x <= y or y <= x):
                return 0.9
        home = self.home(p)
        if home is None or home != self.home(q):
            return 0.0
        kinds = {p.kind, q.kind}
        if kinds & {"country", "side"}:
            return 0.6
        if kinds <= {"person", "post"} and not (p.entity and q.entity):
            a, b = self.heads(p), self.heads(q)
            return 0.6 if a & b or (a & _RULERS and b & _RULERS) else 0.0
        return 0.0

    def _sides(self, cluster: Cluster, frame: Frame) -> float:
        """Two sides shared, or all that one of them names, speak for one event; a third side speaks against it."""
        only = "visitor" if frame.type == "visit" else None
        mine = self._parties((r, ps) for r, ps in frame.roles.items() if only is None or r == only)
        theirs = self.sides_told(cluster, only)
        if not mine or not theirs:
            return 0.0
        degrees, left, right = self.match(mine, theirs)
        clash = any(self._clash(p, q) for p in _own(frame, left) for q in right)
        if frame.type == "visit":
            return _AGREES if degrees else (_AGAINST if clash else -_LITTLE)
        if not degrees:
            third = len(mine) + sum(map(self._identified, theirs.values())) > 2
            return _AGAINST if clash and third else _OTHER
        if max(degrees) < 0.7 and not (_known(frame) or cluster.frames[0].title):
            return _OTHER  # that both are of one state says little of two that are told anew
        if len(degrees) >= 2:
            return 1.0 + sum(degrees)
        if not left or not right:
            return _AGREES * degrees[0]
        if frame.type == "exercise" or (frame.type == "dialogue" and self._in_general(left, right)):
            return 1.0
        if _family(frame) == "summit" and any(mine[k].kind == "org" for k in mine.keys() & theirs.keys()):
            return 1.0  # قمة مجموعة السبع, whoever else is named
        return _AGAINST if clash else _OTHER

    def _identified(self, phrase: Phrase) -> bool:
        return bool(phrase.entity or self.home(phrase))

    def _clash(self, p: Phrase, q: Phrase) -> bool:
        """Whether two fillers cannot be the same side: two states, two people, two bodies."""
        if "country" in (p.kind, q.kind):
            x, y = self.home(p), self.home(q)
            return x is not None and y is not None and x != y
        ranks = {_RANKS.get(p.kind), _RANKS.get(q.kind)}
        return len(ranks) == 1 and None not in ranks and bool(p.entity and q.entity)

    def _in_general(self, left: list[Phrase], right: list[Phrase]) -> bool:
        """Whether what a mention names beside the shared are the same sides by country: لقاء الوزير مع المسؤولين الأمريكيين."""
        homes = {self.home(p) for p in right} - {None}
        return all(p.kind in ("group", "side", "country") and self.home(p) in homes for p in left)

    # --- where and when ---------------------------------------------------------------------------------------

    def _places(self, cluster: Cluster, frame: Frame) -> float:
        total = 0.0
        for role in _PLACES:
            mine = {self.key(p) for p in frame.roles.get(role, ())}
            theirs = set(cluster.roles.get(role, ()))
            if not mine or not theirs:
                continue
            if mine & theirs:
                total += 2 * _LITTLE
                continue
            a = {c for k in mine if (c := self.country(k))}
            b = {c for k in theirs if (c := self.country(k))}
            if a and b:
                if not a & b:
                    return _NEVER
                total += _LITTLE
            elif role == "destination":
                return _NEVER
        return total

    def _times(self, cluster: Cluster, frame: Frame) -> float:
        mine = self.dates(frame)
        theirs = cluster.said["date"]
        if not mine or not theirs:
            return 0.0
        if any(_compatible(a, b) for a in mine for b in theirs):
            return _LITTLE
        if frame.type == "agreement" and frame.definite:
            return 0.0  # signed then, in force since, left now: one treaty has many dates
        if frame.type == "visit" and _known(frame) and not frame.roles.get("destination"):
            return -1.5  # تزامنت زيارة الوزير مع قرار صدر أمس: the day of something else
        return _AGAINST

    def _outcome(self, cluster: Cluster, frame: Frame) -> float:
        """What is still to come is not what has taken place."""
        status, weight = cluster.status()
        if min(weight, frame.weight) < _STRONG or {status, frame.status} != {"planned", "occurred"}:
            return 0.0
        if frame.definite and (frame.demonstrative or not frame.roles):
            return 0.0
        return -1.0 if frame.type == "agreement" and frame.article else _TENSE

    # --- how it refers ----------------------------------------------------------------------------------------

    def _reference(self, cluster: Cluster, frame: Frame) -> float:
        """Whether the mention takes up what was told or brings something new."""
        mine, theirs = self.sides(frame), self.sides_told(cluster)
        same = _root(frame) in cluster.said["noun"]
        another = cluster.another
        if frame.another and not another:
            return _NEVER
        if (
            frame.agreed
            and (frame.entry.kind == "verb" or _governed(frame))
            and not cluster.title
            and self._sides(cluster, frame) <= 0
        ):
            return _NEVER  # each thing agreed upon is told for itself
        if another and not frame.another and frame.type == "agreement" and (mine or self.dates(frame)):
            return _NEVER  # not the new one, which has neither yet
        # the first sentences tell the title again
        again = _AGREES - _LITTLE if cluster.title and same and len(cluster.frames) == 1 else 0.0
        if frame.type == "exercise" and frame.definite:
            return 2 * _LITTLE + again
        if same and (frame.article or self._dated(frame)):
            return _TAKEN_UP
        if self._called(frame) in cluster.said["called"]:
            return _AGREES
        new = _introduces(frame, sides=len(mine)) and not cluster.title and not (cluster.frames[0].title and not theirs)
        if frame.type == "agreement" and new and frame.entry.kind == "noun" and set(mine) != set(theirs):
            # what is not agreed yet may be spoken of as new again and again
            if not {frame.status, cluster.status()[0]} <= _UNSETTLED:
                return _NEVER
            return 0.0 if mine else _LITTLE
        if not mine:
            told = frame.definite or frame.entry.kind == "verb" or not theirs or frame.roles
            return again + (_LITTLE if told else -2 * _LITTLE)
        if not theirs:
            return -2 * _LITTLE if new and frame.type in ("visit", "agreement") else _LITTLE + again
        return again + (_LITTLE if frame.article else 0.0)

    def _called(self, frame: Frame) -> str:
        """What a noun is called after: اتفاق السلام، قمة المناخ."""
        w, i = self.w, frame.last
        if (
            frame.entry.kind != "noun"
            or frame.article
            or i >= len(w)
            or not w.norms[i].startswith("ال")
            or w.clitic[i - 1]
        ):
            return ""
        return " ".join(w.bare[frame.first : i + 1])

    def _dated(self, frame: Frame) -> bool:
        """اتفاق 2015: a noun and its year."""
        after = self.w.norms[frame.last : frame.last + 1]
        return frame.entry.kind == "noun" and bool(after) and len(after[0]) == 4 and after[0].isdigit()


def likeliest(chances: NDArray[np.float32]) -> int | None:
    """The number of the event that a mention is most likely of; None where it is likelier of none of them."""
    best = int(chances.argmax()) if len(chances) else None
    return best if best is not None and chances[best] > 1 - chances.sum() else None


_RANKS = {"person": 1, "post": 1, "org": 2, "group": 3, "place": 4}
_PARTNERS = frozenset(("مع", "object", "ب", "بين"))
_NAMED = _PARTNERS | frozenset(("subject", "support-subject", "genitive", "by", "و"))
_EDITIONS = word_list("editions")
_CONVENED = word_list("convened")
_NEXT = word_list("next_after")
_PART_OF = word_list("part_of")
_NAMING = frozenset(("بين", "مع", "genitive"))
_LINKS = frozenset(("من", "و", "ل", "ب", "في"))
_RULERS = word_list("rulers")
_COPULAS = word_list("copulas")
_RANKED = word_list("ranked")


def _own(frame: Frame, phrases: list[Phrase]) -> list[Phrase]:
    """Those of a mention's sides that its own words name, where it only takes up what was told, not the clause around it."""
    if not frame.article:
        return phrases
    around = {id(a.phrase) for a in frame.arguments if a.relation not in _NAMING}
    return [p for p in phrases if id(p) not in around]


def _known(frame: Frame) -> bool:
    """Whether a mention is definite, be it by what stands in the construct with it: زيارة الوزير."""
    return frame.definite or any(a.relation == "genitive" and a.phrase.first == frame.last for a in frame.arguments)


def _governed(frame: Frame) -> bool:
    """تم الاتفاق على: the noun right behind the verb that carries it."""
    return frame.governor is not None and 0 < frame.first - frame.governor <= 2


def _only_sides(frame: Frame) -> bool:
    """ناقش الجانبان …: more about the talks told before."""
    phrases = [p for role, ps in frame.roles.items() if role not in _PLACES for p in ps]
    return bool(phrases) and all(p.kind == "side" and p.dual for p in phrases) and not frame.ordinal


def _introduces(frame: Frame, *, sides: int) -> bool:
    """Whether a mention tells of something as new: وقعت … اتفاقا، an agreement with the sides that made it."""
    if frame.definite:
        return False
    return frame.entry.kind == "verb" or frame.governor is not None or (frame.type == "agreement" and sides > 1)


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


def _root(frame: Frame) -> str:
    """What the nouns of one happening share: المذكرة of مذكرة تفاهم."""
    return frame.entry.words[0].removeprefix("ال")[:4]


def _compatible(a: str, b: str) -> bool:
    """Whether two EDTF values can be of one happening: equal, one within the other, or overlapping intervals."""
    if a == b or a.startswith(b) or b.startswith(a):
        return True
    if a.startswith("XXXX") or b.startswith("XXXX"):
        # the year of one is unknown: month and day decide
        low_a, high_a = (v[4:] for v in bounds("2000" + a.replace("/XXXX", "/2000")[4:]))
        low_b, high_b = (v[4:] for v in bounds("2000" + b.replace("/XXXX", "/2000")[4:]))
        return low_a <= high_b and low_b <= high_a
    low_a, high_a = bounds(a)
    low_b, high_b = bounds(b)
    return low_a <= high_b and low_b <= high_a


def bounds(value: str) -> tuple[str, str]:
    """The first and the last day of an EDTF value, as strings that compare.

    >>> bounds("2024-03"), bounds("2024-03-10/2024-03-16")
    (('2024-03', '2024-03-99'), ('2024-03-10', '2024-03-16'))
    """
    start, _, end = value.partition("/")
    end = end or start
    low = "" if start == ".." else start.replace("X", "0")
    high = "9999" if end == ".." else (end.replace("X", "9") + "-99-99")[:10]
    return low, high
