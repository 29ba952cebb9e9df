"""The schemas in the repository are those of the models, and validation finds what breaks them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from test_write import TEXT, record

from kwus_extract import schema
from kwus_extract.errors import ConfigError
from kwus_extract.io.gold import sha256
from kwus_extract.validate import validate

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("kind", get_args(schema.Kind))
def test_the_schema_in_the_repository_is_that_of_the_models(kind: schema.Kind) -> None:
    stored = (ROOT / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert stored == schema.text(kind), "out of date: kwus-extract schema --write schemas"


def test_the_gold_of_the_seeds_keeps_its_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema.json_schema("gold"))
    for path in (ROOT / "seeds").rglob("*.gold.json"):
        assert list(validator.iter_errors(json.loads(path.read_text(encoding="utf-8")))) == [], path.name


def test_an_unknown_schema() -> None:
    with pytest.raises(ConfigError, match="record, gold, rules"):
        schema.json_schema("events")  # type: ignore[arg-type]


def test_validation_counts_records_and_spans_that_are_wrong(tmp_path: Path) -> None:
    pytest.importorskip("jsonschema")
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    good = json.loads(record(source={"sha256": sha256(TEXT)}).to_json())
    shifted = json.loads(json.dumps(good))
    shifted["events"][0]["triggers"][0]["start"] += 1
    shifted["places"][0]["mentions"][0]["end"] = 10_000
    unknown = good | {"colour": "red"}
    late = good | {"dates": [{**good["dates"][0], "value": "12/3/2021"}]}
    lines = [json.dumps(row).encode() for row in (good, shifted, unknown, late)]
    found = validate(lines, [tmp_path])
    assert (found.records, found.invalid, found.wrong, found.without_text) == (4, 2, 2, 0)
    assert found.spans > 20
    found = validate([json.dumps(good | {"source": {**good["source"], "sha256": "1" * 64}}).encode()], [tmp_path])
    assert (found.invalid, found.wrong, found.without_text) == (0, 0, 1)


@pytest.mark.parametrize("line", [b'{"doc_id": "a", "sou', b"[]", b"12", b"\xff", b"[" * 100_000, b'{"source": null}'])
def test_a_line_that_is_no_record_is_counted(tmp_path: Path, line: bytes) -> None:
    pytest.importorskip("jsonschema")
    (tmp_path / "a.txt").write_text("وصل الوزير", encoding="utf-8")
    found = validate([b"{}", line], [tmp_path])
    assert (found.records, found.invalid) == (2, 2)
    assert any(fault.startswith("record 2: ") for fault in found.faults)
