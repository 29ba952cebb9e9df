"""Many articles through the pipeline: in order, in worker processes, and past whatever fails.

A worker holds one pipeline and takes one article at a time over a pipe. So an article that raises, hangs or kills its
worker costs that article alone, and the records do not depend on how many workers there are.
"""

from __future__ import annotations

import logging
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kwus_extract import __version__
from kwus_extract.errors import ConfigError, InputError, KwusExtractError
from kwus_extract.io.read import Article

if TYPE_CHECKING:
    from spacy.language import Language

    from kwus_extract.io.manifest import Manifest
    from kwus_extract.io.write import Output
    from kwus_extract.records import ArticleRecord
    from kwus_extract.settings import Settings

log = logging.getLogger(__name__)

_AHEAD = 64
"""Articles that may be done before the one that is next to come out: what keeps memory flat and workers busy."""

_REMEMBERED = 500
"""Articles after which the words met in them are forgotten: there is no end of new ones, and memory is to stay flat."""

_LIBRARIES = ("spacy", "onnxruntime", "tokenizers", "babel", "hijridate", "rapidfuzz", "camel-tools", "stanza")
"""Whose versions can change a record."""

_Task = tuple[int, Article]


@dataclass
class Summary:
    """What a run did: counts, and the exit status of the command that ran it.

    ``kept`` of the ``records`` were made by an earlier run; ``words`` are those of the other articles.
    """

    read: int = 0
    records: int = 0
    kept: int = 0
    words: int = 0
    seconds: float = 0.0
    events: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def status(self) -> int:
        """0 all done, 1 some articles failed, 3 nothing could be processed."""
        if not self.records:
            return 3
        return 1 if self.failures else 0


def stream(
    articles: Iterable[Article | InputError], *, jobs: int = 1, settings: Settings | None = None
) -> Iterator[ArticleRecord]:
    """The records of the articles, in their order; what fails is logged as a warning and left out.

    With ``jobs=1`` the work is done in this process, else in ``jobs`` others (a script that asks for that needs the
    usual ``if __name__ == "__main__":``). To see the failures too, use ``process``.
    """
    results = process(articles, jobs=jobs, settings=settings) if jobs > 1 else _here(articles, _settings(settings))
    for result in results:
        if isinstance(result, InputError):
            log.warning("%s: %s: %s", result.input, result.code, result.message)
        else:
            yield result


def run(
    articles: Iterable[Article | InputError],
    output: Output,
    *,
    jobs: int = 1,
    settings: Settings | None = None,
    manifest: Manifest | None = None,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Process the articles into ``output``; ``progress`` is called after each with the summary so far.

    Records that ``manifest`` has are not made again, and the others are added to it. Failures are not: what failed
    is tried again, for a time limit or a killed worker may have been the machine's fault. Where input could not be
    read, or there was none, as in the folder that a disk is missing from, ``manifest`` loses nothing.
    """
    summary = Summary()
    began = time.perf_counter()
    keys: deque[bytes | None] = deque()  # of the articles that are under way, None where there is nothing to add

    def counted() -> Iterator[Article | ArticleRecord | InputError]:
        for article in articles:
            summary.read += 1
            key = manifest.key(article) if manifest and isinstance(article, Article) else None
            record = manifest.take(key) if manifest and key else None
            keys.append(None if record else key)
            if record:
                summary.kept += 1
            elif isinstance(article, Article):
                summary.words += len(article.text.split())
            yield record or article

    with closing(process(counted(), jobs=jobs, settings=settings)) as results:
        for result in results:
            key = keys.popleft()
            if isinstance(result, InputError):
                output.error(result)
                summary.failures[result.code] += 1
                if manifest and result.stage == "read" and result.code != "not-arabic":
                    manifest.keep_untaken()
            else:
                if manifest and key:
                    manifest.put(key, result)
                output.record(result)
                summary.records += 1
                summary.events.update(event.type for event in result.events)
            summary.seconds = time.perf_counter() - began
            progress(summary)
    if manifest and not summary.records:
        manifest.keep_untaken()
    return summary


def made_with(settings: Settings) -> str:
    """What records depend on beside their articles: this package's files, the libraries' versions, the model.

    Of a model that another library keeps in a place of its own, only that library's version is known.
    """
    from importlib.metadata import PackageNotFoundError, version

    from kwus_extract.resources import checksum

    def known(name: str) -> str:
        try:
            return version(name)
        except PackageNotFoundError:
            return ""

    # Rules and lexicons change while the version stays, on the machine of whoever writes them.
    package = Path(__file__).parent
    parts = [__version__, sys.version.split()[0], settings.ner, checksum(package)]
    parts += [known(name) for name in _LIBRARIES]
    if settings.model:
        parts.append(checksum(Path(settings.model)))
    elif settings.ner == "embedded":
        from kwus_extract.models import model_folder

        parts += [checksum(model_folder(name)) for name in ("ar-news-ner", "ar-news-events")]
    return " ".join(parts)


def process(
    articles: Iterable[Article | ArticleRecord | InputError], *, jobs: int = 1, settings: Settings | None = None
) -> Generator[ArticleRecord | InputError]:
    """The record of each article or the reason why there is none, in input order, worked out by ``jobs`` processes.

    A record or an error among the articles comes out as it is. Codes of failures beside those of reading: ``failed``
    (a stage raised; ``stage`` names it), ``timeout`` (over the time limit of the settings), ``crashed`` (the worker
    process ended). Raises ConfigError when no worker can start.
    """
    if jobs < 1:
        raise ConfigError(f"jobs: {jobs} is less than 1")
    pool = Pool(jobs, _settings(settings))
    try:
        yield from pool.results(iter(articles))
    finally:
        pool.stop()


class Pool:
    """Workers, started when there is something for them to do and replaced when they are lost."""

    def __init__(self, jobs: int, settings: Settings) -> None:
        self.jobs = jobs
        self.settings = settings
        self.workers: list[_Worker] = []
        self.queue: deque[_Task] = deque()
        self.done: dict[int, ArticleRecord | InputError] = {}

    def results(self, articles: Iterator[Article | ArticleRecord | InputError]) -> Iterator[ArticleRecord | InputError]:
        came = following = 0
        more = True
        while more or following < came:
            # Read ahead while the workers are busy, so that they need not wait for the disk.
            while more and len(self.queue) < self.jobs and came - following < _AHEAD * self.jobs:
                article = next(articles, None)
                if article is None:
                    more = False
                    break
                if isinstance(article, Article):
                    self.queue.append((came, article))
                    self._give()
                else:
                    self.done[came] = article
                came += 1
            while following in self.done:
                yield self.done.pop(following)
                following += 1
            self._give()
            if any(worker.task for worker in self.workers):
                self._collect()

    def stop(self) -> None:
        for worker in self.workers:
            worker.stop()

    def _give(self) -> None:
        """Hand what waits to the idle, and start a worker while there are too few."""
        while self.queue:
            worker = next((worker for worker in self.workers if worker.task is None), None)
            if worker is None:
                if len(self.workers) == self.jobs:
                    return
                worker = _Worker(self.settings)
                self.workers.append(worker)
            if worker.take(self.queue[0]):
                self.queue.popleft()
            else:  # it ended while it was idle: none of the article's doing
                self._drop(worker)

    def _collect(self) -> None:
        """Wait until a worker has something to say or has had all its time."""
        patience = max(0.0, min(worker.deadline for worker in self.workers) - time.monotonic())
        spoken = wait([worker.connection for worker in self.workers], min(patience, 3600.0))
        for worker in [worker for worker in self.workers if worker.connection in spoken]:
            try:
                kind, value = worker.connection.recv()
            except (EOFError, OSError):
                self._lose(worker, "crashed", f"its worker process ended ({worker.how_it_ended()})")
                continue
            if kind == "ready":
                worker.set_ready()
            elif kind == "refused":
                log.info("%s", value[1])
                raise ConfigError(value[0])
            elif worker.task:
                if kind == "failed":
                    *fields, trace = value
                    log.info("%s", trace)
                    value = InputError(*fields[:3], stage=fields[3])
                self.done[worker.task[0]] = value
                worker.task, worker.deadline = None, math.inf
        for worker in [worker for worker in self.workers if time.monotonic() >= worker.deadline]:
            self._lose(worker, "timeout", f"took longer than {self.settings.time_limit:g} seconds")

    def _lose(self, worker: _Worker, code: str, message: str) -> None:
        if worker.task and not worker.ready:
            raise ConfigError(f"the pipeline cannot start: {message}")
        if worker.task:
            number, article = worker.task
            self.done[number] = InputError(_name(article), code, message, stage="worker")
        self._drop(worker)

    def _drop(self, worker: _Worker) -> None:
        worker.stop()
        self.workers.remove(worker)


class _Worker:
    """One worker process as the parent sees it: the article it has, and when it must be done with it."""

    def __init__(self, settings: Settings) -> None:
        context = multiprocessing.get_context("spawn")  # fork copies threads' locks and, on macOS, crashes
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, settings.model_dump()), daemon=True)
        with _interrupts_held():
            self.process.start()
        theirs.close()  # else the end of the process would not show as the end of the pipe
        self.limit = settings.time_limit
        self.ready = False
        self.task: _Task | None = None
        self.deadline = math.inf

    def take(self, task: _Task) -> bool:
        """Hand over an article; False when nobody is there any more."""
        try:
            self.connection.send(task[1])
        except OSError:
            return False
        self.task = task
        if self.ready:
            self.deadline = time.monotonic() + self.limit
        return True

    def set_ready(self) -> None:
        """The pipeline is loaded: from here on the time counts."""
        self.ready = True
        if self.task:
            self.deadline = time.monotonic() + self.limit

    def how_it_ended(self) -> str:
        self.process.join(1)
        code = self.process.exitcode
        return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"

    def stop(self) -> None:
        self.connection.close()
        self.process.kill()  # it holds nothing that would need to be put away
        self.process.join()


def _work(connection: Connection[Any, Any], options: dict[str, Any]) -> None:
    """The life of a worker process: load, then articles in and results out until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if options["ner"] in ("embedded", "none"):  # where there is torch, spaCy would load it: seconds, for nothing here
        sys.modules.setdefault("torch", None)  # type: ignore[arg-type]
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # the processes share the cores; threads inside them would only fight
    try:
        try:
            nlp = _load(options["ner"], options["model"])
            nlp("خبر")  # what the stages load when they are first used belongs to the start, not to the first article
        except Exception as error:  # whatever it is, the parent says it in one line instead of starting one more worker
            own = isinstance(error, KwusExtractError)
            message = str(error) if own else f"the pipeline cannot start: {_described(error)}"
            connection.send(("refused", (message, traceback.format_exc())))
            return
        connection.send(("ready", None))
        while True:
            with nlp.memory_zone():
                for _ in range(_REMEMBERED):
                    connection.send(_attempt(nlp, connection.recv()))
    except (EOFError, OSError):
        return  # the parent is gone


def _end_with_parent() -> None:
    """End this process when its parent has ended, however that was, and whatever the article is that it works on."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back: it comes afterwards, and never to a process that is started meanwhile.

    A terminal sends it to the workers too, and one that is still importing would answer with a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _here(articles: Iterable[Article | InputError], settings: Settings) -> Iterator[ArticleRecord | InputError]:
    """The same as ``process`` without another process: no start-up time, and no protection from crashes and hangs."""
    nlp = _load(settings.ner, settings.model)
    coming, more = iter(articles), True
    while more:
        more = False
        with nlp.memory_zone():
            for article in islice(coming, _REMEMBERED):
                more = True
                if isinstance(article, InputError):
                    yield article
                else:
                    kind, value = _attempt(nlp, article)
                    yield InputError(*value[:3], stage=value[3]) if kind == "failed" else value


def _load(ner: str, model: str | None) -> Language:
    from kwus_extract.pipeline import load

    return load(ner=ner, model=model)


def _attempt(nlp: Language, article: Article) -> tuple[str, Any]:
    """``("record", record)``, or ``("failed", (input, code, message, stage, traceback))``, which can be pickled."""
    from kwus_extract.pipeline import extract_article

    try:
        return "record", extract_article(nlp, article)
    except InputError as error:
        return "failed", (_name(article), error.code, error.message, error.stage, "")
    except Exception as error:  # any fault of a stage: it is that article's, and the run goes on
        return "failed", (_name(article), "failed", _described(error), _stage(error), traceback.format_exc())


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _stage(error: Exception) -> str:
    """The subpackage in which the error arose: ``text``, ``entities``, ``dates``, ``events`` or ``pipeline``."""
    stage = "pipeline"
    for frame, _ in traceback.walk_tb(error.__traceback__):
        package, _, rest = frame.f_globals.get("__name__", "").partition(".")
        if package == "kwus_extract" and not rest.startswith("batch"):
            stage = rest.partition(".")[0]
    return stage


def _name(article: Article) -> str:
    """What an error calls the article: its file, and its id where the file holds several."""
    if article.path is None:
        return article.id
    return article.path if article.media_type in ("text/plain", "text/html") else f"{article.path}:{article.id}"


def _settings(settings: Settings | None) -> Settings:
    if settings is not None:
        return settings
    from kwus_extract.settings import Settings as Defaults

    return Defaults.load()
