"""The event stage: frames to roles, status and dates, mentions to events."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from spacy.language import Language
from spacy.tokens import Doc
from threadpoolctl import ThreadpoolController

from kwus_extract.entities.backends import Encoded
from kwus_extract.entities.component import Reading, register, token_range
from kwus_extract.entities.phrases import Phrase, between
from kwus_extract.events.calendar import Calendar
from kwus_extract.events.completion import Completion
from kwus_extract.events.confidence import sure
from kwus_extract.events.dating import Dating
from kwus_extract.events.frames import CARRIERS, Argument, Frame, FrameReader
from kwus_extract.events.judgement import Judgement
from kwus_extract.events.lasting import days_from
from kwus_extract.events.merge import Cluster, Merger
from kwus_extract.events.model import EventModel, Sheet, event_model
from kwus_extract.events.rules import MAIN_ROLES, index
from kwus_extract.events.status import Situation, judge
from kwus_extract.lexicon.closed import word_list
from kwus_extract.text.fold import fold

_HEADING = ("رياسه", "قياده", "زعامه")
_DOUBTFUL = 0.4  # confidence below which what the network was asked about is dropped: two of three are wrong
_MEETING = ("person", "post", "group")
_PLACE_ROLES = ("destination", "location", "origin")
_ACTING = frozenset(("subject", "support-subject", "support-host", "بين", "مع", "object", "genitive"))
_SPORT = word_list("sport")
_SPORTING = word_list("sporting")


@dataclass(slots=True)
class Events:
    """What the event stage found: clusters of frames with settled status, in order of first mention."""

    clusters: list[Cluster] = field(default_factory=list)
    dates: dict[int, list[int]] = field(default_factory=dict)  # id(frame) -> indices into doc._.dates


class EventStage:
    """Reads frames, fills roles, judges status, attaches dates and merges mentions."""

    def __init__(self, *, network: bool = True) -> None:
        self.index = index()
        self.network = network

    def __call__(self, doc: Doc) -> Doc:
        reading: Reading | None = doc._.reading
        if reading is None:
            doc._.events = Events()
            return doc
        with _blas().limit(
            limits=1, user_api="blas"
        ):  # the products are small: threads spend longer waiting than they save
            doc._.events = ArticleEvents(doc, reading, self.index).run(network=self.network)
        return doc


@lru_cache(maxsize=1)
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


class ArticleEvents:
    """The event stage's work on one article."""

    def __init__(self, doc: Doc, reading: Reading, rule_index: object) -> None:
        self.doc = doc
        self.w = reading.words
        self.reading = reading
        self.entities = {e.id: e for e in reading.entities}
        self.phrases = sorted([*reading.phrases, *self._own_countries(reading.phrases)], key=lambda p: p.first)
        self.published: str | None = doc._.published
        self.dates = list(doc._.dates or ())
        self.date_tokens = [token_range(self.w.starts, self.w.ends, d.start, d.end) for d in self.dates]
        self.reader = FrameReader(self.w, self.phrases, rule_index, self.date_tokens)  # type: ignore[arg-type]
        self.title_end = next((z.end for z in doc._.zones or () if z.kind == "title"), 0)
        self.frames: list[Frame] = []

    def _own_countries(self, phrases: list[Phrase]) -> Iterator[Phrase]:
        """بلاده، بلادها: the country of who was spoken of last, where the article names it."""
        named = {p.country: p for p in reversed(phrases) if p.kind == "country" and p.country}
        for i, word in enumerate(self.w.norms):
            if word not in _OWN_COUNTRY or not self.w.usable[i]:
                continue
            near = [p for p in phrases if p.last <= i and self.w.sentence[i] - self.w.sentence[p.first] <= 1]
            spoken = next((p for p in reversed(near) if p.kind in ("person", "post")), None)
            home = self._home(spoken) if spoken else None
            country = named.get(home) if home else None
            if country is not None:
                yield Phrase("country", i, i + 1, country.head, entity=country.entity, country=country.country)

    # --- the order of work ------------------------------------------------------------------------------------

    def run(self, *, network: bool = True) -> Events:
        """The events; without `network`, or where the encoder that it builds on was not used, by the rules alone."""
        if self._is_sport():
            return Events()
        self.read()
        model = event_model() if network and self.doc._.encoded else None
        sheet = self.sheet(model.encoder) if model else None
        if model is None or sheet is None:
            merged = self.merger().merge([f for f in self.frames if self.stands(f)])
            clusters = [c for c in merged if self._stands(c)]
            clusters += self._alone(clusters)
        else:
            judgement = self.judgement(model, sheet)
            merger = self.merger(model)
            clusters = merger.merge([f for f in judgement.judge(self.frames) if not self._private(f)])
            judgement.fill(clusters, merger)
            judgement.date(clusters, self.calendar())
        Completion(self.w, self.phrases, self.reader, clusters, key=self.key, home=self._home).run()
        if model is not None and sheet is not None:
            clusters = [c for c in clusters if sure(c) >= _DOUBTFUL]
        return Events(clusters)

    def merger(self, model: EventModel | None = None) -> Merger:
        """The merger of this article's mentions; `model` is the network, where it was asked."""
        return Merger(
            self.w,
            key=self.key,
            home=self._home,
            heads=self._heads,
            country=self._country,
            dates=self._values,
            model=model,
        )

    def calendar(self) -> Calendar:
        """The dates that this article names."""
        return Calendar(self.w, self.date_tokens, [d.value for d in self.dates], self.published)

    def judgement(self, model: EventModel, sheet: Sheet) -> Judgement:
        """The network's judgement of this article."""
        return Judgement(model, sheet, self.reader, self.stands, self.title_end)

    def read(self) -> None:
        """Read all frames by the rules, with their roles, dates and status."""
        self.frames = self.reader.read()
        for frame in self.frames:
            frame.title = self.w.starts[frame.first] < self.title_end
            self._roles(frame)
        self._continue()
        self._signings()
        Dating(self.w, self.reader.at, self.date_tokens, [d.value for d in self.dates], self.published).attach(
            self.frames
        )
        for frame in self.frames:
            situation = Situation(self.published, self._when(frame), frame.title, self._ahead(frame), self.reader.at)
            frame.status, frame.weight = judge(frame, self.w, situation)
        self._meanwhile()

    def stands(self, frame: Frame) -> bool:
        """Whether a mention says enough to be one of a particular event."""
        return (
            (self._needed(frame) or frame.definite)
            and not self._generic(frame)
            and not self._in_series(frame)
            and not self._private(frame)
        )

    def sheet(self, encoder: str) -> Sheet | None:
        """The article as the network reads it, where the encoder that it builds on has read it."""
        encoded: Encoded | None = self.doc._.encoded
        if encoded is None or not encoded.words or encoded.encoder != encoder:
            return None
        return Sheet(
            self.w,
            encoded,
            self.phrases,
            self.date_tokens,
            title_end=self.title_end,
            governed=[self.reader.governed(p) for p in self.phrases],
            values=[d.value for d in self.dates],
            published=self.published,
        )

    def _is_sport(self) -> bool:
        n = max(len(self.w), 1)
        clear = sum(b in _SPORT for b in self.w.norms)
        hits = clear + sum(b in _SPORTING for b in self.w.norms)
        return clear > 0 and hits >= 4 and hits / n > 0.015

    def _told(self, at: int, *, sentences: int = 0) -> Iterator[Frame]:
        """The mentions before a token, the nearest first, of its sentence and of so many before it."""
        for n in range(bisect_left(self.frames, at, key=lambda f: f.first) - 1, -1, -1):
            frame = self.frames[n]
            if self.w.sentence[at] - self.w.sentence[frame.first] > sentences:
                return
            yield frame

    # --- identity of fillers ----------------------------------------------------------------------------------

    def key(self, phrase: Phrase) -> str:
        """What makes two fillers the same: the entity, the country, or the words."""
        if (
            (phrase.kind == "country" or phrase.capital)
            and phrase.country
            and not (phrase.capital and self._stands_as_place(phrase))
        ):
            return f"country:{phrase.country}"
        if phrase.entity:
            return phrase.entity
        if phrase.kind == "side" and phrase.country:
            return f"country:{phrase.country}"
        return " ".join(self.w.bare[phrase.head[0] : phrase.head[1]])

    def _stands_as_place(self, phrase: Phrase) -> bool:
        """Whether a capital is meant as the city: a preposition of place stands before it."""
        i = phrase.first - 1
        return i >= 0 and (
            self.w.norms[i] in ("في", "الي", "من", "العاصمه", "مدينه", "علي")
            or (self.w.clitic[i] and self.w.norms[i] in "بل")
        )

    def _country(self, key: str) -> str | None:
        if key.startswith("country:"):
            return key[8:]
        entity = self.entities.get(key)
        return entity.country if entity else None

    # --- roles ------------------------------------------------------------------------------------------------

    def _roles(self, frame: Frame) -> None:
        used: set[str] = set()
        lone = self._lone_place(frame)
        for role, spec in frame.rule.roles.items():
            for relation in spec.relations:
                relation, _, only = relation.partition(":") if not relation.startswith("far:") else (relation, "", "")
                for argument in frame.arguments:
                    kind = argument.phrase.kind
                    if argument is lone:
                        kind = "place"
                    elif argument.phrase.capital and role not in _PLACE_ROLES and relation in _ACTING:
                        kind = "country"
                    if argument.relation != relation or kind not in spec.kinds or (only and kind != only):
                        continue
                    key = self.key(argument.phrase)
                    if key in used:
                        continue
                    used.add(key)
                    frame.roles.setdefault(role, []).append(argument.phrase)
        if "location" in frame.rule.roles and "location" not in frame.roles:
            frame.roles["location"] = [
                a.phrase for a in frame.arguments if a.relation in ("far:في", "far:ب") and a.phrase.kind == "place"
            ][:1]
            if not frame.roles["location"]:
                del frame.roles["location"]
        main = MAIN_ROLES[frame.type]
        if (
            (frame.entry.kind == "noun" or frame.rule.id == "dialogue.meet")
            and main in frame.rule.roles
            and len(frame.roles.get(main, ())) < 2
        ):
            for argument in frame.arguments:
                key = self.key(argument.phrase)
                if (
                    argument.relation in ("far:مع", "far:بين")
                    and argument.phrase.kind in frame.rule.roles[main].kinds
                    and key not in used
                ):
                    used.add(key)
                    frame.roles.setdefault(main, []).append(argument.phrase)
        if frame.entry.owner:
            self._owner(frame)
        elif (
            frame.governor_role
            and frame.governor_form is not None
            and not self._carried(frame)
            and frame.governor_form.lemma not in ("تم", "جري")
            and not any(a.relation.startswith("support") for a in frame.arguments)
        ):
            found = [
                p
                for p in self._antecedents(frame.governor or frame.first, 1)
                if self._agrees(p, frame.governor or frame.first)
                if self.key(p) not in used and p.kind in frame.rule.roles[frame.governor_role].kinds
            ]
            if found and frame.governor_role in frame.rule.roles:
                frame.roles.setdefault(frame.governor_role, [])[0:0] = found
        if "origin" in frame.roles:
            frame.roles.setdefault("destination", frame.roles.pop("origin"))
        self._nationality(frame)
        self._of_relative(frame)
        self._pro_drop(frame)
        self._on_the_way(frame)
        self._side_before(frame)
        self._named_sides(frame)
        self._traveller(frame)
        self._delegations(frame)

    def _delegations(self, frame: Frame) -> None:
        """Beside a delegation its head, beside its head the delegation: وفد برئاسة فلان، فلان على رأس وفد."""
        for role, phrases in frame.roles.items():
            if role in _PLACE_ROLES:
                continue
            have = {self.key(p) for fillers in frame.roles.values() for p in fillers}
            for phrase in list(phrases):
                kinds: tuple[str, ...]
                if phrase.kind in ("group", "org"):
                    headed = self.w.norms[phrase.last : phrase.last + 1] == ["ب"]
                    at = phrase.last + 1 if headed and self.w.norms[phrase.last + 1] in _HEADING else None
                    kinds = ("person", "post")
                else:
                    at = self._leading(frame, phrase) if phrase.kind in ("person", "post") else None
                    kinds = ("group",)
                other = self.reader.at[at + 1] if at is not None and at + 1 < len(self.w) else None
                if other is not None and other.kind in kinds and self.key(other) not in have:
                    phrases.append(other)

    def _leading(self, frame: Frame, phrase: Phrase) -> int | None:
        """Where رأس of على رأس stands: right behind somebody, or at the end of the clause that tells the visit."""
        w = self.w
        high = w.bounds[w.sentence[phrase.first]][1]
        if frame.type == "visit" and w.sentence[phrase.first] == w.sentence[frame.first]:
            at = max(phrase.last, frame.last)
            while at < high and not (w.is_verb(at) and at > frame.last) and w.norms[at] != "علي":
                at += 1
        else:
            at = phrase.last
        return at + 1 if w.norms[at : at + 2] == ["علي", "راس"] else None

    def _lone_place(self, frame: Frame) -> Argument | None:
        """The city or state that talks are called after, where nobody is named who talks: قمة هلسنكي، مؤتمر الكويت."""
        if frame.type not in ("dialogue", "agreement") or frame.entry.kind != "noun":
            return None
        named = [a for a in frame.arguments if a.relation == "genitive"]
        if len(named) != 1:
            return None
        phrase = named[0].phrase
        if phrase.kind == "place" and any(a.relation == "بين" for a in frame.arguments):
            return named[0]  # مباحثات القاهرة بين الوزيرين
        if frame.type == "agreement" or any(a.relation in ("مع", "بين", "far:مع") for a in frame.arguments):
            return None
        return named[0] if phrase.kind == "place" or (phrase.kind == "country" and phrase.first == frame.last) else None

    def _carried(self, frame: Frame) -> bool:
        """Whether the noun is the subject of its verb (بدأت المناورات), which then has no other subject to look for."""
        form, at = frame.governor_form, frame.governor
        return (
            form is not None and at is not None and form.lemma in CARRIERS and self.w.spaced_left(frame.first) - at <= 2
        )

    def _continue(self) -> None:
        """يرافقه فلان، يشارك فيها الجيش: fillers of the event told before."""
        w = self.w
        for i, form in enumerate(w.verbs):
            if form is None or not w.usable[i]:
                continue
            for event_type, continuation in self.reader.index.continuations.get(form.lemma, ()):
                first = i + 1
                frame: Frame | None
                if continuation.members_of:
                    frame = self._sent(i, event_type, {fold(word) for word in continuation.members_of})
                    body = self.reader.at[first] if first < len(w) else None
                    first = body.last if body is not None and body.kind == "group" else first
                    if frame is None:
                        continue
                elif continuation.through:
                    body = self.reader.at[first] if first < len(w) else None
                    if body is None or body.kind not in ("side", "group", "org", "country"):
                        continue
                    first = body.last
                    if first >= len(w) or self.reader.at[first] is None:
                        continue
                elif not form.enclitic:
                    spoken = self.reader.at[first] if first < len(w) else None
                    if event_type == "visit" and spoken is not None and spoken.kind in ("person", "post"):
                        first = spoken.last  # ويرافق سموه وفد
                    elif w.norms[first : first + 1] and w.norms[first] in ("فيه", "فيها", "فيهما"):
                        first += 1
                    else:
                        continue
                if not continuation.members_of:
                    frame = next(
                        (f for f in self._told(i, sentences=2) if f.type == event_type and (f.roles or f.definite)),
                        None,
                    )
                if frame is None:
                    continue
                _, high = w.bounds[w.sentence[i]]
                have = {self.key(p) for ps in frame.roles.values() for p in ps}
                found = self.reader.direct(first, min(high, first + 60))
                listed = w.verbs[found[-1].last] if found and found[-1].last < high else None
                if listed is not None and listed.lemma in ("ضم", "شمل") and found[-1].kind == "group":
                    found += self.reader.direct(found[-1].last + 1, high)  # وفد يضم فلانا وفلانا
                for phrase in found:
                    if phrase.kind in continuation.kinds and self.key(phrase) not in have:
                        frame.roles.setdefault(continuation.role, []).append(phrase)

    def _sent(self, verb: int, kind: str, names: set[str]) -> Frame | None:
        """The event that a body is sent for whose members a verb names: ويضم الوفد المرافق فلانا، على رأس وفد يضم فلانا.

        It is that of whose clause a body of the name is part. Else الوفد is that of the event told before, and a new
        body only where somebody of that event heads it or brings it.
        """
        w = self.w
        left = w.spaced_left(verb)
        before = self.reader.at[left - 1]
        first = before.first if before is not None and before.kind == "group" else left - 1
        behind = verb + 1 < len(w) and w.bare[verb + 1] in names
        if not behind and w.bare[first] not in names:
            return None
        definite = w.is_definite(verb + 1 if behind else first)
        told = list(self._told(verb, sentences=2))
        sent = next((f for f in told if any(w.bare[p.first] in names for ps in f.roles.values() for p in ps)), None)
        if sent is None and (definite or w.bare[first - 1] in _HEADING_BODY):
            sent = next((f for f in told if f.type == kind and f.roles), None)
        return sent if sent is not None and sent.type == kind else None

    def _meanwhile(self) -> None:
        """في زيارة يلتقي فيها الرئيس: what is told in the present within a plan is planned."""
        for outer, inner in pairwise(self.frames):
            form = inner.entry.verb
            if (
                outer.entry.kind == "noun"
                and outer.status == "planned"
                and form is not None
                and form.tense == "present"
                and inner.status in ("occurred", "ongoing")
                and inner.first - outer.last <= 2
                and not _WITHIN_IT.isdisjoint(self.w.norms[inner.last : inner.last + 2])
            ):
                inner.status, inner.weight = outer.status, outer.weight

    def _signings(self) -> None:
        """ووقع عن الجانب الكويتي فلان: who signs what was told before, where the clause does not name it again."""
        w = self.w
        for frame in [f for f in self.frames if f.rule.id == "agreement.sign"]:
            told = next(
                (
                    f
                    for f in reversed(self.frames)
                    if f.type == "agreement"
                    and f.first < frame.first
                    and f.rule is not frame.rule
                    and w.sentence[frame.first] - w.sentence[f.first] <= 2
                ),
                None,
            )
            if told is not None:
                have = {self.key(p) for p in told.roles.get("signatory", ())}
                new = [p for p in frame.roles.get("signatory", ()) if self.key(p) not in have]
                if new:
                    told.roles["signatory"] = [*told.roles.get("signatory", ()), *new]
                self.frames.remove(frame)

    def _owner(self, frame: Frame) -> None:
        """زيارته، لقائهما: the pronoun stands for the person spoken of last."""
        role = frame.rule.owner or MAIN_ROLES[frame.type]
        if (
            frame.roles.get(role)
            and frame.entry.owner == "s"
            and any(a.relation == "support-subject" for a in frame.arguments)
        ):
            return
        count = 2 if frame.entry.owner == "d" else 1
        ahead = self._told_after(frame) if count == 1 else None
        found = [ahead] if ahead else self._antecedents(frame.first, count)
        if count == 1 and frame.type != "visit" and not ahead:
            # يستعد الحلف لقمته: the nearest subject of the sentence, of any kind that can take part
            low, _ = self.w.bounds[self.w.sentence[frame.first]]
            kinds = frame.rule.roles[role].kinds
            near = [
                p for p in between(self.phrases, low, frame.first) if p.kind in kinds and not self.reader.governed(p)
            ]
            found = near[-1:] or found
        if count == 1 and frame.type == "visit" and not ahead:
            found = self._guest(frame) or found
        have = {self.key(p) for p in frame.roles.get(role, ())}
        frame.roles.setdefault(role, [])[0:0] = [p for p in found if self.key(p) not in have]
        if not frame.roles[role]:
            del frame.roles[role]

    def _guest(self, frame: Frame) -> list[Phrase]:
        """استقبل الرئيس ضيفه خلال زيارته لباريس: of those who meet on a visit, who is no native of where it goes to.

        Where that is not known, it is the guest rather than the host.
        """
        met = next(self._told(frame.first), None)
        if met is None or met.type != "dialogue" or self.w.norms[self.w.spaced_left(frame.first) - 1] not in _ON_VISIT:
            return []
        guests, hosts = (
            [p for p in met.roles.get(role, ()) if p.kind in ("person", "post")] for role in ("participant", "host")
        )
        there = {home for p in frame.roles.get("destination", ()) if (home := self._home(p))}
        native = [p for p in (*guests, *hosts) if self._home(p) in there]
        foreign = [p for p in (*guests, *hosts) if p not in native]
        if native and foreign:
            return foreign[:1]
        return guests[:1] if hosts else []

    def _told_after(self, frame: Frame) -> Phrase | None:
        """خلال زيارته للكويت أعلن الوزير: opening the sentence, the pronoun is the subject's of the verb that follows."""
        low, high = self.w.bounds[self.w.sentence[frame.first]]
        if frame.first - low > 2 or self.w.norms[frame.first - 1] not in _ON_TRIP or frame.first - 1 < low:
            return None
        verb = next((i for i in range(frame.last, min(high, frame.last + 25)) if self.w.verbs[i] is not None), None)
        if verb is None:
            return None
        subject = next(iter(self.reader.direct(verb + 1, min(high, verb + 6))), None)
        return subject if subject is not None and subject.kind in ("person", "post") else None

    def _agrees(self, phrase: Phrase, verb: int) -> bool:
        """Whether somebody can be the subject of a verb by gender: a title tells it, a name alone does not."""
        word = self.w.norms[verb]
        form = self.w.verbs[verb]
        if form is None or form.number != "s" or (phrase.kind == "person" and phrase.head[0] == phrase.first):
            return True
        feminine = word.startswith("ت") if form.tense == "present" else word.endswith("ت")
        return feminine == self.w.norms[phrase.first].endswith("ه")

    def _antecedents(self, at: int, count: int) -> list[Phrase]:
        out: list[Phrase] = []
        seen: set[str] = set()
        sentence = self.w.sentence[at]
        low, _ = self.w.bounds[max(0, sentence - 1)]
        candidates = [p for p in between(self.phrases, low, at) if p.kind in ("person", "post")]

        def rank(p: Phrase) -> tuple[int, int, bool, int]:
            inner = self.w.sentence[p.first] == sentence and p.first > 0 and self.w.norms[p.first - 1] == "ان"
            return -self.w.sentence[p.first], -p.first if inner else 0, self.reader.governed(p), p.first

        for phrase in sorted(candidates, key=rank):
            key = self.key(phrase)
            if key not in seen:
                seen.add(key)
                out.append(phrase)
            if len(out) == count:
                break
        return out

    def _traveller(self, frame: Frame) -> None:
        """التقى الوزير نظيره في زيارة سرية، قال خلال زيارة إلى أوروبا: the visitor is who acts in the clause before."""
        if frame.type != "visit" or frame.entry.kind != "noun" or frame.roles.get("visitor") or frame.definite:
            return
        low, _ = self.w.bounds[self.w.sentence[frame.first]]
        if self.w.norms[frame.first - 1] not in _ON_TRIP or frame.first - 1 < low:
            return
        kinds = ("person", "post", "group")
        for told in self._told(frame.first):
            if told.entry.verb:
                subjects = [a.phrase for a in told.arguments if a.relation == "subject" and a.phrase.kind in kinds]
                if subjects:
                    frame.roles["visitor"] = subjects
                    return
        acting = [
            p
            for p in between(self.phrases, low, frame.first)
            if p.last <= frame.first and p.kind in kinds and not self.reader.governed(p)
        ]
        if acting:
            frame.roles["visitor"] = acting[-1:]

    def _side_before(self, frame: Frame) -> None:
        """اتفق البلدان … حيث تم التوصل إلى اتفاق: the sides named in the sentence, where the clause names none."""
        role = MAIN_ROLES[frame.type]
        if (
            frame.type not in ("agreement", "dialogue")
            or frame.governor is None
            or any(r not in _PLACE_ROLES for r in frame.roles)
        ):
            return
        low, _ = self.w.bounds[self.w.sentence[frame.first]]
        sides = [p for p in between(self.phrases, low, frame.first) if p.kind == "side" and p.dual]
        if sides:
            frame.roles[role] = [sides[-1]]

    def _named_sides(self, frame: Frame) -> None:
        """البلدان، الجانبان: the two countries that the same sentence names before, if just two."""
        role = MAIN_ROLES[frame.type]
        fillers = frame.roles.get(role, [])
        duals = [p for p in fillers if p.kind == "side" and p.dual]
        if not duals:
            return
        low, _ = self.w.bounds[self.w.sentence[frame.first]]
        countries = {p.country: p for p in between(self.phrases, low, duals[0].first) if p.kind == "country"}
        if len(countries) == 2:
            frame.roles[role] = [p for p in fillers if p not in duals] + list(countries.values())

    def _nationality(self, frame: Frame) -> None:
        """المناورات الروسية، الحوار الكويتي الأميركي: adjectives of nationality name the sides."""
        if frame.entry.kind != "noun" or frame.type == "visit":
            return
        role = MAIN_ROLES[frame.type]
        i = frame.last
        found: list[Phrase] = []
        steps = 0
        while i < len(self.w) and steps < 5 and self.w.bare[i] != "عاصمه":
            code = self.reading.resolver.adjectives.get(self.w.bare[i])
            own = self.reader.at[frame.first]  # الاتفاق النووي الإيراني as one name
            if code and (self.reader.at[i] is None or self.reader.at[i] is own):
                found.append(Phrase("country", i, i + 1, (i, i + 1), country=code))
            elif self.w.norms[i] in ("في", "علي", "الي") or not (
                self.w.norms[i] in ("-", "ـ", "–") or self.w.is_definite(i) or self.w.norms[i].endswith(("ه", "ي"))
            ):
                break
            steps += 1
            i += 1
        have = {self.key(p) for p in frame.roles.get(role, ())}
        if found and not have:
            frame.roles[role] = [self._named_country(p) for p in found]

    def _named_country(self, phrase: Phrase) -> Phrase:
        """The country by its name where the article names it."""
        named = next((p for p in self.phrases if p.kind == "country" and p.country == phrase.country), None)
        return named or phrase

    def _pro_drop(self, frame: Frame) -> None:
        """A verb without a subject of its own has that of the clause before."""
        form = frame.entry.verb
        if frame.entry.kind == "noun":
            return
        role = next((r for r, s in frame.rule.roles.items() if "subject" in s.relations), None)
        if role is None or any(
            a.relation == "subject" and a.phrase in frame.roles.get(role, ()) for a in frame.arguments
        ):
            return
        if form is not None and self._other_subject(frame):
            return
        if form is not None and form.number == "we":
            found = self._speaker(frame.first)
        elif self.w.norms[frame.first - 1] == "ل" and self.w.clitic[frame.first - 1] and self._meant(frame):
            found = self._meant(frame)
        elif frame.type in ("dialogue", "agreement") and form is not None and form.number in ("d", "p"):
            found = self._spoken_with(frame) if frame.type == "agreement" else []
            found = found or self._antecedents(frame.first, 2)
        else:
            found = self._antecedents(frame.first, 1)
        have = {self.key(p) for ps in frame.roles.values() for p in ps}
        found = [p for p in found if self.key(p) not in have]
        if found:
            frame.roles[role] = found + frame.roles.get(role, [])

    def _speaker(self, at: int) -> list[Phrase]:
        """Who says what stands at a token: the subject of the verb of saying told last before it, or of one before."""
        w = self.w
        low, _ = w.bounds[max(0, w.sentence[at] - _SPEECH)]
        for i in range(at - 1, low - 1, -1):
            form = w.verbs[i]
            if form is None or form.lemma not in _SAYS or not w.is_verb(i):
                continue
            after = next((p for p in between(self.phrases, i + 1, i + 4) if p.kind in _MEETING), None)
            if after is not None and not self.reader.governed(after):
                return [after]  # وتابع: who spoke before goes on
        return []

    def _meant(self, frame: Frame) -> list[Phrase]:
        """زيارة الوزير إلى بغداد ليلتقي نظيره: who is to do what another event of the sentence is meant for."""
        for before in self._told(frame.first):
            role = next((r for r, s in before.rule.roles.items() if "subject" in s.relations), "")
            actors = [p for p in before.roles.get(role, ()) if p.acting in _MEETING]
            if actors:
                return actors[:1]
        return []

    def _spoken_with(self, frame: Frame) -> list[Phrase]:
        """Those who met in the clause before: التقى الرئيس ضيفه واتفقا."""
        for before in self._told(frame.first):
            if before.type == "dialogue":
                return [p for role in ("host", "participant") for p in before.roles.get(role, ()) if p.kind != "side"]
        return []

    def _of_relative(self, frame: Frame) -> None:
        """الزيارة التي يقوم بها إلى باريس: the subject of the relative clause is that of the sentence."""
        form = frame.relative
        role = MAIN_ROLES[frame.type]
        if (
            form is None
            or form.lemma not in ("قام", "اجري")
            or form.number != "s"
            or frame.type not in ("visit", "dialogue")
            or frame.roles.get(role)
            or any(a.relation in ("subject", "support-subject") for a in frame.arguments)
        ):
            return
        at = self.w.verbs.index(form, frame.last)
        if not _PREPOSITIONS.isdisjoint(self.w.norms[frame.last : at]):
            return  # مفاوضات خلال تصويت يجريه البرلمان
        if not form.enclitic and self.w.norms[at + 1 : at + 2] not in (["بها"], ["به"]):
            return  # اللقاءات تجري
        found = self._antecedents(frame.first, 1)
        if found:
            frame.roles[role] = found

    def _on_the_way(self, frame: Frame) -> None:
        """يتوجه إلى باريس للقاء نظيره: who travels for talks takes part in them, and there."""
        w = self.w
        if frame.type != "dialogue" or frame.entry.kind != "noun" or frame.subtype == "call":
            return
        at = w.spaced_left(
            frame.governor if frame.governor is not None and frame.governor < frame.first else frame.first
        )
        while w.bare[at - 1] in _ATTENDING or w.norms[at - 1] == "في":
            at = w.spaced_left(at - 1)
        before = self.reader.at[at - 1]
        meant = w.norms[at] == "ل" and (
            before is not None or self.reader.date_at[at - 1] or w.norms[at - 1] in ("،", ",")
        )
        if not meant and w.norms[at - 1] not in ("بهدف", "قصد", "اجل"):
            return
        visit = next((f for f in self._told(frame.first) if f.type == "visit"), None)
        if visit is None or not visit.roles.get("visitor"):
            return
        told = [p for ps in visit.roles.values() for p in ps]
        if any(
            w.is_verb(i)
            or w.norms[i] in (":", "؛")
            or (self.reader.at[i] not in (None, *told) and self.reader.at[i].kind in ("person", "post", "group"))  # type: ignore[union-attr]
            for i in range(visit.last, at)
        ):
            return
        have = {self.key(p) for ps in frame.roles.values() for p in ps}
        frame.roles.setdefault("participant", []).extend(p for p in visit.roles["visitor"] if self.key(p) not in have)
        if visit.rule.id != "visit.leave" and visit.roles.get("destination") and not frame.roles.get("location"):
            frame.roles["location"] = list(visit.roles["destination"])

    def _other_subject(self, frame: Frame) -> bool:
        """Whether the verb's subject cannot be the man spoken of: it is feminine, or a noun of its own follows."""
        word = self.w.norms[frame.first].removeprefix("س") if self.w.future[frame.first] else self.w.norms[frame.first]
        form = frame.entry.verb
        assert form is not None
        if (
            form.number == "s"
            and not form.enclitic
            and (
                word.startswith("ت") if form.tense == "present" else word.endswith("ت") and not form.lemma.endswith("ت")
            )
        ):
            return True
        after = frame.last
        return (
            after < len(self.w)
            and self.w.is_definite(after)
            and self.reader.at[after] is None
            and frame.rule.id != "dialogue.discuss"
        )

    def _needed(self, frame: Frame) -> bool:
        """Whether the frame has what its rule asks for."""
        if not frame.rule.needs:
            return True
        for need in frame.rule.needs:
            if need == "ordinal" and frame.ordinal:
                return True
            if need == "name" and frame.name:
                return True
            if need == "qualified" and any(w in _QUALIFIED for w in self.w.norms[frame.last : frame.last + 3]):
                return True
            if need == "governor" and frame.governor is not None:
                return True
            if need == "side" and any(p.kind == "side" for ps in frame.roles.values() for p in ps):
                return True
            role, _, count = need.partition("*")
            if count:
                if len(frame.roles.get(role, ())) >= int(count):
                    return True
            elif all(
                frame.roles.get(r) or (r == "origin" and any(a.relation == "object" for a in frame.arguments))
                for r in need.split("+")
            ):
                return True
        return False

    @staticmethod
    def _generic(frame: Frame) -> bool:
        """Whether a plural speaks of such happenings in general (تبادل الزيارات) rather than of particular ones."""
        return (
            frame.entry.plural
            and not frame.demonstrative
            and frame.governor_form is None
            and not frame.roles
            and not frame.name
        )

    def _private(self, frame: Frame) -> bool:
        """Whether those who travel do so for themselves: غادر النازحون، وصل الحجاج, a writer who saw the city."""
        if frame.type == "visit" and frame.entry.verb and self._is_private(frame.first - 1):
            return True  # مليون سائح زاروا
        after = "".join(self.w.norms[frame.last : frame.last + 1])
        if frame.type == "visit" and frame.entry.verb and after[:1].isdigit():
            return True  # زار 31223 سائحا
        travellers = frame.roles.get("visitor", ()) if frame.type == "visit" else ()
        return bool(travellers) and all(
            self._is_private(p.first) if p.kind == "group" else self._writes(p) for p in travellers
        )

    def _is_private(self, at: int) -> bool:
        return self.w.bare[at].removesuffix("ون").removesuffix("ين") in _PRIVATE

    def _writes(self, phrase: Phrase) -> bool:
        """Whether somebody has no post but one of the press: الصحفي فلان, but not كاتب الدولة."""
        posts = self._posts(phrase)
        return bool(posts) and all(
            self.w.bare[first] in _WRITERS and self.w.bare[first + 1 : first + 2] != ["دوله"] for first, _ in posts
        )

    def _in_series(self, frame: Frame) -> bool:
        left = self.w.spaced_left(frame.first)
        if frame.governor_role is not None:
            return False  # عقد سلسلة اجتماعات مع فلان
        return (frame.entry.plural and self.w.norms[left - 1] in ("سلسله", "سلسة")) or (
            frame.entry.plural
            and self.w.norms[max(0, left - 2) : left]
            in (["سلسله", "من"], ["سلسه", "من"], ["العديد", "من"], ["المزيد", "من"])
        )

    def _stands(self, cluster: Cluster) -> bool:
        """Whether a cluster says enough to be an event: somebody takes part, or it is named, numbered or placed."""
        if any(self._needed(f) and (f.roles or f.name or f.ordinal or f.governor is not None) for f in cluster.frames):
            plural_only = all(f.entry.plural and f.governor is None for f in cluster.frames)
            if not (
                plural_only
                and len(cluster.frames) == 1
                and not any(f.weight > 1 for f in cluster.frames)
                and cluster.type in ("visit",)
            ):
                return True
        return False

    def _alone(self, clusters: list[Cluster]) -> list[Cluster]:
        """Talks and agreements of which the article tells no side: one event of a type of which it tells no other."""
        told = {c.type for c in clusters}
        left: dict[str, Cluster] = {}
        for frame in self.frames:
            if frame.rule.alone and frame.type not in told and not self._generic(frame) and not self._in_series(frame):
                left.setdefault(frame.type, Cluster()).add(frame, self.key)
        return list(left.values())

    def _home(self, phrase: Phrase) -> str | None:
        if phrase.entity and phrase.entity in self.entities:
            return self.entities[phrase.entity].country or phrase.country
        return phrase.country

    def _heads(self, phrase: Phrase) -> set[str]:
        """The first words of the posts that a filler or the person behind it holds."""
        return {self.w.bare[first] for first, _ in self._posts(phrase)}

    def _posts(self, phrase: Phrase) -> list[tuple[int, int]]:
        posts = [*phrase.extra_posts, *([phrase.post] if phrase.post else [])]
        if phrase.entity in self.entities:
            posts += self.entities[phrase.entity].posts
        return posts

    # --- dates ------------------------------------------------------------------------------------------------

    def _ahead(self, frame: Frame) -> bool:
        """Whether a date of the frame calls itself coming (العام المقبل), whatever it resolves to.

        The day on which it is to end (تنتهي يوم الجمعة المقبل) does not count, nor does one before which it is to be
        (قبل نهاية العام المقبل) end the clause.
        """
        w = self.w
        low, _ = w.bounds[w.sentence[frame.first]]
        start = frame.governor if frame.governor is not None else frame.first
        for number, (first, last) in enumerate(self.date_tokens):
            here = low <= start <= first < frame.end or (
                0 <= first - frame.end <= len(_UNTIL) and set(w.norms[frame.end : first]) <= _UNTIL
            )
            if (number in frame.dates or here) and any(x in _COMING for x in w.bare[first:last]):
                before = w.norms[max(low, first - 2) : first]
                if not any(b == "حتي" or b.startswith(_ENDINGS) for b in before):
                    return True
        return False

    def _when(self, frame: Frame) -> str | None:
        if frame.shifted and not frame.dates:
            number, days = frame.shifted
            return days_from(self.dates[number].value, days)
        return self.dates[frame.dates[0]].value if frame.dates else None

    def _values(self, frame: Frame) -> list[str]:
        return [value for n in frame.dates if (value := self.dates[n].value)]


_OWN_COUNTRY = word_list("own_country")
_COMING = word_list("coming")
_PREPOSITIONS = frozenset(("خلال", "في", "مع", "بين", "من", "الي", "علي", "عن", "بعد", "قبل", "ل", "ب"))
_SAYS = word_list("saying")
_SPEECH = 6  # sentences over which one man may go on speaking
_ON_TRIP = word_list("on_trip")
_ON_VISIT = word_list("within") | frozenset(("مناسبه",))
_HEADING_BODY = word_list("heading")
_WITHIN_IT = frozenset(("فيها", "فيه", "خلالها", "خلاله"))
_UNTIL = frozenset(("قبل", "نهايه", "خلال", "مطلع", "اواخر", "اوايل", "منتصف", "في"))
_ENDINGS = ("تنتهي", "ينتهي", "تختتم", "يختتم")
_ATTENDING = word_list("purposes")
_PRIVATE = word_list("private")
_WRITERS = word_list("writers")
_QUALIFIED = word_list("military")


@Language.factory("kwus_events", default_config={"network": True})
def make_events(nlp: Language, name: str, network: bool) -> EventStage:
    """Factory of the event stage; without `network` the rules work alone."""
    register()
    for extension in ("events", "dates"):
        if not Doc.has_extension(extension):
            Doc.set_extension(extension, default=None)
    return EventStage(network=network)
