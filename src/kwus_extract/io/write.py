"""Writing records and errors: every file appears whole, or not at all.

All formats take one record at a time, so that memory stays flat. What is being written stands in a hidden ``.part``
file beside its place and gets its name when the last record is in it and on the disk.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from kwus_extract.errors import ConfigError, InputError, MissingExtra, OutputError
from kwus_extract.io.tables import COLUMNS, KEYS, Row, rows
from kwus_extract.records import ArticleRecord

_ROWS_AT_ONCE = 20_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNSEEN = " \u00a0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff"


def write(records: Iterable[ArticleRecord], path: str | Path, *, force: bool = False) -> int:
    """Write all records to ``path``, in the format of its ending, and return how many there were.

    Endings: ``.jsonl``, ``.json``, ``.csv`` (flat events), ``.parquet`` and ``.duckdb`` (tables; extra ``tables``).
    ``x.parquet`` holds the events; the other tables stand beside it as ``x.articles.parquet``, ``x.roles.parquet`` ….
    Raises ConfigError when the file exists and ``force`` is not set, or when the ending is unknown.
    """
    count = 0
    with Output(Path(path), force=force) as output:
        for count, record in enumerate(records, start=1):  # noqa: B007
            output.record(record)
    return count


class Output:
    """Where a run puts its records and errors; a context manager that finishes the files or takes them back.

    Without a path records go to standard output as JSON Lines and errors to standard error. With ``keep`` a run that
    is stopped leaves what it has of JSON Lines in the ``.part`` file. With ``spare`` an output that is there is not
    replaced by one without any record, only the errors are. Raises OutputError when a file cannot be written.
    """

    def __init__(self, path: Path | None, *, force: bool = False, keep: bool = False, spare: bool = False) -> None:
        self.path = path
        self.keep = keep
        self.spare = spare
        self.empty = True
        self.errors_path = path.with_name(f"{path.name}.errors.jsonl") if path else None
        if path is None:
            self._sink: _Sink = _Lines(None)
            self._errors: IO[bytes] | None = sys.stderr.buffer
            return
        if path.suffix.lower() not in _SINKS:
            raise ConfigError(
                f"{path}: records are written as {', '.join(_SINKS)}, not {path.suffix or 'without ending'!r}"
            )
        if path.exists() and not force:
            raise ConfigError(f"{path} exists; --force replaces it")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._sink = _SINKS[path.suffix.lower()](path)
            _part(path.with_name(f"{path.name}.errors.jsonl")).unlink(
                missing_ok=True
            )  # of a run that was killed; this one may have no errors
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror or error}") from None
        self._errors = None

    def record(self, record: ArticleRecord) -> None:
        with self._named():
            self._sink.write(record)
        self.empty = False

    def table(self, name: str, batch: Any) -> None:
        """An Arrow batch of rows of one of the tables of ``COLUMNS``; formats of whole records have no place for it."""
        with self._named():
            self._sink.table(name, batch)

    def error(self, error: InputError) -> None:
        fields = {"input": error.input, "stage": error.stage, "code": error.code, "message": error.message}
        with self._named():
            if self._errors is None:
                assert self.errors_path is not None
                self._errors = self._sink.part(self.errors_path).open("wb")
            self._errors.write(json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace") + b"\n")

    def __enter__(self) -> Output:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                with self._named():
                    self._close()
                    if self.errors_path:
                        self.errors_path.unlink(missing_ok=True)  # an earlier run's; this run's comes into its place
                    if self.spare and self.empty and self.path and self.path.exists():
                        self._sink.withdraw(self.errors_path)
                    self._sink.commit()
            else:
                with suppress(*self._sink.faults):  # what has stopped the run is what its caller has to know
                    self._close()
        finally:
            self._sink.discard(keep=self.keep)

    def _close(self) -> None:
        if self.errors_path and self._errors:
            self._errors.close()
        self._sink.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Failures of writing under the name of the output; standard output's are left as they are."""
        try:
            yield
        except self._sink.faults as error:
            if self.path is None:
                raise
            raise OutputError(self.path, error) from error


class _Sink:
    """One format: takes records, and knows the unfinished files it writes."""

    faults: tuple[type[Exception], ...] = (OSError,)
    """What is raised when there is no room, or something else is wrong with the disk."""

    def __init__(self, path: Path | None) -> None:
        self.parts: dict[Path, Path] = {}

    def part(self, final: Path) -> Path:
        """The unfinished file that is to become ``final``."""
        part = _part(final)
        part.unlink(missing_ok=True)
        self.parts[part] = final
        return part

    def write(self, record: ArticleRecord) -> None:
        raise NotImplementedError

    def table(self, name: str, batch: Any) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def commit(self) -> None:
        for part in self.parts:  # a name must not come to stand for less than the whole file, after a power cut neither
            with part.open("rb+") as stream:
                os.fsync(stream.fileno())
        for part, final in self.parts.items():
            os.replace(part, final)
        self.parts.clear()

    def withdraw(self, spared: Path | None) -> None:
        """Give up all files but the one that is to become ``spared``."""
        for part in [part for part, final in self.parts.items() if final != spared]:
            part.unlink(missing_ok=True)
            del self.parts[part]

    def discard(self, *, keep: bool = False) -> None:
        for part in self.parts:
            part.unlink(missing_ok=True)


def _part(final: Path) -> Path:
    return final.with_name(f".{final.name}.part")


class _Lines(_Sink):
    """JSON Lines, to a file or to standard output."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path)
        self.file = self.part(path) if path else None
        self.stream: IO[bytes] = self.file.open("wb") if self.file else sys.stdout.buffer
        self.size = 0

    def write(self, record: ArticleRecord) -> None:
        self.put(record.to_json().encode() + b"\n")

    def put(self, data: bytes) -> None:
        """Write at once: whoever reads the pipe sees each record when it is there, and a kill leaves whole ones."""
        self.stream.write(data)
        self.stream.flush()
        self.size += len(data)

    def close(self) -> None:
        if self.file:
            self.stream.close()

    def discard(self, *, keep: bool = False) -> None:
        if keep and self.size and self.file and self.parts.pop(self.file, None):
            os.truncate(self.file, self.size)  # a disk that is full may have taken a part of a line
        super().discard()


class _Json(_Lines):
    """One JSON array, a record a line."""

    before = b"[\n"

    def write(self, record: ArticleRecord) -> None:
        self.put(self.before + record.to_json().encode())
        self.before = b",\n"

    def close(self) -> None:
        self.put(b"[]\n" if self.before == b"[\n" else b"\n]\n")
        super().close()

    def discard(self, *, keep: bool = False) -> None:
        super().discard()  # without its end it is no JSON


class _Csv(_Sink):
    """The events, one a row. A text that a spreadsheet would run as a formula gets an apostrophe before it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.stream = self.part(path).open("w", encoding="utf-8", newline="")
        self.rows = csv.writer(self.stream, lineterminator="\r\n")
        self.rows.writerow(COLUMNS["events"])

    def write(self, record: ArticleRecord) -> None:
        for table, row in rows(record):
            if table == "events":
                self.rows.writerow([_harmless(cell) for cell in row])

    def table(self, name: str, batch: Any) -> None:
        if name == "events":
            self.rows.writerows([_harmless(cell) for cell in row.values()] for row in batch.to_pylist())

    def close(self) -> None:
        self.stream.close()


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell.lstrip(_UNSEEN).startswith(_FORMULA):
        return f"'{cell}"
    return cell


class _Tables(_Sink):
    """Formats that take all tables, as Arrow batches."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            import pyarrow
        except ImportError:
            raise MissingExtra("pyarrow", "tables") from None
        types = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
        self.arrow = pyarrow
        self.schemas = {
            table: pyarrow.schema(
                [pyarrow.field(name, types[kind], name not in KEYS[table]) for name, kind in columns.items()]
            )
            for table, columns in COLUMNS.items()
        }
        self.waiting: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        self.count = 0

    def write(self, record: ArticleRecord) -> None:
        for table, row in rows(record):
            self.waiting[table].append(row)
            self.count += 1
        if self.count >= _ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        for table, waiting in self.waiting.items():
            if waiting:
                schema = self.schemas[table]
                arrays = [
                    self.arrow.array(column, field.type)
                    for column, field in zip(zip(*waiting, strict=True), schema, strict=True)
                ]
                self.append(table, self.arrow.Table.from_arrays(arrays, schema=schema))
                waiting.clear()
        self.count = 0

    def table(self, name: str, batch: Any) -> None:
        self.append(name, batch.cast(self.schemas[name]))

    def append(self, table: str, batch: Any) -> None:
        raise NotImplementedError


class _Parquet(_Tables):
    """One file a table; the events have the name that was asked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        import pyarrow.parquet

        self.writers = {
            table: pyarrow.parquet.ParquetWriter(
                self.part(path if table == "events" else path.with_suffix(f".{table}{path.suffix}")), schema
            )
            for table, schema in self.schemas.items()
        }

    def append(self, table: str, batch: Any) -> None:
        self.writers[table].write_table(batch)

    def close(self) -> None:
        self.flush()
        for writer in self.writers.values():
            writer.close()


class _DuckDB(_Tables):
    """A DuckDB database with keys, and the views ``timeline`` and ``participants``."""

    def part(self, final: Path) -> Path:
        part = super().part(final)
        part.with_name(f"{part.name}.wal").unlink(missing_ok=True)  # of a run that was killed
        return part

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            import duckdb
        except ImportError:
            raise MissingExtra("duckdb", "tables") from None
        self.faults = (OSError, duckdb.Error)
        self.base = duckdb.connect(str(self.part(path)))
        self.base.execute("SET threads = 1")  # rows stay in input order
        for statement in _duckdb_schema():
            self.base.execute(statement)

    def append(self, table: str, batch: Any) -> None:
        self.base.register("batch", batch)
        self.base.execute(f"INSERT INTO {table} SELECT * FROM batch")
        self.base.unregister("batch")

    def close(self) -> None:
        self.flush()
        self.base.close()


def _duckdb_schema() -> Iterator[str]:
    types = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE"}
    for table, columns in COLUMNS.items():
        parts = [f"{name} {types[kind]}" for name, kind in columns.items()]
        parts.append(f"PRIMARY KEY ({', '.join(KEYS[table])})")
        if table != "articles":
            parts.append("FOREIGN KEY (doc_id) REFERENCES articles (doc_id)")
        if table == "roles":
            parts.append("FOREIGN KEY (doc_id, event_id) REFERENCES events (doc_id, event_id)")
        yield f"CREATE TABLE {table} ({', '.join(parts)})"
    yield (
        "CREATE VIEW timeline AS SELECT coalesce(date, published) AS day, type, subtype, status, triggers, doc_id, "
        "event_id FROM events ORDER BY day NULLS LAST, doc_id, event_id"
    )
    yield (
        "CREATE VIEW participants AS SELECT r.*, coalesce(p.name, o.name, l.name, r.text) AS name, p.position "
        "FROM roles r LEFT JOIN people p ON p.doc_id = r.doc_id AND p.person_id = r.entity_id "
        "LEFT JOIN organizations o ON o.doc_id = r.doc_id AND o.organization_id = r.entity_id "
        "LEFT JOIN places l ON l.doc_id = r.doc_id AND l.place_id = r.entity_id"
    )


_SINKS: dict[str, type[Any]] = {
    ".jsonl": _Lines,
    ".json": _Json,
    ".csv": _Csv,
    ".parquet": _Parquet,
    ".duckdb": _DuckDB,
}
