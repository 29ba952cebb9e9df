"""Writing: the same records in every format, whole or not at all, and harmless to whoever opens them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from kwus_extract.errors import ConfigError, InputError, MissingExtra
from kwus_extract.io import write as writing
from kwus_extract.io.tables import COLUMNS, KEYS, rows
from kwus_extract.io.write import Output, write
from kwus_extract.records import ArticleRecord

TEXT = "زار وزير الدفاع القطري مسقط ثم وقّع الجانبان مذكرة تفاهم."


def span(text: str) -> dict[str, Any]:
    start = TEXT.index(text)
    return {"text": text, "start": start, "end": start + len(text)}


def record(doc_id: str = "a", **fields: Any) -> ArticleRecord:
    event = {"status": "occurred", "rule": "test", "confidence": 0.5}
    visit = {"id": "e1", "type": "visit", "triggers": [span("زار")], "date": {"value": "2021-03-04"}, **event}
    visit["roles"] = {
        "visitor": [{**span("وزير الدفاع القطري"), "entity": None}],
        "destination": [{**span("مسقط"), "entity": "l1"}],
    }
    agreement = {"id": "e2", "type": "agreement", "triggers": [span("وقّع"), span("مذكرة تفاهم")], **event}
    return ArticleRecord.model_validate(
        {
            "doc_id": doc_id,
            "source": {"sha256": "0" * 64},
            "people": [{"id": "p1", "name": "سالم"}],
            "organizations": [{"id": "o1", "name": "وزارة الدفاع", "links": {"wikidata": "Q1"}}],
            "places": [{"id": "l1", "name": "مسقط", "kind": "city", "mentions": [span("مسقط")]}],
            "dates": [{"id": "d1", **span("ثم"), "value": None, "basis": "unresolved"}],
            "events": [visit, agreement],
            "provenance": {"version": "0", "pipeline": "test", "model": "none", "config_sha256": "0"},
            **fields,
        }
    )


def test_json_lines_and_json_hold_the_records_as_they_are(tmp_path: Path) -> None:
    records = [record("a"), record("ب\n\"'../\u2028")]
    assert write(records, tmp_path / "x.jsonl") == write(records, tmp_path / "x.json") == 2
    lines = (tmp_path / "x.jsonl").read_bytes().splitlines()
    assert [ArticleRecord.model_validate_json(line) for line in lines] == records
    assert json.loads((tmp_path / "x.json").read_bytes()) == [json.loads(line) for line in lines]
    assert "مسقط".encode() in lines[0]
    write([], tmp_path / "none.json")
    assert json.loads((tmp_path / "none.json").read_bytes()) == []


def test_csv_has_one_event_a_row(tmp_path: Path) -> None:
    write([record(), record("b", events=[])], tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as stream:
        visit, agreement = csv.DictReader(stream)
    assert (visit["doc_id"], visit["type"], visit["destination"], visit["date"]) == ("a", "visit", "مسقط", "2021-03-04")
    assert (agreement["triggers"], agreement["party"], agreement["date"]) == ("وقّع | مذكرة تفاهم", "", "")


@pytest.mark.parametrize("name", ["=1+1", "+7", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200f=1", "＝1", "\n=1"])
def test_no_cell_is_a_formula(tmp_path: Path, name: str) -> None:
    write([record(name)], tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.DictReader(stream))["doc_id"] == "'" + name


def test_a_negative_number_stays_a_number() -> None:
    assert writing._harmless(-0.5) == -0.5


def test_every_row_fits_its_table() -> None:
    found = list(rows(record()))
    assert {table for table, _ in found} == set(COLUMNS)
    for table, row in found:
        columns = COLUMNS[table]
        assert len(row) == len(columns), table
        for (column, kind), cell in zip(columns.items(), row, strict=True):
            assert cell is None or isinstance(cell, kind), (table, column)
            assert cell is not None or column not in KEYS[table]


def test_parquet_is_one_file_a_table(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write([record("a"), record("b")], tmp_path / "x.parquet")
    events = parquet.read_table(tmp_path / "x.parquet")
    assert events.column_names == list(COLUMNS["events"])
    assert events.column("doc_id").to_pylist() == ["a", "a", "b", "b"]
    for table in COLUMNS.keys() - {"events"}:
        assert parquet.read_table(tmp_path / f"x.{table}.parquet").column_names == list(COLUMNS[table])


def test_tables_are_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(writing, "_ROWS_AT_ONCE", 10)
    write((record(str(n)) for n in range(7)), tmp_path / "x.parquet")
    assert parquet.read_table(tmp_path / "x.articles.parquet").column("doc_id").to_pylist() == list("0123456")


def test_duckdb_has_keys_and_views(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    write([record("a"), record("b"), record("=c'; DROP TABLE events; --")], tmp_path / "x.duckdb")
    with duckdb.connect(str(tmp_path / "x.duckdb"), read_only=True) as base:
        assert base.execute("SELECT count(*) FROM events JOIN articles USING (doc_id)").fetchone() == (6,)
        assert base.execute("SELECT day, type FROM timeline LIMIT 1").fetchone() == ("2021-03-04", "visit")
        named = base.execute("SELECT name FROM participants WHERE doc_id = 'a' AND role = 'destination'").fetchone()
        assert named == ("مسقط",)
    with duckdb.connect(str(tmp_path / "x.duckdb")) as base, pytest.raises(duckdb.ConstraintException):
        base.execute("INSERT INTO events SELECT * FROM events")


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "parquet", "duckdb"])
def test_an_output_appears_whole_or_not_at_all(tmp_path: Path, ending: str) -> None:
    if ending in ("parquet", "duckdb"):
        pytest.importorskip("pyarrow")
        pytest.importorskip("duckdb")
    path = tmp_path / f"x.{ending}"

    def broken() -> Any:
        yield record()
        raise RuntimeError("the disk is gone")

    with pytest.raises(RuntimeError):
        write(broken(), path)
    assert list(tmp_path.iterdir()) == []
    write([record()], path)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="--force"):
        write([], path)
    with pytest.raises(RuntimeError):
        write(broken(), path, force=True)
    assert path.read_bytes() == before
    assert not [name for name in tmp_path.iterdir() if name.name.endswith(".part")]
    write([record("b")], path, force=True)
    assert path.read_bytes() != before


def test_errors_stand_beside_the_output_and_go_with_it(tmp_path: Path) -> None:
    path, beside = tmp_path / "x.jsonl", tmp_path / "x.jsonl.errors.jsonl"
    with Output(path) as output:
        output.record(record())
        output.error(InputError("ملف.txt", "empty", "there is no text in it"))
    assert [json.loads(line) for line in beside.read_bytes().splitlines()] == [
        {"input": "ملف.txt", "stage": "read", "code": "empty", "message": "there is no text in it"}
    ]
    with Output(path, force=True) as output:
        output.record(record())
    assert not beside.exists()


def test_an_ending_that_is_no_format(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.jsonl, \.json, \.csv"):
        write([], tmp_path / "x.xlsx")


def test_tables_without_the_extra_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"kwus-extract\[tables\]"):
        write([], tmp_path / "x.parquet")
