"""Runs on many machines: the same records as a run on one, by way of Ray Data.

Files of articles are read where there is room, actors hold a pipeline each, and records and errors are written as two
folders of part files. Nothing but the names of files goes through the machine that starts it. A machine that is lost
costs time: what it had is done again elsewhere.

The parts are in input order: one after the other they are the file that a run on one machine writes. Only where an id
stands in two files do the runs differ, for no machine sees both.
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
import posixpath
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from kwus_extract.batch import Pool, Summary
from kwus_extract.errors import ConfigError, InputError, MissingExtra
from kwus_extract.io.read import Article, read_open
from kwus_extract.settings import Settings

try:
    import pyarrow
    import pyarrow.parquet
    import ray
    from fsspec.core import url_to_fs
    from ray.data import ActorPoolStrategy, DataContext, Datasink, Datasource, ReadTask
    from ray.data.block import BlockMetadata
except ImportError as error:
    raise MissingExtra(error.name or "ray", "scale") from None

_ENDINGS = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz", ".parquet")
_BLOCK_BYTES = 256 * 1024
"""Of text in the hands of one actor at a time: some hundred articles, so that actors end together."""
_ACTOR_CPUS, _TASK_CPUS = 0.9, 0.05
"""What Ray sets aside for an actor, and for reading or writing a file. Together no more than a core: when a lost node
leaves actors on all cores there are, there still is room to write what they make."""
_PART_ROWS = 5_000
"""Records in a part file, at least."""


def run(
    inputs: Iterable[str],
    output: str,
    *,
    jobs: int = 1,
    settings: Settings | None = None,
    published: str | None = None,
    force: bool = False,
) -> Summary:
    """Process files of articles into the folder ``output``, and their errors into ``output.errors.jsonl``.

    Inputs are ``.jsonl`` (also gzipped) and ``.parquet`` files and folders with them, on a disk that all machines see
    or at any address that fsspec knows (``s3://…``, ``gs://…``, ``hdfs://…``). The ending of ``output`` says what the
    parts are: ``.jsonl`` with a record a line, or ``.parquet`` with the columns ``doc_id`` and ``record`` (JSON).
    ``jobs`` is the number of actors, each of which takes a core. Ray is the one that is running or that ``RAY_ADDRESS``
    names, else one on this machine. Raises ConfigError.
    """
    settings = settings or Settings.load()
    files = [file for each in inputs for file in _files(_address(each))]
    sink = _Parts(_address(output), force)
    began = time.perf_counter()
    if not ray.is_initialized():
        ray.init(log_to_driver=False, logging_level="warning", include_dashboard=False)
    context = DataContext.get_current()
    context.execution_options.preserve_order = True
    context.target_max_block_size = _BLOCK_BYTES
    context.enable_progress_bars = False
    try:
        articles = _Articles(files, settings, published)
        ray.data.read_datasource(articles, num_cpus=_TASK_CPUS).map_batches(
            _Extract,
            fn_constructor_args=(settings.model_dump(),),
            batch_size=None,
            batch_format="pyarrow",
            # Fewer than there are at first must do: only then does Ray let idle ones go, so that the one that a lost
            # node has left without a core finds room and what it had comes to an end.
            compute=ActorPoolStrategy(min_size=1, max_size=jobs, initial_size=jobs),
            num_cpus=_ACTOR_CPUS,
        ).write_datasink(sink, ray_remote_args={"num_cpus": _TASK_CPUS})
    except ray.exceptions.RayError as error:
        said = [line for line in str(error).splitlines() if re.match(r"[\w.]+: ", line)] or str(error).splitlines()
        raise ConfigError(f"Ray: {said[-1]}") from error
    sink.summary.seconds = time.perf_counter() - began
    return sink.summary


def _address(given: str) -> str:
    """A file name or URL; a URL that has been taken for a path gets back the slash it lost."""
    return re.sub(r"^(\w{2,}):/(?=[^/])", r"\1://", given)


def _files(given: str) -> list[tuple[str, str]]:
    """The files of an input: what each is called in records, and where it is found from any machine."""
    system, root = url_to_fs(given)
    if system.isfile(root):
        found = [root]
    else:
        found = sorted(path for path in system.find(root) if path.lower().endswith(_ENDINGS))
    if not found or not found[0].lower().endswith(_ENDINGS):
        raise ConfigError(f"{given}: no file ends in {', '.join(_ENDINGS)}, which is what Ray reads")
    below = [path[len(root) :].lstrip("/") for path in found]
    return [
        (posixpath.join(given, rest) if rest else given, system.unstrip_protocol(path))
        for path, rest in zip(found, below, strict=True)
    ]


class _Articles(Datasource):  # type: ignore[misc]
    """The articles of the files, pickled: one reading task a file, which gives them on as it goes."""

    def __init__(self, files: list[tuple[str, str]], settings: Settings, published: str | None) -> None:
        super().__init__()
        self.files = files
        self.options = {
            "published": published,
            "max_bytes": settings.max_bytes,
            "min_arabic": settings.min_arabic,
        }

    def estimate_inmemory_data_size(self) -> int | None:
        return None

    def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[Any]:
        return [
            ReadTask(
                partial(_blocks, name, address, self.options),
                BlockMetadata(num_rows=None, size_bytes=None, input_files=[address], exec_stats=None),
            )
            for name, address in self.files
        ]


def _blocks(name: str, address: str, options: dict[str, Any]) -> Iterator[Any]:
    system, path = url_to_fs(address)
    waiting: list[bytes] = []
    size = 0
    with system.open(path, "rb") as stream:
        opened: Any = gzip.GzipFile(fileobj=stream) if address.lower().endswith(".gz") else stream
        for article in read_open(opened, name, **options):
            waiting.append(pickle.dumps(article))
            size += len(waiting[-1])
            if size >= _BLOCK_BYTES:
                yield pyarrow.table({"article": pyarrow.array(waiting, pyarrow.binary())})
                waiting, size = [], 0
    if waiting:
        yield pyarrow.table({"article": pyarrow.array(waiting, pyarrow.binary())})


class _Extract:
    """An actor: a worker process with its pipeline, as a run on one machine has them, with the same time limit."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.pool = Pool(1, Settings(**options))

    def __call__(self, table: Any) -> Any:
        articles = [pickle.loads(item) for item in table.column("article").to_pylist()]
        rows = []
        for article, result in zip(articles, self.pool.results(iter(articles)), strict=True):
            row: tuple[str | None, str, str | None, list[str]]
            if isinstance(result, InputError):
                fields = {name: getattr(result, name) for name in ("input", "stage", "code", "message")}
                line = json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace").decode()
                row = (None, line, result.code, [])
            else:
                row = (result.doc_id, result.to_json(), None, [event.type for event in result.events])
            words = len(article.text.split()) if isinstance(article, Article) else 0
            rows.append((*row, words))
        return pyarrow.table([*zip(*rows, strict=True)], schema=_ROWS)


_ROWS = pyarrow.schema(
    {
        **dict.fromkeys(("id", "line", "code"), pyarrow.large_string()),
        "events": pyarrow.list_(pyarrow.string()),
        "words": pyarrow.int64(),
    }
)


class _Parts(Datasink):  # type: ignore[misc]
    """Two folders of part files, of records and of errors; a part that is written again is the same part."""

    def __init__(self, output: str, force: bool) -> None:
        self.ending = Path(output).suffix.lower()
        if self.ending not in (".jsonl", ".parquet"):
            raise ConfigError(f"{output}: Ray writes folders that are named .jsonl or .parquet")
        system, root = url_to_fs(output)
        self.address = system.unstrip_protocol(root)
        self.summary = Summary()
        old = [path for folder in (root, f"{root}.errors.jsonl") for path in system.glob(f"{folder}/*")]
        if (old or system.isfile(root)) and not force:
            raise ConfigError(f"{output} exists; --force replaces it")
        if strange := [path for path in old if not posixpath.basename(path).startswith(("part-", "_SUCCESS"))]:
            raise ConfigError(f"{output}: {strange[0]} is not of a run like this; choose another folder")
        if system.isfile(root):
            raise ConfigError(f"{output} is a file; Ray writes a folder")
        for path in old:
            system.rm_file(path)

    @property
    def min_rows_per_write(self) -> int:
        return _PART_ROWS

    def write(self, blocks: Iterable[Any], ctx: Any) -> Summary:
        system, root = url_to_fs(self.address)
        table = pyarrow.concat_tables(block.cast(_ROWS) for block in blocks)
        rows = table.to_pylist()
        records = [row for row in rows if row["code"] is None]
        errors = [row for row in rows if row["code"] is not None]
        part = f"part-{ctx.task_idx:06}"
        for folder, ending, found in ((root, self.ending, records), (f"{root}.errors.jsonl", ".jsonl", errors)):
            if found:
                system.makedirs(folder, exist_ok=True)
                system.pipe_file(f"{folder}/{part}{ending}", _encoded(found, ending))
        return Summary(
            read=len(rows),
            records=len(records),
            words=sum(row["words"] for row in rows),
            events=Counter(event for row in records for event in row["events"]),
            failures=Counter(row["code"] for row in errors),
        )

    def on_write_complete(self, write_result: Any) -> None:
        system, root = url_to_fs(self.address)
        for part in write_result.write_returns:
            self.summary.read += part.read
            self.summary.records += part.records
            self.summary.words += part.words
            self.summary.events += part.events
            self.summary.failures += part.failures
        system.makedirs(root, exist_ok=True)
        system.pipe_file(f"{root}/_SUCCESS", b"")  # as Hadoop does: without it the folder is not all of the run


def _encoded(rows: list[dict[str, Any]], ending: str) -> bytes:
    if ending == ".jsonl":
        return "".join(f"{row['line']}\n" for row in rows).encode()
    buffer = io.BytesIO()
    columns = {"doc_id": [row["id"] for row in rows], "record": [row["line"] for row in rows]}
    pyarrow.parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()
