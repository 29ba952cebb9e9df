"""Records as flat tables: what CSV, Parquet, DuckDB and data frames share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, Literal

from kwus_extract.errors import MissingExtra
from kwus_extract.records import ArticleRecord, Event, Filler, Mention

Row = tuple[Any, ...]

ROLES = ("visitor", "host", "destination", "participant", "party", "signatory", "location")
SEPARATOR = " | "
"""Between several values in one cell; it stands in no Arabic name."""

COLUMNS: dict[str, dict[str, type]] = {
    "articles": {
        **dict.fromkeys(("doc_id", "title", "published", "published_basis", "path", "sha256", "media_type"), str),
        **dict.fromkeys(("encoding", "url", "publisher", "extra", "warnings"), str),
        **dict.fromkeys(("version", "pipeline", "model", "config_sha256"), str),
    },
    "events": {
        **dict.fromkeys(("doc_id", "event_id", "type", "subtype", "status", "name"), str),
        "ordinal": int,
        **dict.fromkeys(("date", "published", "triggers"), str),
        "start_char": int,
        "end_char": int,
        **dict.fromkeys((*ROLES, "attribution", "plover", "mode", "cameo", "rule"), str),
        "confidence": float,
    },
    "roles": {
        **dict.fromkeys(("doc_id", "event_id", "role"), str),
        "number": int,
        **dict.fromkeys(("text", "entity_id"), str),
        "start_char": int,
        "end_char": int,
    },
    "people": {
        **dict.fromkeys(("doc_id", "person_id", "name", "position", "rank", "honorific", "organization_id"), str),
        **dict.fromkeys(("country", "links"), str),
        "mentions": int,
    },
    "organizations": {
        **dict.fromkeys(("doc_id", "organization_id", "name", "kind", "country", "links"), str),
        "mentions": int,
    },
    "places": {**dict.fromkeys(("doc_id", "place_id", "name", "kind", "country", "links"), str), "mentions": int},
    "dates": {
        **dict.fromkeys(("doc_id", "date_id", "text"), str),
        "start_char": int,
        "end_char": int,
        **dict.fromkeys(("value", "calendar", "basis"), str),
    },
}
"""Tables in the order in which they can be filled, each with its columns and their types; all but keys can be null."""

KEYS: dict[str, tuple[str, ...]] = {
    "articles": ("doc_id",),
    "events": ("doc_id", "event_id"),
    "roles": ("doc_id", "event_id", "role", "number"),
    "people": ("doc_id", "person_id"),
    "organizations": ("doc_id", "organization_id"),
    "places": ("doc_id", "place_id"),
    "dates": ("doc_id", "date_id"),
}


def rows(record: ArticleRecord) -> Iterator[tuple[str, Row]]:
    """The rows of one record, each with the name of its table, in the order of ``COLUMNS``."""
    yield "articles", _article(record)
    for event in record.events:
        yield "events", event_row(record, event)
    for event in record.events:
        for role, fillers in _roles(event):
            for number, filler in enumerate(fillers, start=1):
                span = (filler.start, filler.end)
                yield "roles", (record.doc_id, event.id, role, number, filler.text, filler.entity, *span)
    for p in record.people:
        links = _json(p.links)
        post = (p.position, p.rank, p.honorific, p.organization)
        yield "people", (record.doc_id, p.id, p.name, *post, p.country, links, len(p.mentions))
    for o in record.organizations:
        yield "organizations", (record.doc_id, o.id, o.name, o.kind, o.country, _json(o.links), len(o.mentions))
    for place in record.places:
        country, links = place.country, _json(place.links)
        yield "places", (record.doc_id, place.id, place.name, place.kind, country, links, len(place.mentions))
    for d in record.dates:
        yield "dates", (record.doc_id, d.id, d.text, d.start, d.end, d.value, d.calendar, d.basis)


def event_row(record: ArticleRecord, event: Event) -> Row:
    """One event in one row: role fillers and triggers joined, the place of the first trigger."""
    roles = dict(_roles(event))
    first = event.triggers[0]
    return (
        *(record.doc_id, event.id, event.type, event.subtype, event.status, event.name, event.ordinal),
        *(event.date.value if event.date else None, record.published.value, _joined(event.triggers)),
        *(first.start, first.end),
        *(_joined(roles.get(role, ())) for role in ROLES),
        event.attribution.text if event.attribution else None,
        *(event.codes.plover, event.codes.mode, event.codes.cameo, event.rule, event.confidence),
    )


def events_frame(record: ArticleRecord, library: Literal["pandas", "polars"]) -> Any:
    """The events of a record as a data frame. Raises MissingExtra when the library is not there."""
    try:
        frames = import_module(library)
    except ImportError:
        raise MissingExtra(library, "tables") from None
    found = [event_row(record, event) for event in record.events]
    if library == "polars":
        types = {str: frames.String, int: frames.Int64, float: frames.Float64}
        schema = {name: types[kind] for name, kind in COLUMNS["events"].items()}
        return frames.DataFrame(found, schema=schema, orient="row")
    types = {str: "string", int: "Int64", float: "float64"}
    return frames.DataFrame(found, columns=list(COLUMNS["events"])).astype(
        {name: types[kind] for name, kind in COLUMNS["events"].items()}
    )


def _article(record: ArticleRecord) -> Row:
    source, made = record.source, record.provenance
    return (
        *(record.doc_id, record.title.text if record.title else None),
        *(record.published.value, record.published.basis),
        *(source.path, source.sha256, source.media_type, source.encoding, source.url, source.publisher),
        _json(source.extra),
        _json([warning.model_dump() for warning in record.warnings]),
        *(made.version, made.pipeline, made.model, made.config_sha256),
    )


def _roles(event: Event) -> list[tuple[str, tuple[Filler, ...]]]:
    return [(role, getattr(event.roles, role)) for role in type(event.roles).model_fields]


def _joined(mentions: Sequence[Mention]) -> str | None:
    return SEPARATOR.join(mention.text for mention in mentions) or None


def _json(value: object) -> str | None:
    return json.dumps(value, ensure_ascii=False, default=str) if value else None
