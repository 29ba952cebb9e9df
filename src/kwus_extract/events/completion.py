"""Fillers that no clause of an event gives, from the sentence and from the article's other events.

The two sides behind الجانبان, the other side of an agreement مع somebody, the place of talks on a visit, those who
welcomed the visitor. Each is added only where the event has a gap of just that shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kwus_extract.entities.phrases import Phrase, between
from kwus_extract.entities.words import Words
from kwus_extract.events.frames import Frame, FrameReader
from kwus_extract.events.merge import Cluster
from kwus_extract.events.rules import MAIN_ROLES
from kwus_extract.lexicon.closed import word_list

_PARTIES = ("visitor", "participant", "party", "host")
_ACTORS = ("person", "post", "group", "org", "country")
_AFTER = frozenset(("بعد", "عقب", "قبل", "منذ"))
_DURING = frozenset(("خلال", "اثناء", "ضمن", "اطار"))
_CLOSE = 12  # tokens around a mention in which what goes with it is told
_BY = frozenset(("من", "قبل", "جانب"))
_INVITING = word_list("inviting")
_RECEIVED, _SENT = word_list("invitations_received"), word_list("invitations_sent")
_INVITATIONS = _RECEIVED | _SENT
_TO = frozenset(("الي", "ل"))
_MEN = word_list("dual_people")
_BODIES = word_list("dual_bodies")
_STATES = word_list("dual_states")


class Completion:
    """Completes the clusters of one article, in place.

    ``key`` names a filler so that mentions of one entity are equal; ``home`` gives a filler's country.
    """

    def __init__(
        self,
        words: Words,
        phrases: list[Phrase],
        reader: FrameReader,
        clusters: list[Cluster],
        *,
        key: Callable[[Phrase], str],
        home: Callable[[Phrase], str | None],
    ) -> None:
        self.w = words
        self.phrases = [p for p in phrases if words.usable[p.first]]
        self.reader = reader
        self.clusters = clusters
        self.key = key
        self.home = home

    def run(self) -> None:
        """Complete all clusters."""
        for cluster in self.clusters:
            self._two_sides(cluster)
            self._withdrawing(cluster)
            self._other_side(cluster)
        for cluster in self.clusters:
            self._to_the_land(cluster)
            self._on_visit(cluster)
            self._welcomed(cluster)
            self._asked_over(cluster)
            self._invited(cluster)
            self._signed_on(cluster)
            self._talks_of_visit(cluster)
            self._day_of_visit(cluster)

    def _to_the_land(self, cluster: Cluster) -> None:
        """Where a visit goes that names no place but البلاد: وصل إلى البلاد، زيارته للبلاد."""
        if cluster.type != "visit" or cluster.roles.get("destination"):
            return
        w = self.w
        for frame in cluster.frames:
            low, high = w.bounds[w.sentence[frame.first]]
            for i in range(max(low + 1, frame.first - _CLOSE), min(high, frame.last + _CLOSE)):
                if w.norms[i] == "البلاد" and w.norms[i - 1] in ("الي", "ل") and self.reader.at[i] is None:
                    land = Phrase("place", i, i + 1, (i, i + 1))
                    cluster.roles["destination"][self.key(land)] = land
                    return

    def _day_of_visit(self, cluster: Cluster) -> None:
        """What is done on a visit has its date, where neither has one of its own."""
        if cluster.type not in ("dialogue", "agreement"):
            return
        if any(_AFTER & set(self.w.norms[max(0, f.first - 3) : f.first]) for f in cluster.frames):
            return  # يزور طهران … بعد توقيع الاتفاق
        for visit in self._visits():
            told = [n for f in visit.frames for n in f.dates]
            mine = [n for f in cluster.frames for n in f.dates]
            if told and not mine and self._linked(visit, cluster):
                cluster.frames[0].dates = told[:1]
                return

    def _two_sides(self, cluster: Cluster) -> None:
        """الجانبان، البلدان، الوزيران: those named before, unless they are fillers anyway."""
        fillers = cluster.roles.get(MAIN_ROLES[cluster.type], {})
        duals = {k: p for k, p in fillers.items() if p.kind == "side" and p.dual}
        if not duals:
            return
        if len(fillers) - len(duals) < 2:
            phrase = next(iter(duals.values()))
            people = self.w.bare[phrase.first] in _MEN | _BODIES
            found = self._before(phrase) if people else self._two_states(phrase)
            if len(found) < 2:
                return
            fillers.update(found)
        for key in duals:
            del fillers[key]

    def _two_states(self, dual: Phrase) -> dict[str, Phrase]:
        """البلدان: the two states whose people met last before, where the text names both."""
        if self.w.bare[dual.first] not in _STATES:
            return {}
        told = sorted(
            ((f.first, c) for c in self.clusters for f in c.frames if f.first < dual.first), key=lambda x: -x[0]
        )
        for first, cluster in told:
            if self.w.sentence[dual.first] - self.w.sentence[first] > 6:
                break
            fillers = [p for role in (*_PARTIES, "destination") for p in cluster.roles.get(role, {}).values()]
            homes = {home: p for p in fillers if (home := self.home(p))}
            if len(homes) == 2:
                states = [s for p in homes.values() if (s := self._state(p))]
                return {self.key(s): s for s in states} if len(states) == 2 else {}
        return {}

    def _signed_on(self, cluster: Cluster) -> None:
        """What is signed during a visit or at a meeting is signed there."""
        if cluster.type != "agreement" or cluster.roles.get("location"):
            return
        w = self.w
        for other in self.clusters:
            places = other.roles.get("destination" if other.type == "visit" else "location", {})
            if other.type not in ("visit", "dialogue") or not places:
                continue
            for v in other.frames:
                for t in cluster.frames:
                    if w.sentence[v.first] != w.sentence[t.first] or t.governor is None:
                        continue
                    left = w.spaced_left(v.first)
                    if set(w.norms[max(0, left - 2) : left]) & _DURING or (
                        v.last <= t.first and set(w.norms[v.last : t.first]) & {"خلالها", "خلاله", "شهد"}
                    ):
                        cluster.roles["location"].update(places)
                        return

    def _talks_of_visit(self, cluster: Cluster) -> None:
        """المباحثات, where only a visit has been told of: the visitor's with those visited."""
        if cluster.type != "dialogue" or cluster.roles.get("participant") or cluster.roles.get("host"):
            return
        visits = self._visits()
        if len(visits) != 1 or not any(f.definite for f in cluster.frames):
            return
        visit = visits[0]
        others = visit.roles.get("host") or {
            k: p for k, p in visit.roles.get("destination", {}).items() if p.kind == "country"
        }
        if visit.roles.get("visitor"):
            cluster.roles["participant"].update({**visit.roles["visitor"], **others})
            if not cluster.roles.get("location"):
                cluster.roles["location"].update(visit.roles.get("destination", {}))

    def _before(self, dual: Phrase) -> dict[str, Phrase]:
        """The two of the dual's kind that were named last before it."""
        kinds = ("person", "post") if self.w.bare[dual.first] in _MEN else ("org",)
        found: dict[str, Phrase] = {}
        for phrase in reversed([p for p in self.phrases if p.last <= dual.first]):
            if phrase.kind not in kinds or self.w.sentence[dual.first] - self.w.sentence[phrase.first] > 4:
                continue
            found.setdefault(self.key(phrase), phrase)
            if len(found) == 2:
                break
        return found

    def _other_side(self, cluster: Cluster) -> None:
        """Who talks or agrees مع the one side that a clause names: the actor of the sentence, or its country."""
        if cluster.type not in ("dialogue", "agreement") or cluster.roles.get("host"):
            return
        fillers = cluster.roles.get(MAIN_ROLES[cluster.type], {})
        if not fillers or cluster.roles.get("signatory"):
            return
        homes = {self.home(p) for p in fillers.values()} - {None}
        for frame in cluster.frames:
            beside = {self.key(a.phrase) for a in frame.arguments if a.relation in ("مع", "far:مع")}
            if len(fillers) == 1:  # قمة بينه وبين الزعيم
                beside |= {self.key(a.phrase) for a in frame.arguments if a.relation in ("بين", "far:بين")}
            met = frame.rule.id == "dialogue.meet" and len(fillers) == 1  # ومن المقرر أن يلتقي ترامب
            if not met and not set(fillers) <= beside:
                continue
            for phrase in self._actors(frame):
                if "بينه" in self.w.norms[frame.last : frame.last + 4] and phrase.kind not in ("person", "post"):
                    continue
                if met and phrase.acting == "country":
                    continue  # زار مصر والتقى الرئيس: where he met him
                other = self._as_party(phrase) if cluster.type == "agreement" else phrase
                if other is None or self.key(other) in fillers or self.home(other) in homes:
                    continue
                fillers[self.key(other)] = other
                return

    def _withdrawing(self, cluster: Cluster) -> None:
        """The state whose president leaves an agreement is a party to it, or he where no state is named."""
        if cluster.type != "agreement":
            return
        for frame in cluster.frames:
            if frame.governor_role != "party":
                continue
            for argument in frame.arguments:
                if argument.relation == "support-subject" and argument.phrase.kind in ("person", "post"):
                    state = self._as_party(argument.phrase)
                    if state is None and len(cluster.roles["party"]) < 2:
                        state = argument.phrase
                    if state is not None:
                        cluster.roles["party"].setdefault(self.key(state), state)

    def _actors(self, frame: Frame) -> Iterator[Phrase]:
        """Those who act in the sentence before a mention, the nearest first."""
        low, _ = self.w.bounds[self.w.sentence[frame.first]]
        for phrase in reversed(between(self.phrases, low, frame.first)):
            if phrase.last <= frame.first and phrase.acting in _ACTORS and not self.reader.governed(phrase):
                yield phrase

    def _as_party(self, phrase: Phrase) -> Phrase | None:
        """The state for which a person acts, by its name in the article; bodies and states as they are."""
        if phrase.kind in ("org", "country", "group") or phrase.capital:
            return phrase
        return self._state(phrase)

    def _state(self, phrase: Phrase) -> Phrase | None:
        """The state somebody or something belongs to, by its name in the article."""
        country = self.home(phrase)
        named = [p for p in self.phrases if p.acting == "country" and country and p.country == country]
        return next((p for p in named if p.kind == "country"), named[0] if named else None)

    def _on_visit(self, cluster: Cluster) -> None:
        """Talks of a visitor with somebody of the country visited are held there."""
        if cluster.type != "dialogue" or cluster.roles.get("location") or cluster.frames[0].subtype == "call":
            return
        parties = {**cluster.roles.get("participant", {}), **cluster.roles.get("host", {})}
        for visit in self._visits():
            if not set(visit.roles.get("visitor", ())) & set(parties):
                continue
            linked = self._linked(visit, cluster)
            if not linked and (visit.status()[0] == "planned") != (cluster.status()[0] == "planned"):
                continue
            homes = {self.home(p) for k, p in parties.items() if k not in visit.roles["visitor"]} - {None}
            places = visit.roles.get("destination", {})
            there = {k: p for k, p in places.items() if self.home(p) in homes}
            if not there and linked:
                there = dict(places)
            if there:
                cluster.roles["location"].update(there)
                if not any(f.dates for f in cluster.frames):
                    cluster.frames[0].dates = [n for f in visit.frames for n in f.dates][:1]
                return

    def _linked(self, visit: Cluster, talks: Cluster) -> bool:
        """Whether a sentence says that the talks were held on the visit: توجه إلى طهران حيث يلتقي، التقاه خلال زيارته."""
        w = self.w
        for v in visit.frames:
            for t in talks.frames:
                if w.sentence[v.first] != w.sentence[t.first]:
                    continue
                at = next((i for i in range(v.last, t.first) if w.norms[i] in ("حيث", "خلالها", "اثناءها")), None)
                if at is not None and not self._elsewhere(visit, v.last, at):
                    return True
                left = w.spaced_left(v.first)
                during = set(w.norms[max(t.last, left - 2) : left]) & _DURING
                if t.last <= v.first and during and not {"ان", "انه", "انها"} & set(w.norms[t.last : v.first]):
                    return True
                if v.last <= t.first and set(w.norms[max(0, left - 1) : left]) & _DURING and v.first - v.start <= 3:
                    return True  # وخلال الزيارة وقع الجانبان اتفاقا
                if v.last <= t.first and w.norms[t.last : t.last + 1] == ["خلالها"]:
                    return True
                if t.entry.verb and v.last <= t.first and w.clitic[t.first - 1] and w.norms[t.first - 1] == "ل":
                    return True  # وصل إلى القاهرة ليلتقي الرئيس
                if v.entry.verb and t.entry.verb and v.last <= t.first and w.norms[t.first - 1] == "و":
                    between = (self.reader.trigger_at.get(i) for i in range(v.last, t.first))
                    if not any(f is not None and f.entry.verb for f in between):
                        return True  # زار القاهرة والتقى الرئيس
        return False

    def _elsewhere(self, visit: Cluster, first: int, last: int) -> bool:
        """Whether the last place named between two tokens is another than the visit's."""
        named = [p for p in between(self.phrases, first, last) if p.kind in ("place", "country")]
        there = visit.roles.get("destination", {})
        if len(named) > 1 and named[-1].first - named[-2].last <= 2:
            named.pop()  # مطار عدن في اليمن
        return bool(named) and self.key(named[-1]) not in there

    def _welcomed(self, cluster: Cluster) -> None:
        """Who welcomes a visitor on arrival is a host of the visit."""
        welcome = next((f for f in cluster.frames if f.rule.id == "dialogue.welcome"), None)
        if welcome is None:
            return
        for visit in self._visits():
            near = any(0 <= self.w.sentence[welcome.first] - self.w.sentence[f.first] <= 2 for f in visit.frames)
            if near and set(visit.roles.get("visitor", ())) & set(cluster.roles.get("participant", ())):
                for key, phrase in cluster.roles.get("host", {}).items():
                    visit.roles["host"].setdefault(key, phrase)
                return

    def _invited(self, cluster: Cluster) -> None:
        """Who invites is a host of the visit: تلبية لدعوة من نظيره، بدعوة رسمية من الرئيس، يقوم الوزير بزيارة."""
        if cluster.type != "visit" or cluster.roles.get("host"):
            return
        w = self.w
        for low, high in {w.bounds[w.sentence[f.first]] for f in cluster.frames}:
            for i in range(low + 1, high):
                if (
                    w.norms[i] != "دعوه"
                    or w.norms[i - 1] not in _INVITING
                    or self._asked_to(i, low, high) is not cluster
                ):
                    continue
                host = self._inviter(i + 1, high)
                if host is not None and self.key(host) not in cluster.roles.get("visitor", ()):
                    cluster.roles["host"][self.key(host)] = host
                    return

    def _asked_over(self, cluster: Cluster) -> None:
        """Who is asked to come is the visitor, who asks the host: دعا الرئيس نظيره إلى زيارة كذا، وجه إليه دعوة لزيارة كذا."""
        if cluster.type != "visit" or cluster.roles.get("visitor"):
            return
        w = self.w
        for frame in cluster.frames:
            at = frame.first - 1
            if frame.entry.verb or at < 1 or w.norms[at] not in _TO:
                continue
            guest, host = self._asking(at, w.bounds[w.sentence[frame.first]][0])
            if guest is not None:
                cluster.roles["visitor"][self.key(guest)] = guest
                if host is not None and not cluster.roles.get("host") and self.key(host) != self.key(guest):
                    cluster.roles["host"][self.key(host)] = host
                return

    def _asking(self, at: int, low: int) -> tuple[Phrase | None, Phrase | None]:
        """Who is invited and who invites in the words before token `at`, as far back as the verb."""
        w = self.w
        people: list[Phrase] = []
        invitation: int | None = None
        i = at - 1
        while i >= max(low, at - 2 * _CLOSE):
            phrase, form = self.reader.at[i], w.verbs[i]
            if phrase is not None:
                if phrase.kind not in ("person", "post"):
                    break
                people.insert(0, phrase)
                i = phrase.first
            elif invitation is not None and w.norms[i] in _INVITATIONS:
                return self._of_invitation(people, invitation, sent=w.norms[i] in _SENT)
            elif form is not None and w.is_verb(i):
                asks = form.lemma == "دعا" and invitation is None and len(people) == 2
                return (people[1], people[0]) if asks else (None, None)
            elif w.bare[i] == "دعوه" and invitation is None:
                invitation = i
            elif w.norms[i] not in _TO | _BY and not (w.is_definite(i) or w.norms[i].endswith("ه")):
                break
            i -= 1
        return None, None

    def _of_invitation(
        self, people: list[Phrase], invitation: int, *, sent: bool
    ) -> tuple[Phrase | None, Phrase | None]:
        """Of the people around the word for the invitation who is invited and who invites."""
        before = {p.first: self.w.norms[p.first - 1] for p in people}
        subject = next((p for p in people if p.first < invitation and before[p.first] not in _TO | _BY), None)
        if sent:
            return next((p for p in people if before[p.first] in _TO), None), subject
        return subject, next((p for p in people if before[p.first] in _BY), None)

    def _asked_to(self, at: int, low: int, high: int) -> Cluster | None:
        """What an invitation is to: the visit told last before it or what a noun names there, else the first behind."""
        told = {
            f.first: c
            for c in self.clusters
            for f in c.frames
            if low <= f.first < high and (c.type == "visit" or not f.entry.verb)
        }
        first = max((n for n in told if n < at), default=None) or min(told, default=None)
        return told[first] if first is not None else None

    def _inviter(self, first: int, high: int) -> Phrase | None:
        """Who stands behind دعوة: رسمية من الرئيس، نظيره؛ a state or body only behind من."""
        w = self.w
        i = first
        while i < high and self.reader.at[i] is None and (w.norms[i] in _BY or w.norms[i].endswith("ه")):
            i += 1
        phrase = self.reader.at[i] if i < high else None
        if not _BY.isdisjoint(w.norms[first:i]):
            kinds: tuple[str, ...] = _ACTORS
        elif w.norms[first - 2] == "ل" and w.norms[first - 3] not in _INVITING:
            return None  # سافر إلى باريس لدعوة الرئيس: who is invited
        else:
            kinds = ("person", "post")
        return phrase if phrase is not None and phrase.kind in kinds else None

    def _visits(self) -> list[Cluster]:
        return [c for c in self.clusters if c.type == "visit"]
