"""Batches: input order, the same bytes for any number of workers, and a run that outlives its articles."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import article_text

import kwus_extract.pipeline
from kwus_extract import batch
from kwus_extract.errors import ConfigError, InputError
from kwus_extract.io.read import Article
from kwus_extract.io.write import Output
from kwus_extract.records import ArticleRecord
from kwus_extract.settings import Settings

SETTINGS = Settings(ner="none", time_limit=60)


def some(count: int) -> Iterator[Article | InputError]:
    for number in range(count):
        if number % 7 == 3:
            yield InputError(f"{number}.txt", "empty", "there is no text in it")
        else:
            yield Article(id=str(number), text=article_text(number) * (1 + number % 5))


def shape(results: list[ArticleRecord | InputError]) -> list[str]:
    return [f"{r.input}: {r.code}" if isinstance(r, InputError) else r.to_json() for r in results]


def test_the_same_bytes_for_any_number_of_workers(tmp_path: Path) -> None:
    written = []
    for jobs in (1, 2):
        path = tmp_path / f"{jobs}.jsonl"
        with Output(path) as output:
            summary = batch.run(some(40), output, jobs=jobs, settings=SETTINGS)
        assert (summary.read, summary.records, summary.failures["empty"]) == (40, 34, 6)
        assert summary.status == 1
        written.append((path.read_bytes(), Path(f"{path}.errors.jsonl").read_bytes()))
    assert written[0] == written[1]


def test_results_come_in_input_order_and_equal_those_of_this_process() -> None:
    elsewhere = list(batch.process(some(20), jobs=2, settings=SETTINGS))
    assert [r.input if isinstance(r, InputError) else r.doc_id for r in elsewhere] == [
        f"{n}.txt" if n % 7 == 3 else str(n) for n in range(20)
    ]
    here = list(batch.stream(some(20), settings=SETTINGS))
    assert here == [r for r in elsewhere if not isinstance(r, InputError)]


def test_forgetting_the_words_of_articles_past_changes_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = list(batch.stream(some(20), settings=SETTINGS))
    monkeypatch.setattr(batch, "_REMEMBERED", 3)
    assert list(batch.stream(some(20), settings=SETTINGS)) == at_once


def test_reading_stays_a_little_ahead_only() -> None:
    read = 0

    def counted() -> Iterator[Article]:
        nonlocal read
        for number in range(10_000):
            read += 1
            yield Article(id=str(number), text=article_text(number))

    results = batch.process(counted(), jobs=1, settings=SETTINGS)
    for _ in range(5):
        next(results)
    results.close()  # type: ignore[attr-defined]
    assert read < 100
    assert not multiprocessing.active_children()


def test_a_worker_that_is_killed_costs_one_article_at_most() -> None:
    def killing() -> Iterator[Article]:
        for number in range(30):
            if number == 12:
                (worker,) = multiprocessing.active_children()
                assert worker.pid
                os.kill(worker.pid, signal.SIGKILL)
            yield Article(id=str(number), text=article_text(number))

    results = list(batch.process(killing(), jobs=1, settings=SETTINGS))
    assert len(results) == 30
    errors = [result for result in results if isinstance(result, InputError)]
    assert len(errors) <= 1
    assert all((error.stage, error.code) == ("worker", "crashed") for error in errors)


def test_an_article_that_takes_too_long_is_given_up() -> None:
    def freezing() -> Iterator[Article]:
        for number in range(4):
            yield Article(id=str(number), text=article_text(number))
            if number == 1:
                (worker,) = multiprocessing.active_children()
                assert worker.pid
                os.kill(worker.pid, signal.SIGSTOP)

    results = list(batch.process(freezing(), jobs=1, settings=Settings(ner="none", time_limit=8)))
    errors = [result for result in results if isinstance(result, InputError)]
    assert len(results) == 4
    assert [(error.stage, error.code) for error in errors] == [("worker", "timeout")]


def test_a_stage_that_raises_costs_that_article(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = kwus_extract.pipeline.extract_article

    def fragile(nlp: Any, article: Article) -> ArticleRecord:
        if article.id == "2":
            raise ZeroDivisionError("nothing to divide by")
        return real(nlp, article)

    monkeypatch.setattr(kwus_extract.pipeline, "extract_article", fragile)
    with caplog.at_level(logging.WARNING):
        records = list(batch.stream([Article(id=str(n), text=article_text(n)) for n in range(4)], settings=SETTINGS))
    assert [record.doc_id for record in records] == ["0", "1", "3"]
    assert "ZeroDivisionError: nothing to divide by" in caplog.text


def test_a_pipeline_that_cannot_load_stops_the_run() -> None:
    settings = Settings(ner="embedded", model="/nowhere")
    with pytest.raises(ConfigError):
        list(batch.process(some(3), jobs=2, settings=settings))
    with pytest.raises(ConfigError, match="jobs"):
        list(batch.process([], jobs=0))
    assert not multiprocessing.active_children()


def test_an_interrupt_ends_workers_and_takes_the_output_back(tmp_path: Path) -> None:
    def interrupted() -> Iterator[Article]:
        for number in range(1_000):
            if number == 8:
                threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
            yield Article(id=str(number), text=article_text(number) * 40)

    output = Output(tmp_path / "x.jsonl")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in a shell's background it would be ignored
    try:
        with pytest.raises(KeyboardInterrupt), output:
            batch.run(interrupted(), output, jobs=2, settings=SETTINGS)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not multiprocessing.active_children()
    assert list(tmp_path.iterdir()) == []


def test_what_the_exit_status_says() -> None:
    assert batch.Summary(records=2).status == 0
    assert batch.Summary(records=1, failures=batch.Counter(empty=1)).status == 1
    assert batch.Summary(failures=batch.Counter(empty=1)).status == 3
    assert batch.Summary().status == 3
