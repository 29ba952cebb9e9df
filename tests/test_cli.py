"""The command from end to end, each time as a process of its own or through its entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import article_text
from test_write import record

ROOT = Path(__file__).parents[1]


def kwus(*arguments: str | Path, given: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "kwus_extract", *map(str, arguments)]
    return subprocess.run(command, input=given, capture_output=True, check=False, env=os.environ | environment)


def lines(data: bytes | Path) -> list[dict[str, object]]:
    content = data.read_bytes() if isinstance(data, Path) else data
    return [json.loads(line) for line in content.splitlines()]


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, time\n"
        "from kwus_extract.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'spacy', 'onnxruntime', 'pydantic', 'numpy', 'torch'} & set(sys.modules)\n"
        "print(time.process_time(), *heavy, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    seconds, *heavy = done.stderr.decode().split()
    assert not heavy
    assert float(seconds) < 0.5
    for command in (b"run", b"evaluate", b"check", b"schema", b"rules", b"explain", b"info", b"validate"):
        assert command in done.stdout


BAD: dict[str, tuple[bytes, str]] = {
    "empty-1.txt": (b"", "empty"),
    "empty-2.txt": (b"\xef\xbb\xbf", "empty"),
    "empty-3.jsonl": (b"", "empty"),
    "empty-4.csv": (b"id,text\n", "empty"),
    "blank-1.txt": (b" \n\t \r\n", "blank"),
    "blank-2.txt": ("\u00a0\u200f\u2003".encode(), "blank"),
    "blank-3.jsonl": (b"\n\n", "blank"),
    "blank-4.txt": ("\n \n".encode("utf-16"), "blank"),
    "latin-1.txt": (b"The minister arrived in Muscat.", "not-arabic"),
    "latin-2.txt": ("Le ministre est arrivé à Mascate.".encode(), "not-arabic"),
    "latin-3.txt": ("Министр прибыл в Маскат.".encode(), "not-arabic"),
    "latin-4.txt": (b"1234567890 !!!", "not-arabic"),
    "binary-1.txt": (b"\x89PNG\r\n\x1a\n" + bytes(200), "binary"),
    "binary-2.txt": (bytes(range(256)) * 8, "binary"),
    "binary-3.png": (b"\x89PNG\r\n\x1a\n" + bytes(200), "binary"),
    "binary-4.pdf": (b"%PDF-1.7 ...", "binary"),
    "binary-5.txt": (b"\0" * 64, "binary"),
    "undecodable-1.txt": (article_text(0).encode() + b"\xd9", "undecodable"),
    "undecodable-2.txt": (b"\xff\xfe" + article_text(0).encode("utf-16-le") + b"\x06", "undecodable"),
    "undecodable-3.txt": (b"\x81\x8d\x8f\x90\xff\xfe", "undecodable"),
    "undecodable-4.txt": (article_text(1).encode()[:41] + b"\xff\x80" + article_text(1).encode(), "undecodable"),
    "large-1.txt": (article_text(2).encode() * 30_000, "too-large"),
    "large-2.txt": (b"a" * 5_000_001, "too-large"),
    "large-3.jsonl": (json.dumps({"text": article_text(2) * 30_000}).encode(), "too-large"),
    "lines-1.jsonl": (b'{"text": "', "malformed"),
    "lines-2.jsonl": (b"[1, 2, 3]", "malformed"),
    "lines-3.jsonl": (b'{"id": "x"}', "malformed"),
    "lines-4.jsonl": (b'{"text": 12}', "malformed"),
    "lines-5.jsonl": (json.dumps({"text": article_text(3), "published": "yesterday"}).encode(), "malformed"),
    "lines-6.jsonl": (b'{"text": "\\ud800 ' + article_text(3)[:20].encode() + b'"}', "malformed"),
    "lines-7.csv": (b"id,body\n1,x\n", "malformed"),
    "lines-8.parquet": (b"PAR1 and no more", "malformed"),
    "other-1.docx": (b"plain", "unsupported"),
    "other-2.xml": (article_text(4).encode(), "unsupported"),
}
LINKS = {
    "loop-1.txt": ("loop-2.txt", "symlink-loop"),
    "loop-2.txt": ("loop-1.txt", "symlink-loop"),
    "loop-3": (".", "symlink-loop"),
    "unreadable-1.txt": ("nowhere.txt", "unreadable"),
    "unreadable-2.txt": ("/proc/self/mem/nothing", "unreadable"),
}


def test_forty_bad_inputs_among_forty_good_ones(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(40):
        (folder / f"good-{number:02}.txt").write_text(article_text(number), encoding="utf-8")
    for name, (content, _) in BAD.items():
        (folder / name).write_bytes(content)
    for name, (target, _) in LINKS.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "unreadable-3.txt")
    expected = {name: code for name, (_, code) in (BAD | LINKS).items()} | {"unreadable-3.txt": "unreadable"}
    assert len(expected) == 40
    out = tmp_path / "out.jsonl"
    done = kwus("run", folder, "-o", out, "--ner", "none", "--jobs", "2")
    assert done.returncode == 1, done.stderr.decode()
    assert [row["doc_id"] for row in lines(out)] == [f"good-{number:02}" for number in range(40)]
    errors = lines(Path(f"{out}.errors.jsonl"))
    assert [set(error) for error in errors] == [{"input", "stage", "code", "message"}] * 40
    found = {Path(str(error["input"]).partition(":")[0]).name: error["code"] for error in errors}
    assert found == expected


def test_exit_status(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(article_text(0), encoding="utf-8")
    (tmp_path / "b.txt").write_text("english", encoding="utf-8")
    out = tmp_path / "x.jsonl"
    options = ("--ner", "none", "-o", out)
    assert kwus("run", tmp_path / "a.txt", *options).returncode == 0
    assert kwus("run", tmp_path / "a.txt", *options).returncode == 2  # it exists
    assert kwus("run", tmp_path / "a.txt", tmp_path / "b.txt", *options, "--force").returncode == 1
    assert kwus("run", tmp_path / "b.txt", *options, "--force").returncode == 3
    assert kwus("run", tmp_path / "nothing.txt", *options, "--force").returncode == 3
    for wrong in (
        ["run"],
        ["run", tmp_path, "--published", "tomorrow"],
        ["run", tmp_path, "--jobs", "0"],
        ["run", tmp_path, "--ner", "magic"],
        ["run", tmp_path, "-o", tmp_path / "x.xlsx"],
        ["run", tmp_path, "--metadata", tmp_path / "nothing.csv"],
        ["run", tmp_path, "--config", tmp_path / "nothing.toml"],
        ["schema", "--kind", "poems"],
        ["nonsense"],
    ):
        done = kwus(*wrong)
        assert done.returncode == 2, wrong
        assert b"Traceback" not in done.stderr, wrong
        assert done.stderr.strip(), wrong


def test_an_input_is_not_replaced_by_its_records(tmp_path: Path) -> None:
    feed, link = tmp_path / "feed.jsonl", tmp_path / "link.jsonl"
    feed.write_text(json.dumps({"text": article_text(0)}) + "\n", encoding="utf-8")
    link.symlink_to(feed)
    before = feed.read_bytes()
    for source, out, option in ((feed, feed, "--force"), (tmp_path, feed, "--force"), (feed, link, "--resume")):
        done = kwus("run", source, "-o", out, "--ner", "none", option)
        assert done.returncode == 2
        assert b"is one of the inputs" in done.stderr
        assert feed.read_bytes() == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["feed.jsonl", "link.jsonl"]


def test_standard_input_to_standard_output() -> None:
    text = article_text(0)
    done = kwus("run", "-", "--published", "2021-03-04", given=text.encode(), KWUS_EXTRACT_NER="none")
    assert done.returncode == 0, done.stderr.decode()
    (row,) = lines(done.stdout)
    assert row["doc_id"] == "stdin"
    assert row["published"] == {"value": "2021-03-04", "basis": "given"}
    for event in row["events"]:  # type: ignore[attr-defined]
        for trigger in event["triggers"]:
            assert text[trigger["start"] : trigger["end"]] == trigger["text"]
    assert b"records" in done.stderr


def test_failures_without_an_output_file_go_to_standard_error(tmp_path: Path) -> None:
    done = kwus("run", "-", "--ner", "none", given=b'{"text": 1}\n')
    assert (done.returncode, done.stdout) == (3, b"")
    assert json.loads(done.stderr.splitlines()[0])["code"] == "malformed"


def test_settings_from_file_and_environment(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(article_text(0), encoding="utf-8")
    (tmp_path / "s.toml").write_text('ner = "none"\nmax_bytes = 50\n', encoding="utf-8")
    done = kwus("run", tmp_path / "a.txt", "--config", tmp_path / "s.toml")
    assert json.loads(done.stderr.splitlines()[0])["code"] == "too-large"
    done = kwus("run", tmp_path / "a.txt", "--config", tmp_path / "s.toml", KWUS_EXTRACT_MAX_BYTES="5000")
    assert done.returncode == 0
    (tmp_path / "s.toml").write_text('colour = "red"\n', encoding="utf-8")
    done = kwus("run", tmp_path / "a.txt", "--config", tmp_path / "s.toml")
    assert done.returncode == 2
    assert b"colour" in done.stderr


def test_schema_and_version() -> None:
    assert kwus("schema").stdout == (ROOT / "schemas" / "record.schema.json").read_bytes()
    assert kwus("schema", "--kind", "gold").stdout == (ROOT / "schemas" / "gold.schema.json").read_bytes()
    assert kwus("--version").stdout.decode().count(".") == 2
    assert kwus("info").returncode == 0


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """Three of the annotated articles, in a folder of their own."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    for path in sorted((ROOT / "seeds").glob("*.gold.json"))[:3]:
        for each in (path, path.with_name(path.name.replace(".gold.json", ".txt"))):
            (folder / each.name).write_bytes(each.read_bytes())
    return folder


def test_records_can_be_validated_scored_and_shown(seeds: Path, tmp_path: Path) -> None:
    out, page = tmp_path / "x.jsonl", tmp_path / "x.html"
    assert kwus("run", seeds, "--ner", "none", "-o", out).returncode == 0
    done = kwus("validate", out, "--texts", seeds)
    assert done.returncode == 0, done.stdout.decode()
    assert done.stdout.startswith(b"3 records, 0 against the schema; ")
    assert done.stdout.endswith(b" spans, 0 wrong\n")
    scores = kwus("evaluate", out, "--gold", seeds, "--texts", seeds, "--json")
    assert scores.returncode == 0, scores.stderr.decode()
    again = kwus("evaluate", seeds, "--gold", seeds, "--ner", "none", "--json")
    assert json.loads(scores.stdout)["organizations"] == json.loads(again.stdout)["organizations"]
    assert kwus("report", out, "--texts", seeds, "-o", page).returncode == 0
    assert page.read_text(encoding="utf-8").count("<article") == 3
    assert kwus("report", out).returncode == 0


def test_records_are_scored_whatever_their_ids(seeds: Path, tmp_path: Path) -> None:
    other, out, some = tmp_path / "other", tmp_path / "x.jsonl", tmp_path / "some.jsonl"
    other.mkdir()
    for path in seeds.glob("*.txt"):
        (other / f"feed-{path.name}").write_bytes(path.read_bytes())
    figures = []
    for source in (seeds, other):
        assert kwus("run", source, "--ner", "none", "-o", out, "--force").returncode == 0
        done = kwus("evaluate", out, "--gold", seeds, "--texts", seeds, "--json")
        assert b"no record" not in done.stderr
        figures.append(json.loads(done.stdout))
    assert figures[0]["organizations"]["tp"] == figures[1]["organizations"]["tp"] > 0
    some.write_bytes(b"".join(out.read_bytes().splitlines(keepends=True)[1:]))
    done = kwus("evaluate", some, "--gold", seeds, "--texts", seeds)
    assert done.returncode == 0
    first = sorted(path.name.removesuffix(".gold.json") for path in seeds.glob("*.gold.json"))[0]
    assert done.stderr.decode().startswith("no record")
    assert first in done.stderr.decode()


def test_check_with_nothing_to_check(seeds: Path) -> None:
    for path in seeds.glob("*.txt"):
        path.unlink()
    done = kwus("check", seeds, "--ner", "none", "--texts", seeds)
    assert done.returncode == 2
    assert b"nothing to check" in done.stderr


def test_a_file_of_records_that_is_damaged_is_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text(record().to_json() + "\n", encoding="utf-8")
    bad.write_text(f"\n{record().to_json()}\n" + record().to_json()[:90], encoding="utf-8")
    done = kwus("report", good, bad)
    assert done.returncode == 2
    assert f"{bad}: record 2 is not valid" in done.stderr.decode()
    done = kwus("validate", good, bad)
    assert (done.returncode, done.stdout[:32]) == (1, b"3 records, 1 against the schema;")


def test_brackets_in_the_name_of_an_output_are_no_markup(tmp_path: Path) -> None:
    out = tmp_path / "mk[" / "b].jsonl"
    done = kwus("run", "-", "-o", out, "--ner", "none", given=article_text(0).encode())
    assert done.returncode == 0, done.stderr.decode()
    assert "mk[/b].jsonl" in "".join(done.stderr.decode().split("\n"))


def test_check_stops_below_a_floor(seeds: Path) -> None:
    arguments = ("check", seeds, "--ner", "none", "--texts", seeds)
    assert kwus(*arguments, "--update").returncode == 0
    floors = seeds / "floors.toml"
    before = floors.read_text(encoding="utf-8")
    raised = before.replace('[floors."seeds"]\n', '[floors."seeds"]\nlength = 0.9\n')
    floors.write_text(raised, encoding="utf-8")
    done = kwus(*arguments, "--format", "github")
    assert done.returncode == 4
    assert done.stdout.startswith(b"::error")
    assert kwus(*arguments, "--update").returncode == 4
    assert floors.read_text(encoding="utf-8") == raised
    assert kwus(*arguments, "--update", "--allow-regression").returncode == 0
    assert floors.read_text(encoding="utf-8") == before


def test_the_rules_hold_on_their_examples() -> None:
    done = kwus("rules", "check")
    assert done.returncode == 0, done.stdout.decode()


def test_explain_takes_a_sentence_longer_than_a_file_name() -> None:
    sentence = "زار وزير الدفاع القطري مسقط أمس" + " وبحث التعاون بين البلدين الصديقين" * 8 + "."
    done = kwus("explain", sentence, "--published", "2021-03-04", "--ner", "none")
    assert done.returncode == 0, done.stderr.decode()
    assert b"visit" in done.stdout


def test_explain_names_the_rule() -> None:
    done = kwus("explain", "زار وزير الدفاع القطري مسقط أمس.", "--published", "2021-03-04", "--ner", "none")
    assert done.returncode == 0, done.stderr.decode()
    assert b"visit" in done.stdout


def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(record().to_json() + "\n", encoding="utf-8")
    command = f"{sys.executable} -m kwus_extract schema | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
