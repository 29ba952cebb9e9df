"""Gold annotation: its form, and finding the text that it was made on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kwus_extract.errors import ConfigError
from kwus_extract.io.read import Article
from kwus_extract.records import EdtfValue, EventType, Status


class _Gold(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Entry(_Gold):
    optional: bool = Field(default=False, description="A borderline case that is neither asked for nor punished")


class Occurrence(_Entry):
    """The ``n``-th place (from 1, overlaps not counted) where ``text`` stands in the article."""

    text: str = Field(min_length=1)
    n: int = Field(default=1, ge=1)

    def place(self, article: str) -> tuple[int, int] | None:
        end = start = 0
        for _ in range(self.n):
            start = article.find(self.text, end)
            if start < 0:
                return None
            end = start + len(self.text)
        return start, end


class GoldDoc(_Gold):
    """Which article was annotated; ``sha256`` is that of its text as UTF-8."""

    id: str
    published: str | None = None
    sha256: str | None = None


class GoldName(_Entry):
    """An organisation, or what is common to all that is named: its surface forms, the fullest first."""

    names: tuple[str, ...] = Field(min_length=1)


class GoldPerson(GoldName):
    """A named person; ``position`` is the post as the text gives it."""

    position: str | None = None


class GoldDate(Occurrence):
    """A calendar expression and its EDTF value."""

    value: EdtfValue


class GoldEvent(_Entry):
    """One event; each filler of a role is a list of acceptable forms, ``dates`` is a list of acceptable values."""

    type: EventType
    subtype: str | None = None
    status: Status
    triggers: tuple[Occurrence, ...] = Field(min_length=1)
    name: str | None = None
    ordinal: int | None = None
    roles: dict[str, tuple[tuple[str, ...], ...]] = Field(default_factory=dict)
    dates: tuple[EdtfValue, ...] = ()


class Gold(_Gold):
    """The annotation of one article."""

    doc: GoldDoc
    people: tuple[GoldPerson, ...] = ()
    organizations: tuple[GoldName, ...] = ()
    dates: tuple[GoldDate, ...] = ()
    events: tuple[GoldEvent, ...] = ()


def load_gold(folder: Path) -> list[tuple[Path, Gold]]:
    """All ``*.gold.json`` below a folder, by name. Raises ConfigError for one that is wrong, or where there is none."""
    golds = []
    for path in sorted(folder.rglob("*.gold.json"), key=lambda path: path.name):
        try:
            golds.append((path, Gold.model_validate_json(path.read_bytes())))
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
            raise ConfigError(f"{path}: {faults}") from None
    if not golds:
        raise ConfigError(f"{folder}: there is no *.gold.json in it")
    return golds


def sha256(text: str) -> str:
    """The checksum by which gold and records know their text: that of its UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def match_texts(golds: Iterable[Gold], articles: Iterable[Article]) -> dict[str, Article]:
    """The article of each gold by the gold's id: the text with its checksum, or where it names none, with its id."""
    by_checksum: dict[str, str] = {}
    by_id: dict[str, str] = {}
    for gold in golds:
        if gold.doc.sha256:
            by_checksum[gold.doc.sha256] = gold.doc.id
        else:
            by_id[gold.doc.id] = gold.doc.id
    found: dict[str, Article] = {}
    for article in articles:
        if (name := by_checksum.get(sha256(article.text)) or by_id.get(article.id)) is not None:
            found.setdefault(name, article)
    return found
