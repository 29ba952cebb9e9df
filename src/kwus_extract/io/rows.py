"""Rows of JSON Lines, CSV and Parquet: one mapping an article, and the encoding it was in."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from kwus_extract.errors import InputError, MissingExtra
from kwus_extract.io.decode import decode, sniff

Row = tuple[dict[str, Any] | str, str | None]
"""What a row holds, or in words what is wrong with it, and the encoding it was in."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def json_row(data: bytes, where: str, number: int | None) -> tuple[dict[str, Any], str]:
    """One JSON object, and the encoding it was in. Raises InputError with code ``malformed``."""
    line = "" if number is None else f"line {number}: "
    text, encoding = decode(data, name=where)
    try:
        value = json.loads(text.strip())
    except json.JSONDecodeError as error:
        raise InputError(where, "malformed", f"{line}not JSON: {error.msg} at column {error.colno}") from None
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, brackets thousands deep
        raise InputError(where, "malformed", f"{line}not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InputError(where, "malformed", f"{line}{type(value).__name__} where an object is expected")
    if _SURROGATE.search(data):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise InputError(where, "malformed", f"{line}half a surrogate pair") from None
    return value, encoding


def csv_rows(path: Path, *, name: str, needed: str = "text") -> Iterator[Row]:
    """The rows of a CSV file with a header; separated by commas, semicolons or tabs, whichever the header has most.

    A row with more cells than the header is wrong: a text with a comma, not quoted, would lose what follows it.
    """
    with path.open("rb") as stream:
        head = stream.read(64 * 1024)
    encoding = sniff(head, name=name)
    csv.field_size_limit(2**31 - 1)  # a cell holds an article; its size is checked where all articles are
    with path.open(encoding=encoding, newline="") as lines:
        first = lines.readline()
        delimiter = max(",;\t", key=first.count)
        lines.seek(0)
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            columns = next(rows, [])
            if columns and needed not in columns:
                raise InputError(
                    name, "malformed", f"no column is named {needed}; there are {', '.join(columns)[:200]}"
                )
            for cells in rows:
                if any(cells[len(columns) :]):
                    yield f"line {rows.line_num}: {len(cells)} cells under {len(columns)} columns", encoding
                elif cells:
                    yield dict(zip(columns, cells, strict=False)), encoding
        except csv.Error as error:
            message = f"line {rows.line_num}: {error}; the rest is not read"
            raise InputError(f"{name}:{rows.line_num}", "malformed", message) from None
        except UnicodeDecodeError as error:
            message = f"not {encoding} after line {rows.line_num}: {error.reason}; the rest is not read"
            raise InputError(name, "undecodable", message) from None


def parquet_rows(path: Path | IO[bytes], *, name: str) -> Iterator[Row]:
    """The rows of a Parquet file, values that JSON has no form for as strings. Needs the extra ``tables``."""
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise MissingExtra("pyarrow", "tables") from None
    try:
        table = parquet.ParquetFile(path)
        if "text" not in table.schema_arrow.names:
            raise InputError(name, "malformed", "no column is named text")
        for batch in table.iter_batches(batch_size=256):
            for row in batch.to_pylist():
                known = {key: row[key] for key in ("id", "text", "published") if key in row}
                others = {key: value for key, value in row.items() if key not in known and value is not None}
                yield known | json.loads(json.dumps(others, default=str)), None
    except ValueError as error:  # pyarrow.ArrowInvalid is one
        raise InputError(name, "malformed", f"not a Parquet file: {error}") from None
