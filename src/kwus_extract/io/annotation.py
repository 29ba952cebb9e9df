"""What annotation tools show: marked regions of a text and links between them, made of records or gold, and read back.

An event is a region on its trigger; its roles are links to the regions that fill them. Several forms of one name, and
several triggers of one event, are held together by links too. Offsets are code points of the text, as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import get_args

from kwus_extract.errors import ConfigError
from kwus_extract.io.gold import Gold, GoldDate, GoldDoc, GoldEvent, GoldName, GoldPerson, Occurrence, sha256
from kwus_extract.records import (
    Agreement,
    AgreementRoles,
    ArticleRecord,
    Dialogue,
    EventType,
    Exercise,
    MeetingRoles,
    Mention,
    Status,
    Visit,
    VisitRoles,
)

ENTITIES = ("Person", "Organization", "Place", "Mention")
"""Labels of what can fill a role; a Mention is a filler that is no entity of its own (``الوفد``, ``الجانبان``)."""
EVENTS: tuple[str, ...] = get_args(EventType)
ROLES: dict[str, tuple[str, ...]] = {
    "visit": tuple(VisitRoles.model_fields),
    "dialogue": tuple(MeetingRoles.model_fields),
    "exercise": tuple(MeetingRoles.model_fields),
    "agreement": tuple(AgreementRoles.model_fields),
}
ALIAS, TRIGGER, ATTRIBUTION = "alias", "trigger", "attribution"
CHOICES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "status": (EVENTS, get_args(Status)),
    "subtype": (
        EVENTS,
        tuple(
            dict.fromkeys(
                value
                for event in (Visit, Dialogue, Exercise, Agreement)
                for value in get_args(event.model_fields["subtype"].annotation)
            )
        ),
    ),
    "optional": ((*ENTITIES, "Date", *EVENTS), ("yes",)),
    "trigger": (EVENTS, ("optional",)),
}
"""What an annotator chooses for a region: the labels it goes with, and the values there are."""
FIELDS: dict[str, tuple[str, ...]] = {
    "position": ("Person",),
    "forms": ENTITIES,
    "value": ("Date",),
    "name": EVENTS,
    "ordinal": EVENTS,
    "dates": EVENTS,
}
"""What an annotator writes for a region, and the labels it goes with. ``forms`` are names that stand nowhere as such."""


@dataclass
class Region:
    """A labelled stretch of the text with what was chosen and what was written for it."""

    id: str
    label: str
    start: int
    end: int
    choices: dict[str, str] = field(default_factory=dict)
    fields: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """From one region to another: a role, ``alias`` (another form of the same) or ``trigger`` (another of the event)."""

    label: str
    source: str
    target: str


@dataclass
class Annotated:
    """A text with its regions; ``made_by`` names the program that found them, and is None when people marked them."""

    id: str
    text: str
    published: str | None = None
    made_by: str | None = None
    regions: list[Region] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def add(self, label: str, start: int, end: int) -> Region:
        """A new region, with the next id."""
        region = Region(f"T{len(self.regions) + 1}", label, start, end)
        self.regions.append(region)
        return region

    def link(self, label: str, source: Region, target: Region) -> None:
        """A link, unless it stands there already."""
        link = Link(label, source.id, target.id)
        if link not in self.links:
            self.links.append(link)


# -- from a record ---------------------------------------------------------------------------------------------------


def from_record(record: ArticleRecord, text: str) -> Annotated:
    """What the record found in ``text``, for people to look through."""
    made_by = f"kwus-extract {record.provenance.version}, {record.provenance.model}"
    shown = Annotated(record.doc_id, text, record.published.value, made_by)
    known: dict[tuple[str | None, int, int], Region] = {}
    for label, entities in (
        ("Person", record.people),
        ("Organization", record.organizations),
        ("Place", record.places),
    ):
        for entity in entities:
            first: Region | None = None
            # The fullest form leads, as in gold.
            for mention in sorted(entity.mentions, key=lambda m: (m.start - m.end, m.start)):
                region = known[entity.id, mention.start, mention.end] = shown.add(label, mention.start, mention.end)
                if first is None:
                    first = region
                    if post := getattr(entity, "position", None):
                        region.fields["position"] = [post]
                else:
                    shown.link(ALIAS, first, region)
    for date in record.dates:
        if date.value is not None:
            shown.add("Date", date.start, date.end).fields["value"] = [date.value]
    for event in record.events:
        triggers = [shown.add(event.type, trigger.start, trigger.end) for trigger in event.triggers]
        lead = triggers[0]
        for other in triggers[1:]:
            shown.link(TRIGGER, lead, other)
        lead.choices |= {"status": event.status, "subtype": event.subtype}
        if event.name:
            lead.fields["name"] = [event.name]
        if event.ordinal is not None:
            lead.fields["ordinal"] = [str(event.ordinal)]
        if event.date:
            lead.fields["dates"] = [event.date.value]
        fillers = [(role, filler) for role in ROLES[event.type] for filler in getattr(event.roles, role)]
        if event.attribution:
            fillers.append((ATTRIBUTION, event.attribution))
        for role, filler in fillers:
            place = (filler.start, filler.end)
            region = known.get((filler.entity, *place)) or known.get((None, *place)) or shown.add("Mention", *place)
            known.setdefault((None, *place), region)
            shown.link(role, lead, region)
    return shown


# -- from gold and back ----------------------------------------------------------------------------------------------


def from_gold(gold: Gold, text: str) -> Annotated:
    """The gold as regions of its text. Raises ConfigError where it names what is not there."""
    shown = Annotated(gold.doc.id, text, gold.doc.published)
    known: dict[tuple[str, ...], Region] = {}
    for label, entities in (("Person", gold.people), ("Organization", gold.organizations)):
        for entity in entities:
            lead = _add_forms(shown, label, entity.names)
            known.setdefault(entity.names, lead)
            if post := getattr(entity, "position", None):
                lead.fields["position"] = [post]
            if entity.optional:
                lead.choices["optional"] = "yes"
    for date in gold.dates:
        region = shown.add("Date", *_placed(date, shown))
        region.fields["value"] = [date.value]
        if date.optional:
            region.choices["optional"] = "yes"
    for event in gold.events:
        triggers = [shown.add(event.type, *_placed(trigger, shown)) for trigger in event.triggers]
        for region, trigger in zip(triggers, event.triggers, strict=True):
            if trigger.optional:
                region.choices["trigger"] = "optional"
        lead = triggers[0]
        for other in triggers[1:]:
            shown.link(TRIGGER, lead, other)
        lead.choices["status"] = event.status
        if event.subtype is not None:
            lead.choices["subtype"] = event.subtype
        if event.optional:
            lead.choices["optional"] = "yes"
        if event.name is not None:
            lead.fields["name"] = [event.name]
        if event.ordinal is not None:
            lead.fields["ordinal"] = [str(event.ordinal)]
        if event.dates:
            lead.fields["dates"] = list(event.dates)
        for role, fillers in event.roles.items():
            for forms in fillers:
                if forms not in known:
                    known[forms] = _add_forms(shown, "Mention", forms)
                shown.link(role, lead, known[forms])
    return shown


def _placed(occurrence: Occurrence, shown: Annotated) -> tuple[int, int]:
    place = occurrence.place(shown.text)
    if place is None:
        raise ConfigError(f"{shown.id}: {occurrence.text!r} does not stand {occurrence.n} times in the text")
    return place


def _add_forms(shown: Annotated, label: str, forms: Sequence[str]) -> Region:
    """A region for every form that stands in the text; forms that do not are written beside the first."""
    places = [_find(form, shown.text) for form in forms]
    found = [place for place in places if place]
    if not found:  # الهيئة stands there as للهيئة: without its article it can be found
        found = [place for form in forms if (place := _find(form.removeprefix("ال"), shown.text))][:1]
    if not found:
        raise ConfigError(f"{shown.id}: {forms[0]!r} stands nowhere in the text")
    lead, *others = [shown.add(label, *place) for place in found]
    for other in others:
        shown.link(ALIAS, lead, other)
    if not all(places):
        lead.fields["forms"] = list(forms)
    return lead


def _find(form: str, text: str) -> tuple[int, int] | None:
    """Where a form stands first, if possible as words of its own."""
    match = re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text)
    start = match.start() if match else text.find(form)
    return (start, start + len(form)) if start >= 0 else None


def to_gold(shown: Annotated) -> Gold:
    """The gold that the regions say. Raises ConfigError naming the region where something is missing."""
    regions = {region.id: region for region in shown.regions}
    aliases = _groups(shown, ALIAS, ENTITIES)
    triggers = _groups(shown, TRIGGER, EVENTS)
    entities: dict[str, list[GoldName]] = {"Person": [], "Organization": []}
    for label, group in _named(aliases, shown):
        forms, optional = _forms(group, shown), _has(group, "optional")
        if label == "Person":
            entities[label].append(GoldPerson(names=forms, position=_written(group, "position"), optional=optional))
        elif label == "Organization":
            entities[label].append(GoldName(names=forms, optional=optional))
    dates = []
    for region in shown.regions:
        if region.label == "Date":
            value = _written([region], "value")
            if value is None:
                raise ConfigError(f"{shown.id}: the date {_text(region, shown)!r} at {region.start} has no value")
            dates.append(GoldDate(**_occurrence(region, shown), value=value, optional=_has([region], "optional")))
    events = []
    for group in {id(group): group for group in triggers.values()}.values():
        roles: dict[str, list[tuple[str, ...]]] = {}
        members = {region.id for region in group}
        for link in shown.links:
            if link.source in members and link.label not in (TRIGGER, ALIAS, ATTRIBUTION):
                filler = regions.get(link.target)
                forms = _forms(aliases[link.target], shown) if link.target in aliases else ()
                if filler is None or not forms:
                    raise ConfigError(f"{shown.id}: {link.label} of {_text(group[0], shown)!r} is no name")
                if forms not in roles.setdefault(link.label, []):
                    roles[link.label].append(forms)
        status = next((region.choices["status"] for region in group if "status" in region.choices), None)
        if status is None:
            where = f"at {group[0].start}"
            raise ConfigError(f"{shown.id}: the {group[0].label} {_text(group[0], shown)!r} {where} has no status")
        ordinal = _written(group, "ordinal")
        events.append(
            GoldEvent.model_validate(
                {
                    "type": group[0].label,
                    "subtype": next((r.choices["subtype"] for r in group if "subtype" in r.choices), None),
                    "status": status,
                    "triggers": [
                        Occurrence(**_occurrence(region, shown), optional="trigger" in region.choices)
                        for region in group
                    ],
                    "name": _written(group, "name"),
                    "ordinal": int(ordinal) if ordinal else None,
                    "roles": roles,
                    "dates": [value for region in group for value in region.fields.get("dates", ())],
                    "optional": _has(group, "optional"),
                }
            )
        )
    return Gold.model_validate(
        {
            "doc": GoldDoc(id=shown.id, published=shown.published, sha256=sha256(shown.text)),
            "people": entities["Person"],
            "organizations": entities["Organization"],
            "dates": dates,
            "events": events,
        }
    )


def _groups(shown: Annotated, label: str, kinds: Iterable[str]) -> dict[str, list[Region]]:
    """For the id of every region of these kinds: all regions that are linked with it, in their order."""
    groups = {region.id: [region] for region in shown.regions if region.label in kinds}
    for link in shown.links:
        if link.label == label and link.source in groups and link.target in groups:
            one, other = groups[link.source], groups[link.target]
            if one is not other:
                one.extend(other)
                for region in other:
                    groups[region.id] = one
    order = {region.id: number for number, region in enumerate(shown.regions)}
    for group in groups.values():
        group.sort(key=lambda region: order[region.id])
    return groups


def _named(groups: dict[str, list[Region]], shown: Annotated) -> list[tuple[str, list[Region]]]:
    """The groups that are entities, with their labels; ``groups`` is brought in line.

    Who marks every place of a name without linking them means one person all the same.
    """
    named: dict[tuple[str, str], list[Region]] = {}
    for group in list({id(group): group for group in groups.values()}.values()):
        label = next((region.label for region in group if region.label != "Mention"), None)
        if label is not None:
            whole = named.setdefault((label, _text(group[0], shown)), [])
            whole.extend(group)
            groups.update((region.id, whole) for region in group)
    return [(label, group) for (label, _), group in named.items()]


def _text(span: Region | Mention, shown: Annotated) -> str:
    return shown.text[span.start : span.end]


def _forms(group: list[Region], shown: Annotated) -> tuple[str, ...]:
    """The forms of a name: those written down, where there are any, then those marked."""
    written = [form for region in group for form in region.fields.get("forms", ())]
    marked = [_text(region, shown) for region in group]
    if written and group[0].fields.get("forms") and not any(text in written for text in marked[:1]):
        marked = marked[1:]  # a place that stands in for a form which is nowhere as such
    return tuple(dict.fromkeys([*written, *marked]))


def _has(group: list[Region], choice: str) -> bool:
    return any(choice in region.choices for region in group)


def _written(group: list[Region], name: str) -> str | None:
    return next((" ".join(region.fields[name]).strip() or None for region in group if region.fields.get(name)), None)


def _occurrence(region: Region, shown: Annotated) -> dict[str, str | int]:
    """Which occurrence of its own characters the region is, counted as gold counts them."""
    form = _text(region, shown)
    end = number = 0
    while True:
        number += 1
        start = shown.text.find(form, end)
        if start == region.start:
            return {"text": form, "n": number}
        if start < 0 or start > region.start or not form:
            raise ConfigError(f"{shown.id}: {form!r} at {region.start} overlaps another occurrence of itself")
        end = start + len(form)
