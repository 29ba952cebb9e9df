"""From what the stages found to the record of the article."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from spacy.tokens import Doc

from kwus_extract import records as r
from kwus_extract.entities.component import Reading, token_range
from kwus_extract.entities.phrases import Phrase
from kwus_extract.entities.resolve import Entity
from kwus_extract.events.attribution import source_of
from kwus_extract.events.component import Events
from kwus_extract.events.confidence import sure
from kwus_extract.events.lasting import days_from, follows, goes_on, lasting
from kwus_extract.events.merge import Cluster
from kwus_extract.lexicon.closed import word_list
from kwus_extract.resources import parse

_EVENTS: dict[str, tuple[type[Any], type[Any]]] = {
    "visit": (r.Visit, r.VisitRoles),
    "dialogue": (r.Dialogue, r.MeetingRoles),
    "exercise": (r.Exercise, r.MeetingRoles),
    "agreement": (r.Agreement, r.AgreementRoles),
}


@lru_cache(maxsize=1)
def _codes() -> dict[str, list[dict[str, Any]]]:
    text = files("kwus_extract.rules").joinpath("codes.yaml").read_text("utf-8")
    return parse(text, dict[str, list[dict[str, Any]]], name="codes.yaml")


_PLAIN = word_list("plain_places")
_STARTS = ("انطلا", "انطلق", "بدا", "بدء", "بداي", "تبدا", "يبدا", "افتتا", "افتتح")
_ENDS = ("اختتم", "اختتا", "ختام", "انته", "تختتم", "يختتم", "تنتهي")


def _precision(value: str) -> int:
    """How much an EDTF value tells: days over weeks over months over years; a short interval over its first day."""
    start, _, end = value.partition("/")
    known = len(start.replace("X", "").replace("..", ""))
    if end and ".." not in value and len(start) == len(end) == 10 and "X" not in value:
        return 5 if (date.fromisoformat(end) - date.fromisoformat(start)).days >= 6 else 11
    return known


class Assembler:
    """Makes the parts of a record out of one Doc."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.text = doc.text
        self.reading: Reading = doc._.reading
        self.w = self.reading.words
        self.at: list[Phrase | None] = [None] * len(self.w)
        for phrase in self.reading.phrases:
            for i in range(phrase.first, phrase.last):
                self.at[i] = phrase
        self.entities: dict[str, Entity] = {e.id: e for e in self.reading.entities}

    def _chars(self, span: tuple[int, int]) -> tuple[int, int]:
        return self.w.starts[span[0]], self.w.ends[span[1] - 1]

    def _mention(self, span: tuple[int, int]) -> r.Mention:
        start, end = self._chars(span)
        return r.Mention(text=self.text[start:end], start=start, end=end)

    def _string(self, span: tuple[int, int] | None) -> str | None:
        if span is None:
            return None
        start, end = self._chars(span)
        text = " ".join(self.text[start:end].split())
        # للجيش holds الجيش without its alef; a field that has no offsets gives the name in full
        return "ا" + text if text.startswith("ل") and self.w.norms[span[0]].startswith("ال") else text

    def people(self) -> tuple[r.Person, ...]:
        """The people, each with the post at its fullest mention."""
        resolver = self.reading.resolver
        out = []
        for e in resolver.people:
            post = resolver.position(e)
            body = next(
                (
                    b.id
                    for b in resolver.bodies
                    if post and any(post[0] <= m[0] and m[1] <= post[1] for m in b.mentions)
                ),
                None,
            )
            out.append(
                r.Person(
                    id=e.id, name=self._string(e.best()) or "", position=self._string(post), rank=self._string(e.rank), honorific=self._string(e.honorific),
                    organization=body, country=e.country, mentions=tuple(map(self._mention, e.mentions)),
                )
            )  # fmt: skip
        return tuple(out)

    def organizations(self) -> tuple[r.Organization, ...]:
        """The named bodies."""
        return tuple(
            r.Organization(
                id=e.id,
                name=self._string(e.best()) or "",
                kind=e.kind,
                country=e.country,
                mentions=tuple(map(self._mention, e.mentions)),
            )
            for e in self.reading.resolver.bodies
        )

    def places(self) -> tuple[r.Place, ...]:
        """The named places."""
        kinds = ("country", "city", "facility", "region")
        return tuple(
            r.Place(
                id=e.id,
                name=self._string(e.best()) or "",
                kind=e.kind if e.kind in kinds else "other",
                country=e.country,
                mentions=tuple(map(self._mention, e.mentions)),
            )
            for e in self.reading.resolver.places
        )

    def dates(self) -> tuple[r.DateMention, ...]:
        """The date expressions."""
        return tuple(
            r.DateMention(
                id=f"d{n}",
                text=self.text[d.start : d.end],
                start=d.start,
                end=d.end,
                value=d.value,
                calendar=d.calendar,
                basis=d.basis,
            )
            for n, d in enumerate(self.doc._.dates or (), 1)
        )

    def filler(self, phrase: Phrase) -> r.Filler:
        """A role's filler: the person or the town by the name where one is known, else the phrase itself."""
        span = phrase.head
        if phrase.entity and phrase.kind == "post":
            span = self.entities[phrase.entity].best()
        elif phrase.entity and self.w.bare[span[0]] in _PLAIN:
            named = (m for m in self.entities[phrase.entity].mentions if span[0] < m[0] and m[1] == span[1])
            span = next(named, span)
        start, end = self._chars(span)
        return r.Filler(text=self.text[start:end], start=start, end=end, entity=phrase.entity)

    def events(self) -> tuple[Any, ...]:
        """The events, with what their mentions say together."""
        found: Events = self.doc._.events or Events()
        return tuple(self._event(number, cluster) for number, cluster in enumerate(found.clusters, 1))

    def _event(self, number: int, cluster: Cluster) -> Any:
        event, roles_model = _EVENTS[cluster.type]
        status, _ = cluster.status()
        lead = max(cluster.frames, key=lambda f: (len(f.roles), -f.first))
        roles: dict[str, tuple[r.Filler, ...]] = {}
        used: set[tuple[bool, int, int]] = set()  # a state may be a side of the talks and their place
        for role, fillers in cluster.roles.items():
            if role not in roles_model.model_fields:
                continue
            row: list[r.Filler] = []
            for phrase in fillers.values():
                filler = self.filler(phrase)
                slot = (role in ("location", "destination"), filler.start, filler.end)
                # a capital that speaks for its government is still the place: وصل إلى بغداد، قالت بغداد
                if slot not in used and not any(f.entity == filler.entity for f in row if f.entity):
                    used.add(slot)
                    row.append(filler)
            roles[role] = tuple(row)
        subtypes = [f.subtype for f in cluster.frames if f.subtype != f.rule.subtype] or [lead.subtype]
        name = next((f.name for f in cluster.frames if f.name), None)
        codes = self._code(cluster, status, subtypes[0], roles)
        triggers = tuple(self._mention((f.first, f.last)) for f in cluster.frames)
        sentences = sorted(
            {self.w.sentence[f.first] for f in cluster.frames if f.roles} or {self.w.sentence[lead.first]}
        )
        evidence = tuple(
            r.Span(start=self.w.starts[a], end=self.w.ends[b - 1]) for a, b in (self.w.bounds[s] for s in sentences[:3])
        )
        date = self._lasting(cluster, self._date(cluster))
        if status == "occurred" and date and goes_on(date.value, self.doc._.published):
            status = "ongoing"
        return event(
            id=f"e{number}", subtype=subtypes[0], name=self._string(name), ordinal=cluster.ordinal, status=status, triggers=triggers, roles=roles_model(**roles),
            date=date, attribution=self._attribution(cluster), codes=codes, evidence=evidence, rule=lead.rule.id, confidence=round(sure(cluster), 2),
        )  # fmt: skip

    def _date(self, cluster: Cluster) -> r.EventDate | None:
        dates = self.doc._.dates or ()
        told = list(dict.fromkeys(n for f in cluster.frames for n in f.dates)) if cluster.days is None else cluster.days
        if interval := self._interval(cluster):
            return interval
        if cluster.type == "agreement":
            told = [n for n in told if not self._before(dates[n], "حتي")]  # تسري حتى عام 2029: how long it holds
        if not told and (shifted := next((f.shifted for f in cluster.frames if f.shifted), None)):
            return self._shifted(*shifted)
        if cluster.days is not None or not told:
            return self._on(told)
        told = self._fitting(told, cluster.status()[0])
        if cluster.type == "agreement":
            # signed then, in force since, left now: the earliest year is that of the agreement
            years = {n: dates[n].value[:4] for n in told if dates[n].value[:4].isdigit()}
            told = [n for n, year in years.items() if year == min(years.values())] or told
        values = [dates[n].value for n in told]
        best = max(values, key=lambda v: (_precision(v), values.count(v)))
        return self._on([n for n in told if dates[n].value == best])

    def _shifted(self, number: int, days: int) -> r.EventDate | None:
        """So many days before or behind a date: غداة القمة، بعد يومين من زيارته."""
        value = days_from(self.doc._.dates[number].value, days)
        return r.EventDate(value=value, dates=(f"d{number + 1}",)) if value else None

    def _on(self, numbers: list[int]) -> r.EventDate | None:
        """The day that some expressions tell, all of one value; both days of يومي الأحد والاثنين."""
        if not numbers:
            return None
        dates = self.doc._.dates
        for n in (k for number in numbers for k in (number - 1, number) if 0 <= k < len(dates) - 1):
            one, other = dates[n], dates[n + 1]
            if self.text[one.end : other.start].strip(" ،") == "و" and follows(one.value, other.value):
                return r.EventDate(value=f"{one.value}/{other.value}", dates=(f"d{n + 1}", f"d{n + 2}"))
        return r.EventDate(value=self.doc._.dates[numbers[0]].value, dates=tuple(f"d{n + 1}" for n in numbers))

    def _fitting(self, numbers: list[int], status: str) -> list[int]:
        """The dates that can be those of what is yet to come or has taken place, if there are any."""
        published = self.doc._.published
        dates = self.doc._.dates or ()
        if not published or status not in ("planned", "occurred"):
            return numbers
        known = [n for n in numbers if dates[n].value and "X" not in dates[n].value and ".." not in dates[n].value]
        if status == "planned":
            fit = [n for n in known if (end := dates[n].value.split("/")[-1]) >= published[: len(end)]]
        else:
            fit = [n for n in known if (start := dates[n].value.split("/")[0]) <= published[: len(start)]]
        return fit or numbers

    def _attribution(self, cluster: Cluster) -> r.Filler | None:
        for frame in cluster.frames:
            phrase = source_of(frame, self.w, self.at)
            if phrase is not None:
                return self.filler(phrase)
        return None

    def _interval(self, cluster: Cluster) -> r.EventDate | None:
        """Start and end told apart: انطلقت في 9 … واختتمت في 24; an open end for حتى or منذ alone."""
        dates = self.doc._.dates or ()
        for frame in cluster.frames:
            starts, ends = [], []
            low, high = self.w.bounds[self.w.sentence[frame.first]]
            for number, mention in enumerate(dates):
                first, _ = token_range(self.w.starts, self.w.ends, mention.start, mention.end)
                if (
                    not low <= first < high
                    or not mention.value
                    or "/" in mention.value
                    or not any(c.isdigit() for c in mention.value)
                ):
                    continue
                before = self.w.norms[max(low, first - 4) : first]
                if number in frame.dates and before and before[-1] == "حتي":
                    ends.append(number)
                elif any(b.startswith(_STARTS) for b in before):
                    starts.append(number)
                elif number in frame.dates and any(
                    b.startswith(_ENDS) for b in (*before, *self.w.norms[low : frame.first][-6:])
                ):
                    ends.append(number)
            if starts and ends and dates[starts[0]].value < dates[ends[0]].value:
                pair = (starts[0], ends[0])
                return r.EventDate(
                    value=f"{dates[pair[0]].value}/{dates[pair[1]].value}",
                    dates=tuple(f"d{n + 1}" for n in sorted(pair)),
                )
            if ends and not starts and self._before(dates[ends[0]], "حتي") and cluster.type != "agreement":
                end = dates[ends[0]].value  # of an agreement how long it holds
                told = [n for n in cluster.days or () if dates[n].value < end and "/" not in dates[n].value]
                start = dates[told[0]].value if told else ".."
                return r.EventDate(value=f"{start}/{end}", dates=tuple(f"d{n + 1}" for n in (*told[:1], ends[0])))
        return None

    def _lasting(self, cluster: Cluster, told: r.EventDate | None) -> r.EventDate | None:
        """The days from or to the one told, where a mention says how long the event takes."""
        value = told and lasting(told.value, cluster, self.doc._.events.clusters, self.w, self.doc._.durations or ())
        return r.EventDate(value=value, dates=told.dates) if told and value else told

    def _before(self, date: Any, word: str) -> bool:
        first, _ = token_range(self.w.starts, self.w.ends, date.start, date.end)
        return first > 0 and self.w.norms[first - 1] == word

    def _code(self, cluster: Cluster, status: str, subtype: str, roles: dict[str, Any]) -> r.Codes:
        facts = {
            "status": status,
            "subtype": subtype,
            "host": bool(roles.get("host")),
            "joint": len(roles.get("participant", ())) > 1,
        }
        for row in _codes()[cluster.type]:
            if all(facts[k] in v if isinstance(v, list) else facts[k] == v for k, v in row.items() if k in facts):
                return r.Codes(plover=row["plover"], mode=row["mode"], cameo=row["cameo"])
        return r.Codes()

    def warnings(self) -> tuple[r.Warning, ...]:
        """The notices of the stages."""
        return tuple(
            r.Warning(code=n.code, message=n.message, start=n.start, end=n.end) for n in self.doc._.warnings or ()
        )
