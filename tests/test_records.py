"""Records: immutable, the same after a round trip, and good to look at."""

from __future__ import annotations

import pickle
import re
from html.parser import HTMLParser

import pytest
from pydantic import ValidationError
from test_write import TEXT, record, span

from kwus_extract.errors import MissingExtra
from kwus_extract.records import EDTF, ArticleRecord
from kwus_extract.report import page, record_html


class Shown(HTMLParser):
    """What a page shows: its running text, and what is marked in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.text = ""
        self.marked: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in ("br", "meta"):
            self.stack.append(tag)
        if tag == "mark":
            self.marked.append((str(dict(attributes)["class"]), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if "p" in self.stack:
            self.text += data
        if "mark" in self.stack:
            self.marked[-1] = (self.marked[-1][0], self.marked[-1][1] + data)


def test_a_record_survives_json_and_pickle() -> None:
    first = record()
    assert ArticleRecord.model_validate_json(first.to_json()) == first
    assert pickle.loads(pickle.dumps(first)) == first
    assert first.to_json().startswith('{"schema_version":"1.0","doc_id":"a","source":{')


def test_a_record_cannot_be_changed_and_takes_no_unknown_field() -> None:
    with pytest.raises(ValidationError):
        record().doc_id = "b"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        record(colour="red")
    with pytest.raises(ValidationError):
        record(title={"text": "x", "start": 3, "end": 1})
    with pytest.raises(ValidationError, match="type"):
        record(events=[{"id": "e1", "type": "quarrel"}])


@pytest.mark.parametrize(
    "value", ["2018", "2018-04", "2018-04-08", "XXXX-11-24", "199X", "2018-04/..", "../2018-06-15"]
)
def test_edtf_of_the_records(value: str) -> None:
    assert EDTF.fullmatch(value)
    assert EDTF.fullmatch(value + "-") is None


def test_the_text_is_remembered_but_not_part_of_the_record() -> None:
    bare = record()
    full = bare.with_text(TEXT)
    assert full == bare
    assert full.to_json() == bare.to_json()
    assert Shown(full._repr_html_()).text == TEXT
    assert Shown(bare._repr_html_()).text == ""


def test_what_is_found_is_marked_in_its_place_and_no_letter_is_lost() -> None:
    title = span("زار وزير الدفاع القطري مسقط")
    zones = [{"kind": "title", "start": 0, "end": title["end"]}, {"kind": "boilerplate", "start": 50, "end": len(TEXT)}]
    shown = Shown(record_html(record(zones=zones), TEXT))
    assert shown.text == TEXT
    marked = [(kind, text) for kind, text in shown.marked if kind != "agreement"]
    assert marked == [("visit", "زار"), ("place", "مسقط"), ("date", "ثم")]
    assert "".join(text for kind, text in shown.marked if kind == "agreement") == "وقّعمذكرة تفاهم"


def test_marks_take_no_room_inside_words() -> None:
    style = record_html(record(), TEXT)
    for rule in re.findall(r"\.kwus mark[^{]*\{([^}]*)\}", style):
        assert not re.search(r"padding|margin|border(?!-radius)|display|letter-spacing", rule), rule


def test_nothing_in_a_record_is_taken_for_html() -> None:
    evil = '<script>alert("x")</script>'
    bad = record(evil, people=[{"id": "p1", "name": evil}], warnings=[{"code": "x", "message": evil}])
    html = "".join(page([(bad, evil + TEXT)], title=evil))
    assert "<script" not in html
    assert Shown(html).text == evil + TEXT


def test_frames() -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("polars")
    pandas, polars = record().to_pandas(), record().to_polars()
    assert list(pandas.columns) == polars.columns
    assert pandas["type"].tolist() == polars["type"].to_list() == ["visit", "agreement"]
    assert polars["ordinal"].to_list() == [None, None]
    assert record(events=[]).to_polars().shape[0] == len(record(events=[]).to_pandas()) == 0


def test_frames_without_their_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(MissingExtra, match=r"kwus-extract\[tables\]"):
        record().to_polars()
