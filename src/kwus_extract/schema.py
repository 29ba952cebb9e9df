"""The JSON Schemas of what the package writes and reads, generated from the models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, get_args

from kwus_extract.errors import ConfigError

Kind = Literal["record", "gold", "rules"]

_TITLES = {
    "record": "One article's record, as kwus-extract writes it",
    "gold": "The annotation of one article",
    "rules": "A file of event rules",
}


def json_schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a record as written, of a gold file, or of a rule file."""
    body: dict[str, Any]
    if kind == "record":
        from kwus_extract.records import ArticleRecord

        body = ArticleRecord.model_json_schema(mode="serialization")
    elif kind == "gold":
        from kwus_extract.io.gold import Gold

        body = Gold.model_json_schema()
    elif kind == "rules":
        from kwus_extract.events import rules

        body = rules.schema()
    else:
        raise ConfigError(f"schema: {kind!r} is none of {', '.join(get_args(Kind))}")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body, "title": _TITLES[kind]}


def text(kind: Kind) -> str:
    """The schema as it stands in ``schemas/``."""
    return json.dumps(json_schema(kind), ensure_ascii=False, indent=2) + "\n"


def write_all(folder: Path) -> None:
    """Write ``<kind>.schema.json`` for every kind; files that are right already are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in get_args(Kind):
        path = folder / f"{kind}.schema.json"
        if not path.exists() or path.read_text(encoding="utf-8") != text(kind):
            path.write_text(text(kind), encoding="utf-8")
