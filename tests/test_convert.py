"""Converting: nothing changes on the way to the annotation tools and back, and what would be lost is refused."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from kwus_extract.batch import stream
from kwus_extract.cli import app
from kwus_extract.convert import convert
from kwus_extract.errors import ConfigError
from kwus_extract.io.annotation import EVENTS, from_gold, from_record, to_gold
from kwus_extract.io.brat import file_name, read_brat
from kwus_extract.io.gold import Gold, load_gold, sha256
from kwus_extract.io.labelstudio import interface, read_tasks, task
from kwus_extract.io.read import Article, read
from kwus_extract.io.write import write
from kwus_extract.records import ArticleRecord
from kwus_extract.settings import Settings

SEEDS = Path(__file__).parents[1] / "seeds"
EMOJI = "🇰🇼 عاجل 🎖️: وصل وزير الدفاع القطري خالد المهندي إلى مسقط يوم الثلاثاء في زيارة رسمية."
"""Flags are two code points of two units each, so that UTF-16 counts five units more before the name."""


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The annotated articles of the repository whose texts stand beside them."""
    folder = tmp_path_factory.mktemp("seeds")
    for path in SEEDS.glob("*.gold.json"):
        shutil.copy(path, folder)
        shutil.copy(path.with_name(path.name.replace(".gold.json", ".txt")), folder)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records of three seeds and of an article with signs beyond the basic plane, with their texts in ``texts``."""
    folder = tmp_path_factory.mktemp("made")
    texts = folder / "texts"
    texts.mkdir()
    for name in ("visit-asia-tour", "call-foreign-ministers", "none-weather"):
        shutil.copy(SEEDS / f"{name}.txt", texts)
    (texts / "emoji.txt").write_text(EMOJI, encoding="utf-8")
    articles = read(texts, published="2021-05-05")
    assert write(stream(articles, settings=Settings(ner="none")), folder / "x.jsonl") == 4
    return folder


def records(path: Path) -> list[ArticleRecord]:
    return [ArticleRecord.model_validate_json(line) for line in path.read_bytes().splitlines()]


def texts_of(folder: Path) -> dict[str, str]:
    return {article.id: article.text for article in read(folder) if isinstance(article, Article)}


# -- gold, there and back --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tool", "name"), [("brat", "out"), ("labelstudio", "out.json")])
def test_gold_comes_back_from_the_annotation_tools_as_it_was(seeds: Path, tmp_path: Path, tool: Any, name: str) -> None:
    before = {gold.doc.id: gold for _, gold in load_gold(seeds)}
    assert convert([seeds], tmp_path / name, to=tool) == len(before) > 20
    convert([tmp_path / name], tmp_path / "back", to="gold")
    assert {gold.doc.id: gold for _, gold in load_gold(tmp_path / "back")} == before


def test_brat_and_label_studio_say_the_same(seeds: Path, tmp_path: Path) -> None:
    convert([seeds], tmp_path / "brat", to="brat")
    convert([tmp_path / "brat"], tmp_path / "x.json", to="labelstudio")
    convert([tmp_path / "x.json"], tmp_path / "again", to="brat")
    convert([tmp_path / "again"], tmp_path / "gold", to="gold")
    assert [gold for _, gold in load_gold(tmp_path / "gold")] == [gold for _, gold in load_gold(seeds)]


def emoji_gold(text: str) -> Gold:
    person = {"names": ["خالد المهندي", "المهندي"], "position": "وزير الدفاع القطري"}
    visit = {"type": "visit", "subtype": "official", "status": "occurred", "dates": ["2021-05-04"]}
    visit |= {"triggers": [{"text": "وصل"}, {"text": "زيارة", "optional": True}]}
    visit |= {"roles": {"visitor": [person["names"]], "destination": [["مسقط"]]}}
    return Gold.model_validate(
        {
            "doc": {"id": "emoji", "published": "2021-05-05", "sha256": sha256(text)},
            "people": [person],
            "dates": [{"text": "يوم الثلاثاء", "value": "2021-05-04"}],
            "events": [visit],
        }
    )


def test_offsets_after_an_emoji_are_code_points() -> None:
    results = task(from_gold(emoji_gold(EMOJI), EMOJI))["annotations"][0]["result"]
    name = next(result["value"] for result in results if result.get("value", {}).get("labels") == ["Person"])
    assert EMOJI[name["start"] : name["end"]] == name["text"] == "خالد المهندي"
    assert EMOJI.encode("utf-16-le")[2 * name["start"] : 2 * name["end"]].decode("utf-16-le") != name["text"]


def test_an_export_that_counts_units_of_utf16_is_read_all_the_same(tmp_path: Path) -> None:
    exported = task(from_gold(emoji_gold(EMOJI), EMOJI))
    for result in exported["annotations"][0]["result"]:
        for bound in {"start", "end"} & result.get("value", {}).keys():
            result["value"][bound] = len(EMOJI[: result["value"][bound]].encode("utf-16-le")) // 2
    (tmp_path / "old.json").write_text(json.dumps([exported]), encoding="utf-8")
    assert to_gold(read_tasks(tmp_path / "old.json")[0]) == emoji_gold(EMOJI)


def test_an_export_with_another_text_is_refused(tmp_path: Path) -> None:
    exported = task(from_gold(emoji_gold(EMOJI), EMOJI))
    exported["data"]["text"] = exported["data"]["text"].replace("المهندي", "الكواري")
    (tmp_path / "x.json").write_text(json.dumps([exported]), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"task 1.*'خالد الكوا"):
        read_tasks(tmp_path / "x.json")


def test_predictions_that_nobody_looked_at_are_no_gold(made: Path, tmp_path: Path) -> None:
    convert([made / "x.jsonl"], tmp_path / "x.json", to="labelstudio", texts=[made / "texts"])
    with pytest.raises(ConfigError, match="annotated"):
        convert([tmp_path / "x.json"], tmp_path / "gold", to="gold")


def test_the_interface_knows_every_label_choice_and_link_that_tasks_use(seeds: Path) -> None:
    view = ElementTree.fromstring(interface())
    labels = {each.get("value") for each in view.iter("Label")}
    links = {each.get("value") for each in view.iter("Relation")}
    choices = {(c.get("name"), v.get("value")) for c in view.iter("Choices") for v in c}
    areas = {each.get("name") for each in view.iter("TextArea")}
    texts = texts_of(seeds)
    for _, gold in load_gold(seeds):
        for result in task(from_gold(gold, texts[gold.doc.id]))["annotations"][0]["result"]:
            value = result.get("value", {})
            assert set(result.get("labels", value.get("labels", ()))) <= labels | links
            assert all((result["from_name"], choice) in choices for choice in value.get("choices", ()))
            assert result["type"] != "textarea" or result["from_name"] in areas


BY_HAND = """\
T1	Person 29 41	خالد المهندي
T2	visit 5 8	وصل
E1	visit:T2 visitor:T1 visitor2:T3 destination1:T4
T3	Mention 14 28	وزير الدفاع
R1	alias Arg1:T1 Arg2:T5
T4	Place 51 55	مسقط
T5	Person 34 41	المهندي
A1	status E1 planned
A2	optional T1
#1	AnnotatorNotes T1	an opinion of somebody
#2	AnnotatorNotes E1	{"dates": "2021-05"}
"""


def test_what_people_do_in_brat_is_read_in_any_order(tmp_path: Path) -> None:
    text = "خبر: وصل أمس وزير الدفاع خالد المهندي إلى مسقط."
    lines = []
    for line in BY_HAND.splitlines():
        if line.startswith("T"):
            identifier, place, form = line.split("\t")
            start = text.index(form)
            line = f"{identifier}\t{place.split()[0]} {start} {start + len(form)}\t{form}"
        lines.append(line + "\n")
    (tmp_path / "خبر.txt").write_text(text, encoding="utf-8")
    (tmp_path / "خبر.ann").write_text("".join(lines), encoding="utf-8")
    gold = to_gold(read_brat(tmp_path)[0])
    assert (gold.doc.id, gold.doc.sha256) == ("خبر", sha256(text))
    assert [(person.names, person.optional) for person in gold.people] == [(("خالد المهندي", "المهندي"), True)]
    (visit,) = gold.events
    assert (visit.type, visit.status, visit.dates) == ("visit", "planned", ("2021-05",))
    assert visit.roles == {"visitor": ((("خالد المهندي", "المهندي")), ("وزير الدفاع",)), "destination": (("مسقط",),)}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("T1\tPerson 0 3\tسالم", r"line 1: T1 at 0 is 'زار'"),
        ("T1\tPerson 90 95\tسالم", "line 1: T1"),
        ("E1\tvisit:T9", "line 1: E1 has no trigger 'T9'"),
        ("T1\tvisit 0 3\tزار\nE1\tvisit:T1 visitor:T7", "'T7'"),
        ("T1\tvisit 0 3\tزار\nE1\tvisit:T1", "has no status"),
        ("T1\tDate 0 3\tزار", "has no value"),
        ("T1\tDate 0 3\tزار\n#1\tAnnotatorNotes T1\t{value", "line 2: the note is not JSON"),
    ],
)
def test_a_fault_in_a_brat_file_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "x.txt").write_text("زار الوزير مسقط", encoding="utf-8")
    (tmp_path / "x.ann").write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        convert([tmp_path], tmp_path / "gold", to="gold")
    assert not (tmp_path / "gold").exists()


# -- records ---------------------------------------------------------------------------------------------------------


def test_records_are_the_same_after_every_format_that_holds_them(made: Path, tmp_path: Path) -> None:
    convert([made / "x.jsonl"], tmp_path / "x.json")
    convert([tmp_path / "x.json"], tmp_path / "x.spacy", texts=[made / "texts"])
    convert([tmp_path / "x.spacy"], tmp_path / "y.jsonl")
    assert (tmp_path / "y.jsonl").read_bytes() == (made / "x.jsonl").read_bytes()


def test_tables_are_those_that_the_records_give(made: Path, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    for name in ("a.parquet", "a.csv"):
        convert([made / "x.jsonl"], tmp_path / name)
    events = convert([tmp_path / "a.parquet"], tmp_path / "b.duckdb")
    assert events == sum(len(record.events) for record in records(made / "x.jsonl")) > 5
    with duckdb.connect(str(tmp_path / "b.duckdb"), read_only=True) as base:
        assert base.execute("SELECT count(*) FROM timeline").fetchone() == (events,)
        assert base.execute("SELECT count(*) FROM participants").fetchone() > (5,)
    for name in ("c.parquet", "c.csv"):
        convert([tmp_path / "b.duckdb"], tmp_path / name)
    assert (tmp_path / "c.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()
    assert len(list(tmp_path.glob("c*.parquet"))) == len(list(tmp_path.glob("a*.parquet"))) == 7


@pytest.mark.parametrize(
    ("source", "target", "to"),
    [
        ("x.csv", "y.jsonl", None),
        ("x.csv", "y.parquet", None),
        ("x.parquet", "y.jsonl", None),
        ("x.parquet", "y", "brat"),
        ("seeds", "y.jsonl", None),
        ("seeds", "y.conll", None),
    ],
)
def test_what_would_have_to_be_invented_is_refused(
    made: Path, seeds: Path, tmp_path: Path, source: str, target: str, to: Any
) -> None:
    if source == "seeds":
        path = seeds
    else:
        path = tmp_path / source
        convert([made / "x.jsonl"], path)
    with pytest.raises(ConfigError, match="cannot be made of"):
        convert([path], tmp_path / target, to=to)
    assert not (tmp_path / target).exists()


@pytest.mark.parametrize("target", ["y.spacy", "y.conll", "y.json", "y"])
def test_a_text_that_is_missing_is_named_and_nothing_is_written(made: Path, tmp_path: Path, target: str) -> None:
    to: Any = {"y.json": "labelstudio", "y": "brat"}.get(target)
    with pytest.raises(ConfigError, match=r"call-foreign-ministers.*--texts"):
        convert([made / "x.jsonl"], tmp_path / target, to=to)
    assert list(tmp_path.iterdir()) == []


def test_docbin_holds_the_spans_at_their_characters(made: Path, tmp_path: Path) -> None:
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    convert([made / "x.jsonl"], tmp_path / "x.spacy", texts=[made / "texts"])
    docs = list(DocBin().from_disk(tmp_path / "x.spacy").get_docs(Vocab()))
    by_text = {text: name for name, text in texts_of(made / "texts").items()}
    assert [by_text[doc.text] for doc in docs] == [record.doc_id for record in records(made / "x.jsonl")]
    for doc, record in zip(docs, records(made / "x.jsonl"), strict=True):
        triggers = [(span.label_, span.id_, span.text) for span in doc.spans["triggers"]]
        assert triggers == [(e.type, e.id, t.text) for e in record.events for t in e.triggers]
        people = {(span.start_char, span.end_char) for span in doc.spans["people"]}
        assert people >= {(m.start, m.end) for p in record.people for m in p.mentions}
        assert all(one.end <= other.start for one, other in pairwise(doc.ents))
        assert len(list(doc.sents)) > 1 or record.doc_id == "emoji"


def sentences(path: Path) -> Iterator[list[tuple[str, str]]]:
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("# doc_id = ")]
        if lines:
            yield [(token, tag) for token, tag in (line.split("\t") for line in lines)]


def test_conll_is_iob2_of_the_mentions(made: Path, tmp_path: Path) -> None:
    convert([made / "x.jsonl"], tmp_path / "x.conll", texts=[made / "texts"])
    found = set()
    for sentence in sentences(tmp_path / "x.conll"):
        before = "O"
        for _, tag in sentence:
            assert tag == "O" or tag[:2] in ("B-", "I-")
            assert not tag.startswith("I-") or before[2:] == tag[2:], sentence
            before = tag
        for number, (_, tag) in enumerate(sentence):
            if tag == "B-LOC":
                end = number + 1
                while end < len(sentence) and sentence[end][1] == "I-LOC":
                    end += 1
                found.add(" ".join(token for token, _ in sentence[number:end]))
    assert {"مسقط", "طوكيو", "سنغافورة"} <= found
    text = (tmp_path / "x.conll").read_text(encoding="utf-8")
    assert text.count("# doc_id = ") == 4
    tokens = "".join(line.split("\t")[0] for line in text.splitlines() if "\t" in line)
    assert tokens == "".join("".join(texts_of(made / "texts")[r.doc_id].split()) for r in records(made / "x.jsonl"))


def test_records_in_brat_mark_what_they_found(made: Path, tmp_path: Path) -> None:
    convert([made / "x.jsonl"], tmp_path / "b", to="brat", texts=[made / "texts"])
    articles = {article.id: article for article in read_brat(tmp_path / "b")}
    for record in records(made / "x.jsonl"):
        article = articles[record.doc_id]
        marked = {(region.start, region.end) for region in article.regions if region.label == "Person"}
        assert marked == {(m.start, m.end) for person in record.people for m in person.mentions}
        gold = to_gold(article)
        statuses = sorted((event.type, event.status) for event in record.events)
        assert sorted((event.type, event.status) for event in gold.events) == statuses
    configuration = (tmp_path / "b" / "annotation.conf").read_text(encoding="utf-8")
    assert all(f"\n{event}\t" in configuration for event in EVENTS)


# -- harmless --------------------------------------------------------------------------------------------------------

EVIL = [
    "../../etc/passwd",
    "..",
    "/tmp/x",
    "a\nb",
    "a\tb\r\"'",
    "C:\\x",
    "con",
    "nul.txt",
    ".hidden",
    "-rf",
    "خبر",
    "خبر 1",
    "ا" * 400,
    "😀" * 90,
    "a",
    "A",
    "",
    "x\0y",
]


def test_ids_are_harmless_as_file_names() -> None:
    taken: set[str] = set()
    names = [file_name(doc_id, taken) for doc_id in EVIL]
    assert len({name.casefold() for name in names}) == len(EVIL)
    for name in names:
        assert name == os.path.basename(name)
        assert not name.startswith((".", "-"))
        assert not set(name) & set("/\\:\n\r\t\0\"'")
        assert 0 < len(f"{name}.meta.json".encode()) <= 255
        assert name.split(".")[0].lower() not in ("con", "nul", "")
    assert names[EVIL.index("خبر")] == "خبر"


def test_ids_leave_no_folder_and_break_no_line(tmp_path: Path) -> None:
    evil = [doc_id for doc_id in EVIL if doc_id]
    texts = {doc_id: f"وصل الوزير إلى مسقط في زيارة {number}." for number, doc_id in enumerate(evil)}
    (tmp_path / "in.jsonl").write_text(
        "".join(json.dumps({"id": doc_id, "text": text}) + "\n" for doc_id, text in texts.items())
    )
    home = tmp_path / "home"
    found = stream(read(tmp_path / "in.jsonl"), settings=Settings(ner="none"))
    assert write(found, home / "x.jsonl") == len(evil)
    inside = {"texts": [tmp_path / "in.jsonl"]}
    convert([home / "x.jsonl"], home / "b", to="brat", **inside)
    convert([home / "x.jsonl"], home / "l.json", to="labelstudio", **inside)
    convert([home / "x.jsonl"], home / "x.conll", **inside)
    convert([home / "b"], home / "g", to="gold")
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "home"}
    assert sorted(gold.doc.id for _, gold in load_gold(home / "g")) == sorted(evil)
    assert sorted(item["data"]["id"] for item in json.loads((home / "l.json").read_bytes())) == sorted(evil)
    lines = (home / "x.conll").read_text(encoding="utf-8").split("\n")
    ids = [json.loads(line.removeprefix("# doc_id = ")) for line in lines if line.startswith("# doc_id = ")]
    assert ids == evil


def test_formulas_stay_harmless_on_the_way_from_tables_to_csv(made: Path, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    evil = [
        record.model_copy(update={"doc_id": f"{sign}1+1\n{number}"})
        for number, (sign, record) in enumerate(zip("=+-@", records(made / "x.jsonl"), strict=True))
    ]
    write(evil, tmp_path / "x.duckdb")
    convert([tmp_path / "x.duckdb"], tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as stream:
        cells = [cell for row in csv.DictReader(stream) for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert any(cell.startswith("'=1+1\n") for cell in cells) or any(cell.startswith("'+1+1\n") for cell in cells)


# -- the command -----------------------------------------------------------------------------------------------------


def test_the_command_converts_and_says_what_is_wrong(made: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    given = ["convert", str(made / "x.jsonl"), "--texts", str(made / "texts"), "-o"]
    result = runner.invoke(app, [*given, str(tmp_path / "tasks.json"), "--to", "labelstudio"])
    assert result.exit_code == 0, result.output
    assert len(json.loads((tmp_path / "tasks.json").read_bytes())) == 4
    assert (tmp_path / "tasks.interface.xml").exists()
    for name, to in (("tasks.json", "labelstudio"), ("x", "tei"), ("x.docx", None)):
        result = runner.invoke(app, [*given, str(tmp_path / name), *(["--to", to] if to else [])])
        assert isinstance(result.exception, ConfigError)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("cut.json", b'[{"schema_version":"1.0","doc_id":"a', "not JSON"),
        ("one.json", b'{"schema_version":"1.0","doc_id":"a"}', "list of records is expected"),
        ("cut.jsonl", b'{"schema_version":"1.0","doc_id":"a', "record 1 is not valid"),
        ("tasks.json", b'[{"data": ', "not an export of Label Studio"),
        ("no.duckdb", b"no database", "no.duckdb: "),
        ("no.articles.parquet", b"PAR1 and no more", "not a Parquet file"),
    ],
)
def test_a_file_that_is_damaged_is_named(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    pytest.importorskip("duckdb")
    (tmp_path / name).write_bytes(content)
    given = tmp_path / name.replace(".articles", "")
    given.write_bytes(content)
    target = "x.csv" if name.endswith((".duckdb", ".parquet")) else "x.jsonl"
    with pytest.raises(ConfigError, match=reason) as caught:
        convert([given], tmp_path / target, to="gold" if name == "tasks.json" else None)
    assert name in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {name, given.name}


@pytest.mark.parametrize("target", ["x.csv", "x.parquet"])
def test_a_database_of_something_else_is_refused(tmp_path: Path, target: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as base:
        base.execute("CREATE TABLE shop (a INT)")
    with pytest.raises(ConfigError, match="articles"):
        convert([other], tmp_path / target)
    with duckdb.connect(str(other)) as base:
        base.execute("CREATE TABLE articles (doc_id INT, price INT)")
        base.execute("INSERT INTO articles VALUES (1, 2)")
    with pytest.raises(ConfigError, match="other columns"):
        convert([other], tmp_path / target)
    assert [path.name for path in tmp_path.iterdir()] == ["other.duckdb"]


def test_a_folder_that_holds_something_is_left_alone(seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("لي", encoding="utf-8")
    with pytest.raises(ConfigError, match="not an empty folder"):
        convert([seeds], tmp_path, to="brat", force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_region_over_a_line_end_comes_back_whole(tmp_path: Path) -> None:
    text = "وصل وزير الدفاع\nخالد المهندي إلى مسقط."
    place = {"start": 4, "end": 28}
    record = ArticleRecord.model_validate(
        {
            "doc_id": "a",
            "source": {"sha256": sha256(text)},
            "people": [{"id": "p1", "name": "خالد", "mentions": [{**place, "text": text[4:28]}]}],
            "provenance": {"version": "0", "pipeline": "test", "model": "none", "config_sha256": "0"},
        }
    )
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    write([record], tmp_path / "x.jsonl")
    convert([tmp_path / "x.jsonl"], tmp_path / "b", to="brat", texts=[tmp_path / "a.txt"])
    assert "T1\tPerson 4 15;16 28\tوزير الدفاع خالد المهندي\n" in (tmp_path / "b" / "a.ann").read_text(encoding="utf-8")
    assert read_brat(tmp_path / "b")[0].regions == from_record(record, text).regions
