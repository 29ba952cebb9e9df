"""Reading: every kind of input, every encoding, and every input that must be refused."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import article_text
from hypothesis import given
from hypothesis import strategies as st
from test_write import record

from kwus_extract.errors import ConfigError, InputError
from kwus_extract.io import read as reading
from kwus_extract.io.decode import decode
from kwus_extract.io.read import Article, as_day, read
from kwus_extract.records import ArticleRecord

TEXT = article_text(1)


def articles(*inputs: str | Path, **options: Any) -> list[Article]:
    found = list(read(*inputs, **options))
    assert not [item for item in found if isinstance(item, InputError)]
    return [item for item in found if isinstance(item, Article)]


def refusal(*inputs: str | Path, **options: Any) -> InputError:
    (found,) = read(*inputs, **options)
    assert isinstance(found, InputError), found
    return found


def jsonl(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


# -- text and encodings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1256", "windows-1256"),
        ("iso8859_6", "iso-8859-6"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_text_is_what_was_encoded(tmp_path: Path, codec: str, named: str, line_end: str) -> None:
    text = TEXT.replace("\n", line_end).replace("«", '"').replace("»", '"')
    (tmp_path / "a.txt").write_bytes(text.encode(codec))
    (article,) = articles(tmp_path / "a.txt")
    assert article.text == text
    assert article.encoding == named
    assert (article.id, article.media_type, article.published_basis) == ("a", "text/plain", "none")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_utf8_comes_back_to_the_letter(noise: str) -> None:
    text = "وصل الوزير إلى مسقط " * 8 + noise
    try:
        assert decode(text.encode(), name="a") == (text, "utf-8")
    except InputError as error:
        assert error.code == "binary"  # too many control characters  # noqa: PT017


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (" \r\n\t\u00a0\u200f\u2003\n".encode(), "blank"),
        (b"The minister arrived in Muscat on Tuesday.", "not-arabic"),
        ("Le ministre est arrivé à Mascate".encode(), "not-arabic"),
        (b"2021 + 17 = 42 !!!", "not-arabic"),
        (("The minister said so. " * 30 + "الوزير").encode(), "not-arabic"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (TEXT.encode() + bytes(range(32)) * 40, "binary"),
        (TEXT.encode() + b"\xd9", "undecodable"),
        (TEXT.encode()[:40] + b"\xff\xfe\x80" + TEXT.encode()[40:], "undecodable"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le") + b"\x06", "undecodable"),
        (b"\x81\x8d\x8f\x90\xff\xfe", "undecodable"),
        (TEXT.encode() * 40, "too-large"),
    ],
)
def test_what_is_no_article_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    error = refusal(path, max_bytes=9_000)
    assert (error.code, error.stage, error.input) == (code, "read", str(path))
    assert error.message


def test_unknown_endings_are_read_when_named_and_refused_when_found(tmp_path: Path) -> None:
    (tmp_path / "a.text").write_text(TEXT, encoding="utf-8")
    assert articles(tmp_path / "a.text")[0].text == TEXT
    assert refusal(tmp_path).code == "unsupported"
    (tmp_path / "a.text").write_bytes(b"PK\x03\x04....")
    assert refusal(tmp_path).code == "binary"


# -- files that cannot be opened -------------------------------------------------------------------------------------


def test_links_that_lead_nowhere_or_back(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "up").symlink_to(tmp_path)
    (tmp_path / "one.txt").symlink_to(tmp_path / "two.txt")
    (tmp_path / "two.txt").symlink_to(tmp_path / "one.txt")
    (tmp_path / "zero.txt").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.txt")
    found = {Path(e.input).name: e.code for e in read(tmp_path) if isinstance(e, InputError)}
    assert found == {
        **{"up": "symlink-loop", "one.txt": "symlink-loop", "two.txt": "symlink-loop"},
        **{"zero.txt": "unreadable", "pipe.txt": "unreadable"},
    }


def test_a_folder_under_two_names_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert [article.id for article in articles(tmp_path)] == ["x"]


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    real = Path.open

    def guarded(self: Path, *args: Any, **options: Any) -> Any:
        if self.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **options)

    monkeypatch.setattr(Path, "open", guarded)
    error = refusal(tmp_path)
    assert (error.code, error.message) == ("unreadable", "Permission denied")


def test_an_input_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing.txt").code == "unreadable"


# -- folders, ids, metadata ------------------------------------------------------------------------------------------


def test_a_folder_is_read_by_name_and_every_id_is_another(tmp_path: Path) -> None:
    for name in ("b/x.txt", "a/x.txt", "a/y.txt", "x.txt", "x.html.txt", ".hidden.txt", "a/x.meta.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}" if name.endswith("json") else TEXT, encoding="utf-8")
    jsonl(
        tmp_path / "z.jsonl",
        {"id": "x", "text": TEXT},
        {"text": TEXT},
        {"id": 7, "text": TEXT},
        {"id": "x", "text": TEXT},
    )
    assert [a.id for a in articles(tmp_path)] == ["x", "y", "b/x", "x.html", "x.txt", "x#2", "z-2", "7", "x#3"]


def test_a_file_name_that_is_no_utf8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xd3\xe1\xc7\xe3.txt"
    with open(name, "wb") as stream:
        stream.write(TEXT.encode())
    (article,) = articles(tmp_path)
    assert article.id.encode("utf-8")
    assert article.path
    assert article.path.encode("utf-8")


def test_sidecar_then_metadata_file_then_the_date_for_all(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "a.meta.json").write_text('{"published": "2020-05-01T22:00:00+03:00", "source": "وكالة", "desk": 4}')
    (tmp_path / "b.meta.json").write_text('{"published": "2020-05-02"}')
    table = tmp_path.parent / "table.csv"
    table.write_text("id,published,url\nb,2020-06-02,http://example.org/b\n", encoding="utf-8")
    a, b, c = articles(tmp_path, metadata=table, published="2021-01-01")
    assert (a.published, a.published_basis, a.publisher, a.extra) == ("2020-05-01", "metadata", "وكالة", {"desk": 4})
    assert (b.published, b.published_basis, b.url) == ("2020-06-02", "metadata", "http://example.org/b")
    assert (c.published, c.published_basis) == ("2021-01-01", "given")


def test_a_sidecar_that_is_broken_refuses_its_article(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "a.meta.json").write_text("{", encoding="utf-8")
    assert refusal(tmp_path).code == "malformed"


@pytest.mark.parametrize("value", ["2020-13-01", "1/2/2020", "أمس", "2020", "2020-02-30"])
def test_a_date_that_is_none(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match="YYYY-MM-DD"):
        read(tmp_path, published=value)
    error = refusal(jsonl(tmp_path / "a.jsonl", {"text": TEXT, "published": value}))
    assert error.code == "malformed"
    assert value in error.message


def test_days() -> None:
    assert as_day(" 2018-04-08 10:00 ") == "2018-04-08"
    assert as_day(None) is as_day("") is None
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        as_day(20180408)


def test_metadata_of_files_of_one_name(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for folder in ("a", "b", "c"):
        (root / folder).mkdir(parents=True)
        (root / folder / "x.txt").write_text(TEXT, encoding="utf-8")
    (root / "a" / "x.txt").with_name("w.txt").write_text("english", encoding="utf-8")

    def days(*named: str) -> list[tuple[str, str | None]]:
        rows = [{"id": name, "published": f"2021-05-0{n}"} for n, name in enumerate(named, start=1)]
        found = list(read(root, metadata=jsonl(tmp_path / "m.jsonl", *rows)))
        return [(item.id, item.published) for item in found if isinstance(item, Article)]

    first, second, third = "2021-05-01", "2021-05-02", "2021-05-03"
    assert days("x", "b/x", "c/x.txt") == [("x", first), ("b/x", second), ("c/x", third)]
    assert days("b/x", "a/x") == [("x", second), ("b/x", first), ("c/x", None)]
    assert days("x", "b/x") == [("x", first), ("b/x", second), ("c/x", first)]  # by its stem, for want of another


def test_a_refused_article_takes_no_id(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", {"id": "n", "text": TEXT, "published": "أمس"}, {"id": "n", "text": TEXT})
    first, second = read(path)
    assert isinstance(first, InputError)
    assert isinstance(second, Article)
    assert second.id == "n"


def test_a_metadata_file_that_is_wrong_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="metadata"):
        read(tmp_path, metadata=tmp_path / "nothing.csv")
    with pytest.raises(ConfigError, match="no id"):
        read(tmp_path, metadata=jsonl(tmp_path / "m.jsonl", {"published": "2020-01-01"}))
    for content, reason in (
        ("id,source\nx,كونا\ny,كونا, الكويت\n", r"m\.csv: entry 2: line 3: 3 cells under 2 columns"),
        ("name,source\nx,كونا\n", "no column is named id"),
        ('id,source\nx,"كونا', "unexpected end of data"),
        ("id,published\nx,أمس\n", "YYYY-MM-DD"),
    ):
        (tmp_path / "m.csv").write_text(content, encoding="utf-8")
        with pytest.raises(ConfigError, match=reason):
            read(tmp_path, metadata=tmp_path / "m.csv")


@pytest.mark.parametrize(("name", "mark"), [("m.csv", ";"), ("m.csv", "\t"), ("m.csv", ","), ("m.tsv", "\t")])
def test_metadata_is_separated_as_articles_are(tmp_path: Path, name: str, mark: str) -> None:
    rows = (("id", "published", "source"), ("x", "2021-05-05", "كونا"), ("y", "", ""), ("z",))
    (tmp_path / name).write_text("".join(f"{mark.join(row)}\r\n" for row in rows), encoding="utf-8-sig", newline="")
    given = [{"id": key, "text": TEXT} for key in "xyz"]
    first, second, third = articles(jsonl(tmp_path / "a.jsonl", *given), metadata=tmp_path / name)
    assert (first.published, first.publisher, first.extra) == ("2021-05-05", "كونا", {})
    assert second.published is third.published is None


# -- many articles in a file -----------------------------------------------------------------------------------------


def test_json_lines(tmp_path: Path) -> None:
    row = {
        "id": 'a\n"../',
        "text": TEXT,
        "title": "عنوان",
        "url": "u",
        "source": "وكالة",
        "published": "2020-01-02",
        "k": [1],
    }
    path = jsonl(tmp_path / "a.jsonl", row)
    (article,) = articles(path)
    assert (article.id, article.text, article.title, article.url) == ('a\n"../', TEXT, "عنوان", "u")
    assert (article.publisher, article.published) == ("وكالة", "2020-01-02")
    assert article.extra == {"k": [1], "title": "عنوان"}  # it does not stand in the text
    (article,) = articles(jsonl(tmp_path / "c.jsonl", row | {"title": " الجانبان\nالأردني  والمصري"}))
    assert article.extra == {"k": [1]}
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert articles(packed)[0].text == TEXT


def test_a_bad_line_costs_that_line(tmp_path: Path) -> None:
    good = json.dumps({"text": TEXT})
    bad = {
        "{": "malformed",
        "[1, 2]": "malformed",
        '{"id": "x"}': "malformed",
        '{"text": 5}': "malformed",
        '{"text": "مرحبا \\ud83d"}': "malformed",
        '{"id": [1], "text": "مرحبا"}': "malformed",
        "[" * 30_000: "malformed",
        '{"text": ""}': "empty",
        '{"text": " \\n"}': "blank",
        '{"text": "hello"}': "not-arabic",
        json.dumps({"text": TEXT * 20}): "too-large",
        json.dumps({"text": TEXT * 400}): "too-large",
    }
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f"{good}\n{line}\n" for line in bad) + "\n\n" + good, encoding="utf-8")
    found = list(read(path, max_bytes=5_000))
    assert sum(isinstance(item, Article) for item in found) == len(bad) + 1
    errors = [item for item in found if isinstance(item, InputError)]
    assert [error.code for error in errors] == list(bad.values())
    assert [error.input for error in errors] == [f"{path}:{2 * n}" for n in range(1, len(bad) + 1)]


@pytest.mark.parametrize(("depth", "kept"), [(150, True), (199, False), (255, False), (600, False)])
def test_fields_that_nest_too_deep_cost_that_article(tmp_path: Path, depth: int, kept: bool) -> None:
    deep = json.loads("[" * depth + "]" * depth)
    first, second, third = read(jsonl(tmp_path / "a.jsonl", {"text": TEXT}, {"text": TEXT, "x": deep}, {"text": TEXT}))
    assert isinstance(first, Article)
    assert isinstance(third, Article)
    if kept:
        assert isinstance(second, Article)
        made = record(source={"sha256": "0" * 64, "extra": second.extra})
        assert ArticleRecord.model_validate_json(made.to_json()) == made
    else:
        assert isinstance(second, InputError)
        assert (second.code, second.input) == ("malformed", f"{tmp_path / 'a.jsonl'}:2")


def test_numbers_that_json_lacks_are_null(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "%s", "a": [NaN], "b": -Infinity, "c": 1e400, "d": 1e16, "e": 1%s}\n' % ("خبر", "0" * 30))  # noqa: UP031
    assert articles(path)[0].extra == {"a": [None], "b": None, "c": None, "d": 1e16, "e": 10**30}


def test_files_of_rows_that_hold_none(tmp_path: Path) -> None:
    for name, content, code in (
        ("a.jsonl", "", "empty"),
        ("b.jsonl", "\n \n", "blank"),
        ("c.csv", "id,text\n", "empty"),
    ):
        (tmp_path / name).write_text(content)
        assert refusal(tmp_path / name).code == code
    (tmp_path / "d.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}\n' * 999)[:-20])
    assert list(read(tmp_path / "d.jsonl.gz"))[-1].code == "malformed"  # type: ignore[union-attr]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv(tmp_path: Path, delimiter: str) -> None:
    stream = io.StringIO(newline="")
    rows = csv.writer(stream, delimiter=delimiter)
    text = TEXT.replace("\n", "\r\n") + '، وقال: "نعم"'
    rows.writerows(
        [["id", "text", "published", "desk"], ["1", text, "2020-01-02", "د"], ["2", "", "", ""], ["3", TEXT]]
    )
    (tmp_path / "a.csv").write_bytes(stream.getvalue().encode("cp1256"))
    first, second, third = read(tmp_path / "a.csv")
    assert isinstance(first, Article)
    assert (first.id, first.text, first.published, first.extra) == ("1", text, "2020-01-02", {"desk": "د"})
    assert isinstance(second, InputError)
    assert (second.code, second.input) == ("empty", f"{tmp_path / 'a.csv'}:2")
    assert isinstance(third, Article)
    assert third.text == TEXT


def test_a_row_with_more_cells_than_columns_is_not_cut(tmp_path: Path) -> None:
    rows = ["id,text", "1,وصل الوزير, وغادر في المساء", '2,"وصل الوزير, وغادر"', "3,وصل الوزير,,", "", "4,وصل, ,وغادر"]
    (tmp_path / "a.csv").write_text("\n".join(rows), encoding="utf-8")
    first, second, third, fourth = read(tmp_path / "a.csv")
    assert isinstance(first, InputError)
    assert (first.code, first.input) == ("malformed", f"{tmp_path / 'a.csv'}:1")
    assert "line 2: 3 cells under 2 columns" in first.message
    assert isinstance(second, Article)
    assert isinstance(third, Article)  # empty cells at the end, as spreadsheets leave them, hold nothing
    assert (second.text, third.text) == ("وصل الوزير, وغادر", "وصل الوزير")
    assert isinstance(fourth, InputError)


def test_a_csv_that_is_broken_says_where(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'id,text\n1,"{TEXT}"\n2,"never closed', encoding="utf-8")
    first, second = read(tmp_path / "a.csv")
    assert isinstance(first, Article)
    assert isinstance(second, InputError)
    assert "rest is not read" in second.message
    (tmp_path / "a.csv").write_text("id,body\n1,x\n", encoding="utf-8")
    assert "no column is named text" in refusal(tmp_path / "a.csv").message


def test_parquet(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    day = datetime.date(2020, 1, 2)
    table = pyarrow.table({"text": [TEXT, "", None], "published": [day, None, None], "n": [1, 2, 3]})
    parquet.write_table(table, tmp_path / "a.parquet")
    first, second, third = read(tmp_path / "a.parquet")
    assert isinstance(first, Article)
    assert (first.id, first.published, first.extra) == ("a-1", "2020-01-02", {"n": 1})
    assert isinstance(second, InputError)
    assert isinstance(third, InputError)
    assert (second.code, third.code) == ("empty", "malformed")
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    assert refusal(tmp_path / "a.parquet").code == "malformed"


# -- web pages -------------------------------------------------------------------------------------------------------

PAGE = f"""<!doctype html><html lang="ar" dir="rtl"><head><meta charset="windows-1256">
<title>وزير الدفاع القطري يزور مسقط | وكالة المثال</title>
<meta property="og:title" content="وزير الدفاع القطري يزور مسقط"><meta property="og:site_name" content="وكالة المثال">
<meta property="article:published_time" content="2021-03-04T08:00:00+03:00"></head><body>
<nav><a href="/">الرئيسية</a> <a href="/s">رياضة</a></nav>
<article><h1>وزير الدفاع القطري يزور مسقط</h1><p>{TEXT}</p><p>{article_text(2)}</p><p>{article_text(3)}</p></article>
<div class="comments"><p>تعليق: أحسنتم</p></div><footer>جميع الحقوق محفوظة</footer></body></html>"""


@pytest.mark.parametrize("codec", ["utf-8", "cp1256"])
def test_a_news_page(tmp_path: Path, codec: str) -> None:
    pytest.importorskip("trafilatura")
    (tmp_path / "a.html").write_bytes(PAGE.encode(codec))
    (article,) = articles(tmp_path, published="1999-01-01")
    assert article.title == "وزير الدفاع القطري يزور مسقط"
    assert article.text.startswith(article.title)
    assert "أمن الحدود" in article.text
    for gone in ("الرئيسية", "تعليق", "محفوظة"):
        assert gone not in article.text
    assert (article.published, article.published_basis) == ("2021-03-04", "metadata")
    assert (article.publisher, article.media_type) == ("وكالة المثال", "text/html")
    assert article.encoding == {"utf-8": "utf-8", "cp1256": "windows-1256"}[codec]


def test_a_page_with_no_article_in_it(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    (tmp_path / "a.html").write_text("<html><body><script>1</script></body></html>")
    assert refusal(tmp_path).code == "empty"
    (tmp_path / "a.html").write_text("<div>" * 50_000)
    assert refusal(tmp_path).code in ("empty", "malformed")


def test_a_page_without_the_extra_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    error = refusal(tmp_path)
    assert error.code == "unsupported"
    assert "kwus-extract[html]" in error.message


# -- standard input --------------------------------------------------------------------------------------------------


@pytest.fixture
def standard_input(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    def give(data: bytes) -> None:
        monkeypatch.setattr(reading.sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


def test_standard_input_is_a_text_or_json_lines(standard_input: Callable[[bytes], None]) -> None:
    standard_input(TEXT.encode("cp1256", "ignore"))
    (article,) = articles("-")
    assert (article.id, article.path, article.encoding) == ("stdin", None, "windows-1256")
    standard_input(
        b"\n  " + json.dumps({"text": TEXT}).encode() + b'\n{"text": 1}\n' + json.dumps({"text": TEXT}).encode()
    )
    first, second, third = read("-")
    assert isinstance(first, Article)
    assert isinstance(second, InputError)
    assert isinstance(third, Article)
    assert (first.id, second.input, third.id) == ("stdin-2", "-:3", "stdin-4")
    standard_input(b"")
    assert refusal("-").code == "empty"
