"""Reading: files, folders, tables and standard input become articles, one at a time and in a fixed order.

What cannot be read comes out in its place as an InputError, so that nothing is lost and one bad file stops no run.
"""

from __future__ import annotations

import errno
import gzip
import itertools
import os
import re
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal

from pydantic_core import from_json, to_json

from kwus_extract.errors import ConfigError, InputError, MissingExtra
from kwus_extract.io.decode import check_article_text, decode
from kwus_extract.io.rows import Row, csv_rows, json_row, parquet_rows

MAX_BYTES = 5_000_000
MIN_ARABIC = 0.3

_BESIDE = (".meta.json", ".gold.json", ".errors.jsonl", ".manifest", "floors.toml", "README.md")
"""Ends of names that stand beside articles in a folder and are none themselves."""

_PARQUET = "application/vnd.apache.parquet"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?")
_ATTRIBUTES = 1_000
"""More of them in a tag is no page, and the parser takes time with the square of their number."""
_LONG_TAG = re.compile(r"<[^<>]{2000,}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Article:
    """One article as read: ``text`` is exactly what was decoded, and every offset counts its code points."""

    id: str
    text: str
    title: str | None = None
    published: str | None = None
    published_basis: Literal["given", "metadata", "none"] = "none"
    url: str | None = None
    publisher: str | None = None
    path: str | None = None
    media_type: str = "text/plain"
    encoding: str | None = "utf-8"
    extra: dict[str, Any] = field(default_factory=dict)


def read(
    *inputs: str | Path,
    metadata: str | Path | None = None,
    published: str | None = None,
    max_bytes: int = MAX_BYTES,
    min_arabic: float = MIN_ARABIC,
) -> Iterator[Article | InputError]:
    """Every article of the inputs, in order; an InputError stands where one could not be read.

    An input is a file (``.txt``, ``.html``, ``.jsonl``, ``.csv``, ``.parquet``), a folder (read recursively, by name)
    or ``-`` for standard input. ``metadata`` is a CSV or JSONL file keyed by ``id`` that gives or replaces
    ``published``, ``url``, ``source`` and ``title``; ``published`` is the date of all articles that have none.
    Refused are articles of more than ``max_bytes`` and those with less than ``min_arabic`` of their letters Arabic.
    Raises ConfigError at once when ``published`` or ``metadata`` itself is wrong.
    """
    try:
        day = as_day(published)
    except ValueError as error:
        raise ConfigError(f"published: {error}") from None
    table = _metadata_table(Path(metadata)) if metadata is not None else {}
    return _Reader(day, table, max_bytes, min_arabic).articles(inputs)


def expected(*inputs: str | Path) -> int | None:
    """How many articles the inputs hold, files and lines counted without reading them; None where that would not do.

    Lines are counted as bytes, a hundred times faster than they are read; a blank one counts too.
    """
    count = 0
    for each in inputs:
        if str(each) == "-":
            return None
        for path in _walk(Path(each)):
            suffixes = set() if isinstance(path, InputError) else {suffix.lower() for suffix in path.suffixes[-2:]}
            if suffixes & {".csv", ".parquet", ".gz"}:
                return None
            if isinstance(path, Path) and suffixes & {".jsonl", ".ndjson"}:
                with suppress(OSError), path.open("rb") as stream:
                    count += sum(block.count(b"\n") for block in iter(partial(stream.read, 1 << 20), b""))
            else:
                count += 1
    return count


def is_read(path: Path, *inputs: str | Path) -> bool:
    """Whether ``path`` is one of the files that ``inputs`` hold, under whatever name."""
    try:
        wanted = path.stat()
    except OSError:
        return False
    found = (file for each in inputs if str(each) != "-" for file in _walk(Path(each)) if isinstance(file, Path))
    for file in found:
        with suppress(OSError):
            if os.path.samestat(file.stat(), wanted):
                return True
    return False


def read_open(
    stream: IO[bytes],
    name: str,
    *,
    published: str | None = None,
    max_bytes: int = MAX_BYTES,
    min_arabic: float = MIN_ARABIC,
) -> Iterator[Article | InputError]:
    """The articles of an open file of JSON Lines or, if it can be sought in, Parquet, as ``read`` gives those of ``name``.

    For files that are not on a disk: whoever has opened them says what they are called.
    """
    reader = _Reader(as_day(published), {}, max_bytes, min_arabic)
    if name.lower().endswith(".parquet"):
        return reader._guarded(name, reader._rows(parquet_rows(stream, name=name), name, _PARQUET))
    return reader._guarded(name, reader._lines(stream, name))


def as_day(value: object) -> str | None:
    """The ISO day of a date, a datetime or an ISO 8601 string; None for nothing. Raises ValueError for anything else.

    >>> as_day("2018-04-08T23:30:00+03:00")
    '2018-04-08'
    """
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        try:
            return datetime.fromisoformat(value.strip()).date().isoformat()
        except ValueError:
            pass
    raise ValueError(f"{value!r} is not a date of the form YYYY-MM-DD")


class _Reader:
    """One call of ``read``: its options, and the ids it has given out."""

    def __init__(
        self, day: str | None, metadata: Mapping[str, Mapping[str, Any]], max_bytes: int, min_arabic: float
    ) -> None:
        self.day = day
        self.metadata = metadata
        self.max_bytes = max_bytes
        self.min_arabic = min_arabic
        self.taken: set[str] = set()

    def articles(self, inputs: Iterable[str | Path]) -> Iterator[Article | InputError]:
        for each in inputs:
            if str(each) == "-":
                yield from self._guarded("-", self._standard_input())
                continue
            root = Path(each)
            for found in _walk(root):
                if isinstance(found, InputError):
                    yield found
                else:
                    yield from self._guarded(_shown(found), self._file(found, root))

    def _guarded(self, name: str, articles: Iterator[Article | InputError]) -> Iterator[Article | InputError]:
        """The articles of one input; whatever stops it comes out as the last item."""
        try:
            yield from articles
        except InputError as error:
            yield error
        except MissingExtra as error:
            yield InputError(name, "unsupported", str(error))
        except OSError as error:
            yield _unreadable(name, error)

    # -- one input -----------------------------------------------------------------------------------------------------

    def _file(self, path: Path, root: Path) -> Iterator[Article | InputError]:
        name, suffix = _shown(path), path.suffix.lower()
        if suffix == ".gz":
            suffix = Path(path.stem).suffix.lower() + suffix
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(name, "unreadable", "not a regular file")
        if suffix in (".jsonl", ".ndjson"):
            with path.open("rb") as stream:
                yield from self._lines(stream, name)
        elif suffix in (".jsonl.gz", ".ndjson.gz"):
            with gzip.open(path, "rb") as stream:
                yield from self._lines(stream, name)
        elif suffix in (".csv", ".tsv"):
            yield from self._rows(csv_rows(path, name=name), name, "text/csv")
        elif suffix == ".parquet":
            yield from self._rows(parquet_rows(path, name=name), name, _PARQUET)
        else:
            data = self._bytes(path)
            if suffix in (".html", ".htm", ".xhtml"):
                article = self._page(data, name)
            else:
                text, encoding = decode(data, name=name)
                if suffix not in (".txt", "") and path != root:
                    raise InputError(name, "unsupported", f"{suffix} files in a folder are not read as articles")
                article = Article(id="", text=text, encoding=encoding)
            article = replace(article, id=_shown(Path(path.stem)), path=name)
            relative = Path(_shown(path.relative_to(root) if path != root else path))
            others = (relative.with_suffix("").as_posix(), relative.as_posix())
            yield self._accepted(article, _sidecar(path), name, *others)

    def _bytes(self, path: Path) -> bytes:
        with path.open("rb") as stream:
            data: bytes = stream.read(self.max_bytes + 1)
        if len(data) > self.max_bytes:
            raise InputError(_shown(path), "too-large", f"larger than {self.max_bytes} bytes")
        return data

    def _standard_input(self) -> Iterator[Article | InputError]:
        stream = sys.stdin.buffer
        head = b""
        while not head.strip(b" \t\r\n\xef\xbb\xbf") and len(head) <= self.max_bytes:
            line = stream.readline(self.max_bytes + 1)
            if not line:
                break
            head += line
        if head.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(b"{"):
            yield from self._lines(stream, None, head=head)
            return
        data = head + stream.read(max(0, self.max_bytes + 1 - len(head)))
        if len(data) > self.max_bytes:
            raise InputError("-", "too-large", f"larger than {self.max_bytes} bytes")
        text, encoding = decode(data, name="-")
        yield self._accepted(Article(id="stdin", text=text, encoding=encoding), {}, "-")

    def _page(self, data: bytes, name: str) -> Article:
        """The article of a web page: its title, an empty line, and its main text, without navigation and comments."""
        declared = _CHARSET.search(data, 0, 4096)
        html, encoding = decode(data, name=name, declared=declared and declared.group(1).decode("ascii", "replace"))
        if not html.strip():
            raise InputError(name, "blank" if html else "empty", "there is no text in it")
        for tag in _LONG_TAG.finditer(html):
            if len(_QUOTED.sub(" ", tag.group()).split()) > _ATTRIBUTES:
                raise InputError(name, "malformed", f"a tag has more than {_ATTRIBUTES} attributes")
        try:
            from trafilatura import bare_extraction
        except ModuleNotFoundError:
            raise MissingExtra("trafilatura", "html") from None
        except ImportError as error:  # it is there, but lacks something: lxml_html_clean, when an old pip installed it
            raise InputError(name, "unsupported", f"trafilatura does not load: {error}") from None
        try:
            found = bare_extraction(
                html,
                include_comments=False,
                include_tables=False,
                with_metadata=True,
                date_extraction_params={"extensive_search": False, "original_date": True},
            )
        except Exception as error:  # a parser fed with arbitrary pages: its faults are the page's
            raise InputError(name, "malformed", f"the page cannot be parsed: {error}") from error
        body = (found.text or "").strip() if found else ""
        if not found or not body:
            raise InputError(name, "empty", "there is no main text in the page")
        title = " ".join((found.title or "").split())
        text = body if not title or body.startswith(title) else f"{title}\n\n{body}"
        try:
            day = as_day(found.date)
        except ValueError:
            day = None  # a guess from the page, not a statement of the user: better none than a wrong one
        return Article(
            id="",
            text=text,
            title=title or None,
            published=day,
            published_basis="metadata" if day else "none",
            url=found.url or None,
            publisher=found.sitename or None,
            media_type="text/html",
            encoding=encoding,
        )

    # -- many articles in one input ------------------------------------------------------------------------------------

    def _lines(
        self, stream: IO[bytes] | gzip.GzipFile, file: str | None, head: bytes = b""
    ) -> Iterator[Article | InputError]:
        """JSON Lines. A line may be longer than its text, which can be escaped, but not without limit."""
        name = file or "-"
        limit = 8 * self.max_bytes
        number, seen, size = 0, False, 0
        lines = itertools.chain(head.splitlines(keepends=True), iter(lambda: stream.readline(limit + 1), b""))
        while True:
            try:
                line = next(lines, b"")
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise InputError(f"{name}:{number + 1}", "malformed", f"damaged gzip file: {error}") from None
            if not line:
                break
            number, size = number + 1, size + len(line)
            where = f"{name}:{number}"
            if len(line) > limit and not line.endswith(b"\n"):
                while (rest := stream.readline(limit)) and not rest.endswith(b"\n"):
                    pass
                seen = True
                yield InputError(where, "too-large", f"line {number} is longer than {limit} bytes")
            elif line.strip(b" \t\r\n\xef\xbb\xbf"):
                seen = True
                try:
                    row, encoding = json_row(line, where, number)
                    yield self._row(row, where, file, number, "application/x-ndjson", encoding)
                except InputError as error:
                    yield error
        if not seen:
            raise InputError(name, "blank" if size else "empty", "there is no line in it")

    def _rows(self, rows: Iterator[Row], name: str, media_type: str) -> Iterator[Article | InputError]:
        number = 0
        for number, (row, encoding) in enumerate(rows, start=1):
            where = f"{name}:{number}"
            try:
                if isinstance(row, str):
                    raise InputError(where, "malformed", row)
                yield self._row(row, where, name, number, media_type, encoding)
            except InputError as error:
                yield error
        if not number:
            raise InputError(name, "empty", "there is no row in it")

    def _row(
        self, row: dict[str, Any], where: str, file: str | None, number: int, media_type: str, encoding: str | None
    ) -> Article:
        given, text = row.pop("id", None), row.pop("text", None)
        if text is None:
            raise InputError(where, "malformed", "it has no text")
        if not isinstance(text, str):
            raise InputError(where, "malformed", f"text is {type(text).__name__}, not a string")
        if not isinstance(given, str | int | None) or isinstance(given, bool):
            raise InputError(where, "malformed", f"id is {type(given).__name__}, not a string")
        stem = Path(file).name.split(".")[0] if file else "stdin"
        identifier = f"{stem}-{number}" if given in (None, "") else str(given)
        article = Article(id=identifier, text=text, path=file, media_type=media_type, encoding=encoding)
        return self._accepted(article, row, where)

    # -- what all articles pass through --------------------------------------------------------------------------------

    def _accepted(self, article: Article, own: Mapping[str, Any], where: str, *others: str) -> Article:
        """The article under an id of its own and with its metadata, once its text holds something to extract.

        ``others`` are names to take when its id is taken. The metadata file may call it by any of them, but the id
        that it gets comes first: of two files of one name each has its own entry.
        """
        if len(article.text) > self.max_bytes // 4 and len(article.text.encode("utf-8", "replace")) > self.max_bytes:
            raise InputError(where, "too-large", f"larger than {self.max_bytes} bytes")
        check_article_text(article.text, name=where, min_arabic=self.min_arabic)
        names = itertools.chain((article.id, *others), (f"{article.id}#{n}" for n in itertools.count(2)))
        unique = next(name for name in names if name not in self.taken)
        listed = next((self.metadata[name] for name in (unique, *others, article.id) if name in self.metadata), {})
        article = self._with_metadata(replace(article, id=unique), own, listed, where)
        self.taken.add(unique)
        return article

    def _with_metadata(
        self, article: Article, own: Mapping[str, Any], listed: Mapping[str, Any], where: str
    ) -> Article:
        """The article with its own metadata, then what the metadata file says of it, then the date for all."""
        for fields in (own, listed):
            changes: dict[str, Any] = {}
            extra = dict(article.extra)
            for key, value in fields.items():
                if key in ("title", "url", "source") and isinstance(value, str | None):
                    if value:
                        changes["publisher" if key == "source" else key] = value
                elif key == "published":
                    try:
                        if day := as_day(value):
                            changes |= {"published": day, "published_basis": "metadata"}
                    except ValueError as error:
                        raise InputError(where, "malformed", f"published: {error}") from None
                elif key != "id":
                    extra[key] = value
            article = replace(article, extra=extra, **changes)
        if article.published is None and self.day:
            article = replace(article, published=self.day, published_basis="given")
        extra = _portable(article.extra, where)
        if article.title and " ".join(article.title.split()) not in " ".join(article.text.split()):
            extra.setdefault("title", article.title)  # the record's own title is a place in the text
        return replace(article, extra=extra)


def _portable(extra: dict[str, Any], where: str) -> dict[str, Any]:
    """The extra fields as a record that is written and read again has them: NaN, which JSON lacks, becomes null.

    Lists too deep for that, two levels down in the record, are the article's fault, not that of the run.
    """
    try:
        record = from_json(to_json({"source": {"extra": extra}}, inf_nan_mode="null"))
    except ValueError as error:
        raise InputError(where, "malformed", f"its other fields cannot be kept: {error}") from None
    kept: dict[str, Any] = record["source"]["extra"]
    return kept


def _walk(root: Path) -> Iterator[Path | InputError]:
    """The files below ``root`` in order of their names; a link to a folder that holds it is an error, not a descent."""
    try:
        if not stat.S_ISDIR(root.stat().st_mode):
            yield root
            return
        pending = [root]
        visited: set[tuple[int, int]] = set()
    except OSError as error:
        yield _unreadable(_shown(root), error)
        return
    while pending:
        path = pending.pop()
        try:
            status = path.stat()
            if not stat.S_ISDIR(status.st_mode):
                yield path
                continue
            above = path.parent.resolve()
            if path.is_symlink() and path.resolve() in (above, *above.parents):
                yield InputError(_shown(path), "symlink-loop", "a link to a folder that holds it")
                continue
            if (status.st_dev, status.st_ino) in visited:
                continue  # read already under another name
            visited.add((status.st_dev, status.st_ino))
            names = sorted(os.listdir(path), reverse=True)
        except OSError as error:
            yield _unreadable(_shown(path), error)
            continue
        pending += [path / name for name in names if not name.startswith(".") and not name.endswith(_BESIDE)]


def _unreadable(name: str, error: OSError) -> InputError:
    if error.errno == errno.ELOOP:
        return InputError(name, "symlink-loop", "a link that leads back to itself")
    return InputError(name, "unreadable", error.strerror or str(error))


def _shown(path: Path) -> str:
    """The path as text that can be written as UTF-8, whatever bytes the file's name is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def _sidecar(path: Path) -> dict[str, Any]:
    beside = path.with_name(path.stem + ".meta.json")
    try:
        data = beside.read_bytes()
    except FileNotFoundError:
        return {}
    return json_row(data, _shown(beside), None)[0]


def _metadata_table(path: Path) -> dict[str, dict[str, Any]]:
    """The rows of a metadata file by id. Raises ConfigError: without it every article would be wrong."""
    table: dict[str, dict[str, Any]] = {}
    try:
        rows: Iterable[dict[str, Any] | str]
        if path.suffix.lower() in (".csv", ".tsv"):
            rows = (row for row, _ in csv_rows(path, name=str(path), needed="id"))
        else:
            with path.open("rb") as stream:
                rows = [json_row(line, f"{path}:{n}", n)[0] for n, line in enumerate(stream, start=1) if line.strip()]
        for number, row in enumerate(rows, start=1):
            if isinstance(row, str):
                raise ConfigError(f"metadata: {path}: entry {number}: {row}")
            if row.get("id") in (None, ""):
                raise ConfigError(f"metadata: {path}: entry {number} has no id")
            as_day(row.get("published"))
            table[str(row["id"])] = {key: value for key, value in row.items() if key not in ("id", "text")}
    except (OSError, ValueError, InputError) as error:
        raise ConfigError(f"metadata: {path}: {error}") from None
    return table
