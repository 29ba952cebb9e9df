"""Looking records through: does each keep its schema, and does every span hold the characters it claims?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kwus_extract.errors import MissingExtra
from kwus_extract.io.gold import sha256
from kwus_extract.io.read import Article, read
from kwus_extract.schema import json_schema


@dataclass
class Findings:
    """How many records and spans there were, and how many of them are wrong."""

    records: int = 0
    invalid: int = 0
    spans: int = 0
    wrong: int = 0
    without_text: int = 0
    faults: list[str] = field(default_factory=list)


def validate(lines: Iterable[bytes], texts: Iterable[str | Path]) -> Findings:
    """Check records (JSON lines) against the published JSON Schema and against the texts, which go by their checksum.

    Every object with ``start`` and ``end`` must lie within its text, and where it has ``text`` too, be equal to it.
    Without texts, spans are not compared. Needs the package ``jsonschema`` (extra ``test``).
    """
    try:
        from jsonschema import Draft202012Validator  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise MissingExtra("jsonschema", "test") from None
    validator = Draft202012Validator(json_schema("record"))
    sources = list(texts)
    by_checksum = {sha256(a.text): a.text for a in read(*sources) if isinstance(a, Article)} if sources else {}
    found = Findings()
    for line in lines:
        found.records += 1
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:  # a line cut short, bytes that are no UTF-8
            found.invalid += 1
            found.faults.append(f"record {found.records}: not JSON: {error}")
            continue
        if not isinstance(record, dict):
            found.invalid += 1
            found.faults.append(f"record {found.records}: {type(record).__name__} where an object is expected")
            continue
        name = record.get("doc_id", f"record {found.records}")
        if errors := list(validator.iter_errors(record)):
            found.invalid += 1
            found.faults += [f"{name}: {error.json_path}: {error.message[:200]}" for error in errors[:3]]
        if not sources:
            continue
        source = record.get("source")
        text = by_checksum.get(str(source.get("sha256"))) if isinstance(source, dict) else None
        if text is None:
            found.without_text += 1
            continue
        for where, span in _spans(record):
            found.spans += 1
            if fault := _fault(span, text):
                found.wrong += 1
                found.faults.append(f"{name}: {where}: {fault}")
    return found


def _spans(value: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        if isinstance(value.get("start"), int) and isinstance(value.get("end"), int):
            yield where, value
        for key, inner in value.items():
            if key != "extra":  # what the input carried along; its numbers are its own
                yield from _spans(inner, f"{where}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _spans(inner, f"{where}[{number}]")


def _fault(span: dict[str, Any], text: str) -> str | None:
    start, end = span["start"], span["end"]
    if not 0 <= start <= end <= len(text):
        return f"[{start}:{end}] lies outside the text of {len(text)} characters"
    if "text" in span and text[start:end] != span["text"]:
        return f"[{start}:{end}] is {text[start:end]!r}, not {span['text']!r}"
    return None
