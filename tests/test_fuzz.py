"""Odd articles: each of them ends as a record that holds what it promises, or as an error line, and none in a crash.

A small sample; ``benchmarks/fuzz.py`` runs as many as one likes.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from odd_articles import odd_articles

from kwus_extract import batch
from kwus_extract.dates import find_dates
from kwus_extract.errors import InputError
from kwus_extract.io.read import Article, read
from kwus_extract.io.write import Output
from kwus_extract.pipeline import load
from kwus_extract.records import ArticleRecord
from kwus_extract.report import page
from kwus_extract.settings import Settings

SETTINGS = Settings(ner="none", time_limit=60)


def spans(value: Any) -> list[dict[str, Any]]:
    """Every object of a record that has a place in the text."""
    if isinstance(value, dict):
        own = [value] if isinstance(value.get("start"), int) else []
        return own + [span for key, inner in value.items() if key != "extra" for span in spans(inner)]
    return [span for inner in value for span in spans(inner)] if isinstance(value, list) else []


def test_every_odd_article_is_a_record_or_an_error_line(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    for name, data in odd_articles(300, seed=1):
        (folder / name).write_bytes(data)
    given = list(read(folder))
    with Output(tmp_path / "x.jsonl") as output:
        summary = batch.run(iter(given), output, jobs=2, settings=SETTINGS)
    records = (tmp_path / "x.jsonl").read_bytes().splitlines()
    errors = [json.loads(line) for line in (tmp_path / "x.jsonl.errors.jsonl").read_bytes().splitlines()]
    assert len(records) + len(errors) == len(given) >= 300
    assert {error["stage"] for error in errors} == {"read"}, summary.failures
    assert len(records) > 150
    texts = {article.id: article.text for article in given if isinstance(article, Article)}
    for line in records:
        record = ArticleRecord.model_validate_json(line)
        text = texts[record.doc_id]
        for span in spans(json.loads(line)):
            assert 0 <= span["start"] <= span["end"] <= len(text)
            assert span.get("text", text[span["start"] : span["end"]]) == text[span["start"] : span["end"]]
    seen = {Path(json.loads(line)["source"]["path"]).name for line in records}
    seen |= {Path(re.sub(r":\d+$", "", error["input"])).name for error in errors}
    assert seen == {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    "piece", ["/", "ـ", "-", "12 يناير ", "في ", "(", "« ", "1.", "a-", "12-", "و", "2018", "من 3 إلى ", "\u064b"]
)
def test_the_time_for_dates_grows_with_the_length_of_the_text(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        return min(timed(text) for _ in range(3))

    def timed(text: str) -> float:
        start = time.process_time()
        find_dates(text)
        return time.process_time() - start

    find_dates("12 يناير 2018")
    short = seconds(4_000)
    assert seconds(32_000) < 8 * 3 * max(short, 0.002)


@pytest.mark.parametrize("piece", ["أ ", "د. ", "الشيخ ", "الرئيس ", "زار ", "لقاء بين "])
def test_the_time_for_an_article_grows_with_its_length(piece: str) -> None:
    nlp = load(ner="none")

    def seconds(pieces: int) -> float:
        start = time.process_time()
        nlp("خبر من الكويت " + piece * pieces)
        return time.process_time() - start

    seconds(200)
    assert seconds(5_000) < 3 * 10 * max(seconds(500), 0.02)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 20_000 + "وصل الوزير إلى مسقط في زيارة رسمية أمس." + "</div>" * 20_000,
        f"<p {' '.join(f'a{n}={n}' for n in range(20_000))}>وصل الوزير إلى مسقط في زيارة رسمية أمس.</p>",
        f'<p title="{"وصل " * 100_000}">وصل الوزير إلى مسقط في زيارة رسمية أمس.</p>',
        "<table>" + "<tr><td>" * 5_000 + "وصل الوزير إلى مسقط في زيارة رسمية أمس.",
        "<a href='" * 20_000 + "وصل الوزير إلى مسقط في زيارة رسمية أمس.",
    ],
    ids=["deep", "attributes", "attribute", "table", "quotes"],
)
def test_a_page_that_is_a_bomb_is_read_or_refused_in_time(tmp_path: Path, html: str) -> None:
    pytest.importorskip("trafilatura")
    (tmp_path / "x.html").write_text(f"<html><body>{html}</body></html>", encoding="utf-8")
    start = time.process_time()
    (found,) = read(tmp_path)
    assert time.process_time() - start < 20
    if isinstance(found, Article):
        assert "وصل الوزير" in found.text
    else:
        assert isinstance(found, InputError)
        assert found.code in ("malformed", "empty", "not-arabic")


def test_nothing_of_an_article_is_markup_in_the_report() -> None:
    evil = "<script>alert('x')</script>"
    title, image = f"{evil} وزير الدفاع يصل إلى مسقط", '"><img src=x onerror=alert(1)>'
    text = f"{title}\n\nوصل وزير الدفاع القطري إلى مسقط في زيارة رسمية {image} أمس."
    article = Article(id=image, text=text, title=title, url=f"javascript:{evil}", publisher=evil)
    (record,) = batch.stream([article], settings=SETTINGS)
    assert record.title
    html = "".join(page([(record, text)]))
    assert "<script" not in html.replace("&lt;script", "")
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "&lt;script&gt;alert" in html


@pytest.mark.parametrize("text", ["الرئيس الوزير " * 1000, "وصل الوفد يوم 31 رمضان وغادر في 30 فبراير."])
def test_what_has_no_end_and_what_no_calendar_has_is_read(text: str) -> None:
    import kwus_extract as kx

    record = kx.extract(text, published="2018-06-06", nlp=kx.load(ner="none"))
    assert all(text[s["start"] : s["end"]] == s["text"] for s in spans(record.model_dump()) if "text" in s)
