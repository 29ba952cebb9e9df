"""Records and gold in other formats: tables, spaCy, CoNLL, and the annotation tools brat and Label Studio.

What cannot be made of an input is refused by name: a record holds all that was found, the tables hold less than it, and
CSV less than they; gold holds what people decided, without offsets of every mention.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import ValidationError

from kwus_extract.errors import ConfigError, MissingExtra
from kwus_extract.gate import gather
from kwus_extract.io import annotation
from kwus_extract.io.annotation import Annotated
from kwus_extract.io.brat import file_name, read_brat, write_brat
from kwus_extract.io.gold import sha256
from kwus_extract.io.labelstudio import interface, read_tasks, task
from kwus_extract.io.read import Article, read
from kwus_extract.io.tables import COLUMNS
from kwus_extract.io.write import Output, write
from kwus_extract.records import ArticleRecord

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

Format = Literal["jsonl", "json", "csv", "parquet", "duckdb", "spacy", "conll", "brat", "labelstudio", "gold"]
FORMATS: tuple[Format, ...] = get_args(Format)
_FOLDERS = ("brat", "gold")
_ENDINGS: dict[str, Format] = {f".{name}": name for name in FORMATS if name not in (*_FOLDERS, "labelstudio")}


def convert(
    inputs: Iterable[str | Path],
    output: str | Path,
    *,
    to: Format | None = None,
    texts: Iterable[str | Path] = (),
    force: bool = False,
) -> int:
    """Write the inputs in another format and return the number of articles (of events where tables are copied).

    Inputs are records (``.jsonl``, ``.json``, ``.spacy`` as written here), tables (``.parquet``, ``.duckdb``), folders
    with gold or brat files, or an export of Label Studio (``.json``). The format is that of the output's ending, or
    ``to``: brat, labelstudio and gold have to be named. ``texts`` holds the articles of the records or gold, found by
    their checksum. brat and gold are folders, which must be new or empty.

    Raises ConfigError for what cannot be made of the inputs, for texts that are missing and for outputs that exist.
    """
    path = Path(output)
    form = to or _ENDINGS.get(path.suffix.lower())
    if form is None:
        raise ConfigError(f"{path}: no format has this ending; name it: {', '.join(FORMATS)}")
    sources = [Path(each) for each in inputs]
    for source in sources:
        if not source.exists():
            raise ConfigError(f"{source}: there is no such file")
    kinds = {_kind(source) for source in sources}
    if len(kinds) != 1:
        raise ConfigError(f"inputs of one kind at a time, not {' and '.join(sorted(kinds))}")
    kind = kinds.pop()
    if form not in _POSSIBLE[kind]:
        raise ConfigError(
            f"{form} cannot be made of {_WHAT[kind]}; possible: {', '.join(_POSSIBLE[kind]) or 'nothing'}"
        )
    known = _Texts(texts)
    if kind == "tables":
        return _copy_tables(sources, path, force)
    if kind != "records":
        return _write_annotated(_annotated(kind, sources, texts), path, form, force)
    records = chain.from_iterable(map(_records, sources))
    if form in ("jsonl", "json", "csv", "parquet", "duckdb"):
        return write(records, _named(path, form), force=force)
    if form in ("spacy", "conll"):
        return _write_docs(known.beside(records), path, form, force)
    return _write_annotated((annotation.from_record(*each) for each in known.beside(records)), path, form, force)


_POSSIBLE: dict[str, tuple[Format, ...]] = {
    "records": FORMATS,
    "tables": ("parquet", "duckdb", "csv"),
    "csv": (),
    "gold": ("brat", "labelstudio"),
    "brat": ("gold", "labelstudio"),
    "labelstudio": ("gold", "brat"),
}
_WHAT = {
    "records": "records",
    "tables": "tables, which hold no mentions and zones",
    "csv": "CSV, which holds the events alone, flat",
    "gold": "gold, which holds the forms of a name and not its every mention",
    "brat": "brat files, which hold what people marked and not what a pipeline found",
    "labelstudio": "a Label Studio export, which holds what people marked and not what a pipeline found",
}


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    if path.is_dir():
        return "brat" if any(path.rglob("*.ann")) else "gold"
    if suffix in (".parquet", ".duckdb"):
        return "tables"
    if suffix in (".csv", ".tsv"):
        return "csv"
    if suffix == ".json":
        with path.open(encoding="utf-8", errors="replace") as stream:
            head = stream.read(4096)
        return "records" if '"schema_version"' in head or head.split() == ["[]"] else "labelstudio"
    if suffix in (".jsonl", ".spacy"):
        return "records"
    raise ConfigError(f"{path}: neither records nor gold (.jsonl, .json, .spacy, .parquet, .duckdb, a folder)")


# -- what comes in ---------------------------------------------------------------------------------------------------


def _records(path: Path) -> Iterator[ArticleRecord]:
    lines: Iterable[str | bytes]
    if path.suffix.lower() == ".spacy":
        lines = _records_of_docs(path)
    elif path.suffix.lower() == ".json":
        try:
            values = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{path}: not JSON: {error}") from None
        if not isinstance(values, list):
            raise ConfigError(f"{path}: {type(values).__name__} where a list of records is expected")
        lines = map(json.dumps, values)
    else:
        lines = path.open("rb")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield ArticleRecord.model_validate_json(line)
            except ValidationError as error:
                raise ConfigError(f"{path}: record {number} is not valid: {error.errors()[0]['msg']}") from None


def _records_of_docs(path: Path) -> Iterator[str]:
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    try:
        for doc in DocBin(store_user_data=True).from_disk(path).get_docs(Vocab()):
            yield doc.user_data["record"]
    except (KeyError, ValueError) as error:
        raise ConfigError(f"{path}: not documents that were made of records: {error!r}") from None


class _Texts:
    """The texts of records, by checksum."""

    def __init__(self, sources: Iterable[str | Path]) -> None:
        self.sources = list(sources)

    def beside(self, records: Iterable[ArticleRecord]) -> Iterator[tuple[ArticleRecord, str]]:
        """Each record with its text. Raises ConfigError for the first that has none."""
        articles = (each for each in read(*self.sources) if isinstance(each, Article))
        by_checksum = {sha256(article.text): article.text for article in articles}
        for record in records:
            text = by_checksum.get(record.source.sha256)
            if text is None:
                raise ConfigError(f"no text for {record.doc_id!r}; give the articles it was made of with --texts")
            yield record, text


def _annotated(kind: str, sources: Iterable[Path], texts: Iterable[str | Path]) -> Iterator[Annotated]:
    for source in sources:
        if kind == "brat":
            yield from read_brat(source)
        elif kind == "labelstudio":
            yield from read_tasks(source)
        else:
            cases, missing = gather(source, texts)
            if missing:
                raise ConfigError(f"no text for {', '.join(missing)}; give the texts with --texts")
            yield from (annotation.from_gold(case.gold, case.article.text) for case in cases)


# -- what goes out ---------------------------------------------------------------------------------------------------


def _named(path: Path, form: Format) -> Path:
    if path.suffix.lower() != f".{form}":
        raise ConfigError(f"{path}: a file of format {form} is named .{form}")
    return path


@contextmanager
def _new(path: Path, force: bool, folder: bool = False) -> Iterator[Path]:
    """An unfinished place that gets its name when all is written."""
    if folder and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ConfigError(f"{path} exists and is not an empty folder")
    if not folder and path.exists() and not force:
        raise ConfigError(f"{path} exists; --force replaces it")
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove(part)
    if folder:
        part.mkdir()
    try:
        yield part
        if folder and path.exists():
            path.rmdir()
        os.replace(part, path)
    finally:
        _remove(part)


def _remove(part: Path) -> None:
    """Take away what an unfinished run has left: a file, or a folder of files."""
    if part.is_dir():
        for each in part.iterdir():
            each.unlink()
        part.rmdir()
    else:
        part.unlink(missing_ok=True)


def _write_annotated(articles: Iterable[Annotated], path: Path, form: Format, force: bool) -> int:
    number = 0
    if form == "brat":
        with _new(path, force, folder=True) as folder:
            return write_brat(articles, folder)
    if form == "gold":
        taken: set[str] = set()
        with _new(path, force, folder=True) as folder:
            for number, article in enumerate(articles, start=1):  # noqa: B007
                text = annotation.to_gold(article).model_dump_json(indent=1)
                (folder / f"{file_name(article.id, taken)}.gold.json").write_text(f"{text}\n", encoding="utf-8")
        return number
    with _new(path, force) as part:
        with part.open("w", encoding="utf-8") as stream:
            for number, article in enumerate(articles, start=1):
                stream.write(",\n" if number > 1 else "[\n")
                json.dump(task(article), stream, ensure_ascii=False)
            stream.write("\n]\n" if number else "[]\n")
        path.with_suffix(".interface.xml").write_text(interface(), encoding="utf-8")
    return number


def _copy_tables(sources: list[Path], path: Path, force: bool) -> int:
    """Tables from one file format to another, as they are."""
    if len(sources) != 1:
        raise ConfigError("tables are converted one file at a time")
    rows = 0
    with Output(path, force=force) as output:
        for table in COLUMNS:
            for batch in _batches(sources[0], table):
                if batch.column_names != list(COLUMNS[table]):
                    raise ConfigError(f"{sources[0]}: its table {table} has other columns than one of records")
                output.table(table, batch)
                rows += batch.num_rows if table == "events" else 0
    return rows


def _batches(source: Path, table: str) -> Iterator[Any]:
    """A table of a Parquet folder or a DuckDB file, in Arrow tables of limited size."""
    library = "duckdb" if source.suffix.lower() == ".duckdb" else "pyarrow.parquet"
    try:
        module = import_module(library)
    except ImportError:
        raise MissingExtra(library.partition(".")[0], "tables") from None
    arrow = import_module("pyarrow")
    if library == "duckdb":
        try:
            with module.connect(str(source), read_only=True) as base:
                query = base.sql(f"SELECT * FROM {table}")
                reader = (
                    getattr(query, "to_arrow_reader", None) or query.fetch_record_batch
                )  # what older versions of DuckDB have
                for batch in reader(20_000):
                    yield arrow.Table.from_batches([batch])
        except module.Error as error:
            raise ConfigError(f"{source}: {str(error).partition(chr(10))[0]}") from None
        return
    name = source if table == "events" else source.with_suffix(f".{table}{source.suffix}")
    if not name.exists():
        raise ConfigError(f"{name} is not there; the tables of a run stand beside each other")
    try:
        with module.ParquetFile(name) as file:
            for batch in file.iter_batches(20_000):
                yield arrow.Table.from_batches([batch])
    except ValueError as error:  # pyarrow.ArrowInvalid is one
        raise ConfigError(f"{name}: not a Parquet file: {error}") from None


# -- documents of tokens ---------------------------------------------------------------------------------------------

_ENTITIES = (("PER", "people"), ("ORG", "organizations"), ("LOC", "places"))


def _write_docs(pairs: Iterable[tuple[ArticleRecord, str]], path: Path, form: Format, force: bool) -> int:
    docs = map(partial(_doc, _tokenizer()), pairs)
    number = 0
    with _new(path, force) as part:
        if form == "conll":
            with part.open("w", encoding="utf-8") as stream:
                for number, doc in enumerate(docs, start=1):  # noqa: B007
                    stream.writelines(_iob(doc))
        else:
            from spacy.tokens import DocBin

            base = DocBin(attrs=("NORM", "LEMMA", "ENT_IOB", "ENT_TYPE", "SENT_START"), store_user_data=True)
            for number, doc in enumerate(docs, start=1):  # noqa: B007
                base.add(doc)
            base.to_disk(part)
    return number


def _tokenizer() -> Callable[[str], Doc]:
    import spacy

    import kwus_extract.text.tokenizer  # noqa: F401  spaCy finds it under its name

    nlp = spacy.blank("ar", config={"nlp": {"tokenizer": {"@tokenizers": "kwus.ArabicTokenizer.v1"}}})
    nlp.max_length = 10_000_000
    return nlp.make_doc


def _doc(tokenize: Callable[[str], Doc], pair: tuple[ArticleRecord, str]) -> Doc:
    """The tokens of a text with what its record says: sentences, entities, and spans by kind.

    ``doc.ents`` has the longest of overlapping entities and dates; ``doc.spans`` has them all, and ``triggers`` and
    ``roles`` of the events. What does not begin and end with a token is widened to whole tokens.
    """
    from spacy.util import filter_spans

    from kwus_extract.text.sentences import set_sentences
    from kwus_extract.text.zones import ZoneSpan

    record, text = pair
    doc = tokenize(text)
    set_sentences(doc, [ZoneSpan(zone.kind, zone.start, zone.end) for zone in record.zones])

    def span(place: Any, label: str, identifier: str) -> Iterator[Span]:
        found = doc.char_span(place.start, place.end, label=label, span_id=identifier, alignment_mode="expand")
        return iter(()) if found is None else iter((found,))

    for label, name in _ENTITIES:
        entities = getattr(record, name)
        doc.spans[name] = [s for entity in entities for m in entity.mentions for s in span(m, label, entity.id)]
    doc.spans["dates"] = [s for date in record.dates for s in span(date, "DATE", date.id)]
    doc.spans["triggers"] = [s for e in record.events for t in e.triggers for s in span(t, e.type, e.id)]
    doc.spans["roles"] = [
        s
        for event in record.events
        for role in type(event.roles).model_fields
        for filler in getattr(event.roles, role)
        for s in span(filler, role, event.id)
    ]
    doc.set_ents(filter_spans([s for name in ("people", "organizations", "places", "dates") for s in doc.spans[name]]))
    doc.user_data["record"] = record.to_json()
    return doc


def _iob(doc: Doc) -> Iterator[str]:
    """A token a line with its tag, in IOB2; an empty line after a sentence, and the id (as JSON) before an article."""
    yield f"# doc_id = {json.dumps(json.loads(doc.user_data['record'])['doc_id'], ensure_ascii=False)}\n"
    for sentence in doc.sents:
        inside = False
        for token in sentence:
            if not token.is_space:
                # An entity that goes on from the sentence before begins anew: IOB2 knows no I without its B.
                sign = "B" if token.ent_iob_ == "I" and not inside else token.ent_iob_
                yield f"{token.text}\t{sign}{f'-{token.ent_type_}' if token.ent_type_ else ''}\n"
                inside = True
        if inside:
            yield "\n"
