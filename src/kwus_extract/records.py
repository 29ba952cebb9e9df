"""The record of one article: what the pipeline promises, as pydantic models.

Every ``start``/``end`` is a half-open range of Unicode code points in the article text as read, so that
``text[start:end]`` is the ``text`` field beside it. The JSON Schemas in ``schemas/`` are generated from here.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

EventType = Literal["visit", "dialogue", "exercise", "agreement"]
Status = Literal["occurred", "ongoing", "planned", "cancelled", "negated", "hypothetical"]
ZoneKind = Literal["title", "heading", "body", "dateline", "boilerplate", "placeholder", "foreign"]
DateBasis = Literal["explicit", "published", "document", "unresolved"]
PlaceKind = Literal["country", "city", "facility", "region", "other"]

_DATE = r"(?:(?:\d{4}|XXXX)(?:-(?:\d\d|XX)(?:-(?:\d\d|XX))?)?|\d{3}X|\d\dXX)"
EDTF = re.compile(rf"{_DATE}(?:/(?:{_DATE}|\.\.))?|\.\./{_DATE}")
"""EDTF level 1 as the records use it: dates with unspecified parts, and intervals open at one end."""

EdtfValue = Annotated[str, Field(pattern=rf"^(?:{EDTF.pattern})$")]


class Model(BaseModel):
    """Base of all record models: immutable, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Model):
    """A half-open range of code points in the article text."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.start > self.end:
            raise ValueError(f"span starts at {self.start} and ends at {self.end}")
        return self


class Mention(Span):
    """A span with the exact characters that stand there."""

    text: str


class Source(Model):
    """Where the text came from; ``sha256`` is that of the text as UTF-8."""

    path: str | None = None
    sha256: str
    media_type: str = "text/plain"
    encoding: str | None = "utf-8"
    url: str | None = None
    publisher: str | None = None
    extra: dict[str, Any] = Field(default_factory=dict)


class Published(Model):
    """The day of publication (ISO 8601) and how it is known."""

    value: str | None = None
    basis: Literal["given", "metadata", "dateline", "none"] = "none"


class Zone(Span):
    """A stretch of the article by its function."""

    kind: ZoneKind


class Person(Model):
    """A named person with the post, rank and honorific that the text gives."""

    id: str
    name: str
    position: str | None = None
    rank: str | None = None
    honorific: str | None = None
    organization: str | None = None
    country: str | None = None
    links: dict[str, str | None] = Field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()


class Organization(Model):
    """A named body; ``country`` is an ISO 3166 alpha-2 code where it is known."""

    id: str
    name: str
    kind: str = "other"
    country: str | None = None
    links: dict[str, str | None] = Field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()


class Place(Model):
    """A named place; ``country`` is an ISO 3166 alpha-2 code where it is known."""

    id: str
    name: str
    kind: PlaceKind = "other"
    country: str | None = None
    links: dict[str, str | None] = Field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()


class DateMention(Mention):
    """A calendar expression and its EDTF value; ``value`` is null where nothing of it can be known."""

    id: str
    value: EdtfValue | None
    calendar: Literal["gregorian", "hijri"] = "gregorian"
    basis: DateBasis


class Filler(Mention):
    """What fills a role; ``entity`` is the id of the person, organisation or place it names."""

    entity: str | None = None


Fillers = tuple[Filler, ...]


class VisitRoles(Model):
    """Who goes, who receives, and where to."""

    visitor: Fillers = ()
    host: Fillers = ()
    destination: Fillers = ()
    location: Fillers = ()


class MeetingRoles(Model):
    """Who takes part, who hosts, and where: the roles of dialogues and exercises."""

    participant: Fillers = ()
    host: Fillers = ()
    location: Fillers = ()


class AgreementRoles(Model):
    """Between whom, signed by whom, and where."""

    party: Fillers = ()
    signatory: Fillers = ()
    location: Fillers = ()


class EventDate(Model):
    """When the event takes place: one EDTF value and the date mentions it comes from."""

    value: EdtfValue
    dates: tuple[str, ...] = ()


class Codes(Model):
    """The event in the coding schemes of the field: PLOVER type and mode, CAMEO code."""

    plover: str | None = None
    mode: str | None = None
    cameo: str | None = None


class _Event(Model):
    id: str
    name: str | None = None
    ordinal: int | None = Field(default=None, ge=1)
    status: Status
    triggers: tuple[Mention, ...] = Field(min_length=1)
    date: EventDate | None = None
    attribution: Filler | None = None
    codes: Codes = Codes()
    evidence: tuple[Span, ...] = ()
    rule: str
    confidence: float = Field(ge=0, le=1)


class Visit(_Event):
    """Somebody goes somewhere in an official or representative capacity."""

    type: Literal["visit"] = "visit"
    subtype: Literal["official", "working", "inspection", "arrival", "other"] = "official"
    roles: VisitRoles = VisitRoles()


class Dialogue(_Event):
    """Sides talk: rounds, negotiations, meetings, receptions, calls, summits, conferences."""

    type: Literal["dialogue"] = "dialogue"
    subtype: Literal["dialogue", "talks", "meeting", "call", "summit", "conference"] = "meeting"
    roles: MeetingRoles = MeetingRoles()


class Exercise(_Event):
    """A military, security or emergency exercise."""

    type: Literal["exercise"] = "exercise"
    subtype: Literal["military", "naval", "air", "security", "civil", "other"] = "military"
    roles: MeetingRoles = MeetingRoles()


class Agreement(_Event):
    """A specific agreement, memorandum, treaty or contract."""

    type: Literal["agreement"] = "agreement"
    subtype: Literal["agreement", "memorandum", "treaty", "contract", "other"] = "agreement"
    roles: AgreementRoles = AgreementRoles()


Event = Annotated[Visit | Dialogue | Exercise | Agreement, Field(discriminator="type")]


class Warning(Model):
    """Something a reader of the record should know; the span says where, if it has a place."""

    code: str
    message: str
    start: int | None = None
    end: int | None = None


class Provenance(Model):
    """What made this record."""

    version: str
    pipeline: str
    model: str
    config_sha256: str


class ArticleRecord(Model):
    """Everything found in one article."""

    schema_version: Literal["1.0"] = "1.0"
    doc_id: str
    source: Source
    title: Mention | None = None
    published: Published = Published()
    zones: tuple[Zone, ...] = ()
    people: tuple[Person, ...] = ()
    organizations: tuple[Organization, ...] = ()
    places: tuple[Place, ...] = ()
    dates: tuple[DateMention, ...] = ()
    events: tuple[Event, ...] = ()
    warnings: tuple[Warning, ...] = ()
    provenance: Provenance

    def to_json(self) -> str:
        """The record as one line of JSON, keys in the order of the contract, Arabic as Arabic."""
        return self.model_dump_json()

    _text: str | None = PrivateAttr(default=None)

    def with_text(self, text: str) -> ArticleRecord:
        """The same record, which a notebook shows as this text with marks; written or compared it is no different."""
        record = self.model_copy()
        record._text = text
        return record

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArticleRecord) and self.__dict__ == other.__dict__

    def to_pandas(self) -> Any:
        """The events as a pandas DataFrame, one a row, in the columns of the CSV output."""
        return import_module("kwus_extract.io.tables").events_frame(self, "pandas")

    def to_polars(self) -> Any:
        """The events as a polars DataFrame, one a row, in the columns of the CSV output."""
        return import_module("kwus_extract.io.tables").events_frame(self, "polars")

    def _repr_html_(self) -> str:
        # By name and at call time: records are the lowest layer and know nothing of what is built on them.
        html: str = import_module("kwus_extract.report").record_html(self, self._text)
        return html
