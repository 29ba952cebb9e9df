"""Runs that are killed, stopped or short of room: nothing finished is lost, and resumed they give the same bytes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import article_text
from light import HANGS, KILLS

from kwus_extract.records import ArticleRecord

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs the signals and /proc of Linux")

LIGHT = [sys.executable, str(Path(__file__).with_name("light.py"))]
REAL = [sys.executable, "-m", "kwus_extract"]


class Run:
    """One ``kwus-extract run`` in a session of its own, as a terminal would hold it."""

    def __init__(self, source: Path, out: Path, *options: str, command: list[str] = LIGHT, room: int = 0) -> None:
        def prepare() -> None:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # what runs in a shell's background is born deaf to it
            if room:
                import resource

                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

        self.out = out
        self.manifest = Path(f"{out}.manifest")
        self.part = out.with_name(f".{out.name}.part")
        self.mark = f"KWUS_TEST_RUN={random.random()}"
        self.process = subprocess.Popen(
            [*command, "run", str(source), "-o", str(out), "--ner", "none", *options],
            stderr=subprocess.PIPE,
            env=os.environ | dict([self.mark.split("=")]),
            start_new_session=True,
            preexec_fn=prepare,
        )

    def until(self, condition: Callable[[], bool], seconds: float = 300) -> None:
        end = time.monotonic() + seconds
        while self.process.poll() is None and not condition():
            assert time.monotonic() < end, "it takes too long"
            time.sleep(0.002)

    def finished(self) -> int:
        """How many articles the manifest holds."""
        return self.manifest.read_bytes().count(b"\n") if self.manifest.exists() else 0

    def end(self) -> tuple[int, str]:
        _, said = self.process.communicate(timeout=600)
        return self.process.returncode, said.decode()

    def processes(self) -> list[int]:
        """Those that this run has started and that are still there."""
        found = []
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and self.mark.encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    def leaves_nothing_running(self) -> bool:
        end = time.monotonic() + 10
        while self.processes() and time.monotonic() < end:
            time.sleep(0.05)
        return not self.processes()


def articles(path: Path, count: int) -> Path:
    """A file of articles, every fiftieth of which cannot be processed."""
    texts = (article_text(n) if n % 50 != 7 else "not Arabic at all" for n in range(count))
    lines = (json.dumps({"id": f"{n}", "text": text}, ensure_ascii=False) for n, text in enumerate(texts))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def written(folder: Path) -> dict[str, object]:
    """What a run has written, by the name of each file after its stem; of a database, whose bytes differ, the rows."""
    return {
        path.name.partition(".")[2]: rows(path) if path.suffix == ".duckdb" else path.read_bytes()
        for path in folder.iterdir()
        if path.is_file()
    }


def rows(path: Path) -> list[object]:
    import duckdb

    with duckdb.connect(str(path), read_only=True) as base:
        names = [name for (name,) in base.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        return [base.execute(f"SELECT * FROM {name}").fetchall() for name in names]


def whole(path: Path) -> list[str]:
    """The ids of a file of records, every one of them whole."""
    return [ArticleRecord.model_validate_json(line).doc_id for line in path.read_bytes().splitlines()]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return articles(tmp_path_factory.mktemp("source") / "articles.jsonl", 500)


@pytest.fixture(scope="module")
def once(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, object]]:
    """What one uninterrupted run over 500 articles writes, by ending."""
    folder = tmp_path_factory.mktemp("once")
    known: dict[str, dict[str, object]] = {}

    def run(ending: str) -> dict[str, bytes]:
        if ending not in known:
            status, said = Run(source, folder / ending / f"x.{ending}").end()
            assert status == 1, said
            known[ending] = written(folder / ending)
        return known[ending]

    return run


def test_twenty_kills_and_resumes_give_the_bytes_of_one_run(
    tmp_path: Path, source: Path, once: Callable[[str], dict[str, object]]
) -> None:
    chance = random.Random(6)
    out = tmp_path / "out" / "x.jsonl"
    kept = 0
    for number in range(20):
        run = Run(source, out, "--resume", "--jobs", str(1 + number % 2))
        enough = kept + chance.randrange(22)
        run.until(lambda run=run, enough=enough: run.finished() > enough)  # type: ignore[misc]
        time.sleep(chance.random() / 50)
        run.process.kill()
        assert run.end()[0] == -signal.SIGKILL, number
        assert not out.exists()
        assert run.finished() >= kept
        kept = run.finished()
        if run.part.exists():
            assert len(whole(run.part)) <= kept
    assert run.leaves_nothing_running()
    assert 100 < kept < 490
    status, said = Run(source, out, "--resume", "--jobs", "2").end()
    assert status == 1, said
    assert f"kept {kept}" in " ".join(said.split())
    assert written(out.parent) == once("jsonl")


@pytest.mark.parametrize("ending", ["csv", "duckdb"])
def test_every_format_can_be_resumed(
    tmp_path: Path, source: Path, once: Callable[[str], dict[str, object]], ending: str
) -> None:
    if ending == "duckdb":
        pytest.importorskip("pyarrow")
        pytest.importorskip("duckdb")
    out = tmp_path / "out" / f"x.{ending}"
    run = Run(source, out)
    run.until(lambda: run.finished() > 200)
    run.process.kill()
    run.end()
    status, said = Run(source, out, "--resume").end()
    assert status == 1, said
    assert written(out.parent) == once(ending)


def test_the_real_pipeline_too(tmp_path: Path) -> None:
    source = articles(tmp_path / "articles.jsonl", 120)
    run = Run(source, tmp_path / "out" / "x.jsonl", command=REAL)
    run.until(lambda: run.finished() > 40)
    run.process.kill()
    assert run.end()[0] == -signal.SIGKILL
    for out, option in ((run.out, "--resume"), (tmp_path / "once" / "x.jsonl", "--force")):
        status, said = Run(source, out, option, command=REAL).end()
        assert status == 1, said
    resumed, once = written(run.out.parent), written(tmp_path / "once")
    for kind in ("jsonl", "jsonl.errors.jsonl"):
        assert resumed[kind] == once[kind]


def test_ctrl_c_ends_at_once_and_says_how_to_go_on(
    tmp_path: Path, source: Path, once: Callable[[str], dict[str, object]]
) -> None:
    out = tmp_path / "out" / "x.jsonl"
    for number, enough in enumerate((0, 30, 200)):  # the first while the workers are still starting
        run = Run(source, out, "--resume", "--jobs", "2")
        run.until(lambda run=run, enough=enough: run.manifest.exists() and run.finished() >= enough)  # type: ignore[misc]
        began = time.monotonic()
        os.killpg(run.process.pid, signal.SIGINT)  # a terminal sends it to the workers as well
        status, said = run.end()
        assert time.monotonic() - began < 10  # well below a second, unless the machine has much else to do
        assert (status, said.strip()) == (
            130,
            "interrupted; what is finished is kept, and the same command with --resume goes on",
        )
        assert run.leaves_nothing_running()
        if number:
            assert len(whole(run.part)) >= enough * 0.9
    refused = Run(source, out)
    assert refused.end() == (
        2,
        f"kwus-extract: {run.manifest} is of a run that was stopped; --resume goes on with it, --force begins anew\n",
    )
    assert Run(source, out, "--resume").end()[0] == 1
    assert written(out.parent) == once("jsonl")


def test_sigterm_leaves_no_process_and_nothing_lost(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "x.jsonl"
    run = Run(source, out, "--jobs", "2")
    run.until(lambda: run.finished() > 50)
    run.process.terminate()
    status, said = run.end()
    assert status == 143
    assert "--resume" in said
    assert run.leaves_nothing_running()
    assert len(whole(run.part)) >= 50


def test_workers_end_with_a_parent_that_is_killed_whatever_they_do(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text(json.dumps({"text": f"{article_text(1)} {HANGS}"}), encoding="utf-8")
    run = Run(source, tmp_path / "x.jsonl")
    run.until(lambda: len(run.processes()) > 1)
    time.sleep(1)
    run.process.kill()
    run.end()
    assert run.leaves_nothing_running()


def test_an_article_that_kills_its_worker_is_set_aside(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(60):
        text = article_text(number) + (f" {KILLS}" if number == 30 else "")
        (folder / f"{number:02}.txt").write_text(text, encoding="utf-8")
    out = tmp_path / "out" / "x.jsonl"
    expected = [f"{number:02}" for number in range(60) if number != 30]
    for option in ("--force", "--resume"):  # what failed is tried again, and fails again
        assert Run(folder, out, option, "--jobs", "2").end()[0] == 1
        assert whole(out) == expected
        (error,) = [json.loads(line) for line in Path(f"{out}.errors.jsonl").read_text(encoding="utf-8").splitlines()]
        assert (Path(error["input"]).name, error["stage"], error["code"]) == ("30.txt", "worker", "crashed")
        assert "signal 9" in error["message"]


@pytest.mark.parametrize("ending", ["jsonl", "duckdb"])
def test_a_full_disk_is_said_and_costs_nothing(
    tmp_path: Path, source: Path, once: Callable[[str], dict[str, object]], ending: str
) -> None:
    if ending == "duckdb":
        pytest.importorskip("pyarrow")
        pytest.importorskip("duckdb")
    out = tmp_path / "out" / f"x.{ending}"
    run = Run(source, out, room=50_000)
    status, said = run.end()
    assert status == 2
    assert "cannot be written" in said
    assert str(out) in said
    assert "--resume" in said
    assert "Traceback" not in said
    assert not out.exists()
    assert run.manifest.read_bytes().endswith(b"\n")
    if ending == "jsonl":
        assert len(whole(run.part)) > 20
    else:
        assert not run.part.exists()
    assert Run(source, out, "--resume").end()[0] == 1
    assert written(out.parent) == once(ending)


def test_what_has_changed_is_done_again_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.txt").write_text(article_text(number), encoding="utf-8")
    out = tmp_path / "out" / "x.jsonl"

    def kept(*options: str) -> str:
        status, said = Run(folder, out, "--resume", *options).end()
        assert status == 0, said
        return " ".join(said.split()[:4])

    assert kept() == "records 30 failed 0"
    first = written(out.parent)
    assert kept() == "records 30 kept 30"
    assert written(out.parent) == first
    (folder / "07.txt").write_text(article_text(107), encoding="utf-8")
    (folder / "21.txt").unlink()
    (folder / "05b.txt").write_text(article_text(105), encoding="utf-8")
    assert kept() == "records 30 kept 28"
    assert whole(out) == sorted(path.stem for path in folder.iterdir())
    assert kept("--published", "2021-03-04") == "records 30 failed 0"  # all dates of all articles may be others
    again = tmp_path / "again" / "x.jsonl"
    assert Run(folder, again, "--published", "2021-03-04").end()[0] == 0
    assert out.read_bytes() == again.read_bytes()
    assert sorted(Path(f"{out}.manifest").read_bytes().splitlines()) == sorted(
        Path(f"{again}.manifest").read_bytes().splitlines()
    )


def test_input_that_is_not_there_costs_nothing_that_is_finished(tmp_path: Path) -> None:
    first, second = articles(tmp_path / "first.jsonl", 6), tmp_path / "second"
    second.mkdir()
    (second / "z.txt").write_text(article_text(9), encoding="utf-8")
    out = tmp_path / "out" / "x.jsonl"
    assert Run(first, out, str(second)).end()[0] == 0
    finished = written(out.parent)
    away = second.rename(tmp_path / "away")
    second.mkdir()  # where a disk would be mounted

    assert Run(tmp_path / "frist.jsonl", out, "--resume").end()[0] == 3
    assert "unreadable" in Path(f"{out}.errors.jsonl").read_text(encoding="utf-8")
    assert Run(second, out, "--resume").end()[0] == 3
    assert written(out.parent) == finished

    second.rmdir()
    assert Run(first, out, str(second), "--resume").end()[0] == 1
    assert len(whole(out)) == 6
    away.rename(second)
    status, said = Run(first, out, str(second), "--resume").end()
    assert (status, " ".join(said.split()[:4])) == (0, "records 7 kept 7")
    assert written(out.parent) == finished


def test_an_output_without_its_manifest_is_not_overwritten(tmp_path: Path) -> None:
    source, out = articles(tmp_path / "articles.jsonl", 5), tmp_path / "out" / "x.jsonl"
    out.parent.mkdir()
    out.write_text("mine\n")
    for options, word in (((), "--resume"), (("--resume",), "--force"), (("--resume", "--force"), "one of them")):
        status, said = Run(source, out, *options).end()
        assert status == 2
        assert word in said
        assert written(out.parent) == {"jsonl": b"mine\n"}


def test_two_runs_do_not_write_one_output(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "x.jsonl"
    first = Run(source, out)
    first.until(lambda: first.finished() > 5)
    status, said = Run(source, out, "--resume").end()
    assert status == 2
    assert "another run is writing it" in said
    assert first.end()[0] == 1
