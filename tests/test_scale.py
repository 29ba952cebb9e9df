"""Ray: the same records as on one machine, from a cluster of two nodes that loses one.

Needs the extra ``scale``; ``make test-scale`` installs it into an environment of its own.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import article_text

from kwus_extract import batch
from kwus_extract.errors import ConfigError
from kwus_extract.io.read import read
from kwus_extract.io.write import Output
from kwus_extract.settings import Settings

SETTINGS = Settings(ner="none", time_limit=60)


def test_ray_is_imported_only_when_it_is_asked_for() -> None:
    code = (
        "import sys, kwus_extract.cli, kwus_extract.batch, kwus_extract as kx; kx.read; sys.exit('ray' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture(scope="module")
def scale() -> Any:
    pytest.importorskip("ray", reason="the extra scale is not installed (make test-scale)")
    from kwus_extract import scale

    return scale


@pytest.fixture(scope="module")
def cluster(scale: Any) -> Iterator[Any]:
    """Two nodes on loopback, two cores each; the last test takes the second away."""
    import ray
    from ray.cluster_utils import Cluster

    nodes = {"num_cpus": 2, "object_store_memory": 100 * 1024 * 1024}
    cluster = _patiently(Cluster, initialize_head=True, head_node_args={**nodes, "include_dashboard": False})
    try:
        cluster.second = _patiently(cluster.add_node, **nodes)
        cluster.wait_for_nodes()
        ray.init(address=cluster.address, log_to_driver=False, logging_level="error")
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()


def _patiently(start: Any, **options: Any) -> Any:
    """What ``start`` gives; a node has 30 seconds to come up, which is too little where many things run at once."""
    for tries_left in reversed(range(4)):
        try:
            return start(**options)
        except Exception as error:
            if "timed out during startup" not in str(error) or not tries_left:
                raise


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return articles(tmp_path_factory.mktemp("given") / "in", 1000)


@pytest.fixture(scope="module")
def expected(given: Path) -> tuple[bytes, bytes, batch.Summary]:
    """What a run on one machine makes of it."""
    return local(given, given.parent / "local.jsonl")


def articles(folder: Path, count: int) -> Path:
    """JSON Lines in three files, one of them gzipped, with lines that are no article."""
    folder.mkdir()
    for number in range(3):
        lines = []
        for n in range(number, count, 3):
            row: dict[str, Any] = {"text": article_text(n), "published": "2021-05-05", "n": n}
            if n % 2:
                row["id"] = f"خبر/{n}"
            lines.append(json.dumps(row, ensure_ascii=False) if n % 50 != 7 else '{"text": "not')
        data = ("\n".join(lines) + "\n").encode()
        if number == 2:
            (folder / "c.jsonl.gz").write_bytes(gzip.compress(data))
        else:
            (folder / f"{'ab'[number]}.jsonl").write_bytes(data)
    return folder


def local(inputs: Path, path: Path) -> tuple[bytes, bytes, batch.Summary]:
    with Output(path) as output:
        summary = batch.run(read(inputs), output, jobs=2, settings=SETTINGS)
    return path.read_bytes(), Path(f"{path}.errors.jsonl").read_bytes(), summary


def parts(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("part-*")))


def test_two_nodes_write_the_same_records_as_one_machine(
    scale: Any, cluster: Any, given: Path, expected: tuple[bytes, bytes, batch.Summary], tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    summary = scale.run([str(given)], str(out), jobs=3, settings=SETTINGS)
    records, errors, one = expected
    assert parts(out) == records
    assert parts(Path(f"{out}.errors.jsonl")) == errors != b""
    assert (out / "_SUCCESS").exists()
    for name in ("read", "records", "words", "events", "failures"):
        assert getattr(summary, name) == getattr(one, name), name
    with pytest.raises(ConfigError, match="--force"):
        scale.run([str(given)], str(out), settings=SETTINGS)


def test_parquet_in_and_out_and_any_address(scale: Any, cluster: Any, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"id": str(n), "text": article_text(n), "published": "2021-05-05"} for n in range(20)]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "in.parquet")
    summary = scale.run([f"file://{tmp_path}/in.parquet"], f"file://{tmp_path}/out.parquet", settings=SETTINGS)
    assert (summary.records, summary.failures.total()) == (20, 0)
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.column("doc_id").to_pylist() == [row["id"] for row in rows]
    found = [json.loads(record) for record in table.column("record").to_pylist()]
    assert [record["source"]["path"] for record in found] == [f"file://{tmp_path}/in.parquet"] * 20
    (tmp_path / "out.parquet" / "mine.txt").write_text("لي", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.txt"):
        scale.run([f"{tmp_path}/in.parquet"], f"{tmp_path}/out.parquet", settings=SETTINGS, force=True)


def test_a_node_that_is_lost_in_mid_run_loses_no_record(
    scale: Any, cluster: Any, given: Path, expected: tuple[bytes, bytes, batch.Summary], tmp_path: Path
) -> None:
    import ray

    out = tmp_path / "out.jsonl"
    lost: list[float] = []

    def lose() -> None:
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline:  # until an actor works on the second node, and a moment longer
            actors = ray._private.state.actors().values()  # the public way needs the dashboard
            if any(a["State"] == "ALIVE" and a["Address"]["NodeID"] == cluster.second.node_id for a in actors):
                time.sleep(2)
                lost.append(time.monotonic())
                cluster.remove_node(cluster.second, allow_graceful=False)
                return
            time.sleep(0.2)

    killer = threading.Thread(target=lose)
    killer.start()
    summary = scale.run([str(given)], str(out), jobs=3, settings=SETTINGS)
    ended = time.monotonic()
    killer.join()
    records, errors, _ = expected
    assert lost, "no actor ever ran on the second node"
    assert lost[0] < ended, "the run was over before"
    assert sum(node["Alive"] for node in ray.nodes()) == 1
    assert summary.records == records.count(b"\n")
    assert sorted(parts(out).splitlines()) == sorted(records.splitlines())
    assert sorted(parts(Path(f"{out}.errors.jsonl")).splitlines()) == sorted(errors.splitlines())


@pytest.mark.parametrize(("source", "target"), [("x.txt", "out.jsonl"), ("x.jsonl", "out.csv"), ("none", "out.jsonl")])
def test_what_ray_does_not_do_is_said(scale: Any, tmp_path: Path, source: str, target: str) -> None:
    (tmp_path / "x.txt").write_text("خبر", encoding="utf-8")
    (tmp_path / "x.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        scale.run([str(tmp_path / source)], str(tmp_path / target), settings=SETTINGS)


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from kwus_extract.cli import app
    from kwus_extract.errors import MissingExtra

    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "kwus_extract.scale", raising=False)
    monkeypatch.delattr("kwus_extract.scale", raising=False)
    result = CliRunner().invoke(app, ["run", "x.jsonl", "-o", "y.jsonl", "--engine", "ray"])
    assert isinstance(result.exception, MissingExtra)
    assert "kwus-extract[scale]" in str(result.exception)


def test_the_recipe_for_spark_makes_the_same_records() -> None:
    pandas = pytest.importorskip("pandas")
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    recipe = next(block for block in readme.split("```python\n")[1:] if "mapInPandas" in block).split("```")[0]
    rows = [{"id": str(n), "text": article_text(n), "published": "2021-05-05" if n % 2 else None} for n in range(4)]
    made: list[Any] = []

    class Articles:
        """What Spark does with the function: frames of a partition in, frames with the columns of the schema out."""

        write = property(lambda self: self)

        def mapInPandas(self, func: Any, schema: str) -> Articles:
            columns = [column.split()[0] for column in schema.split(", ")]
            for frame in func(iter([pandas.DataFrame(rows[:2]), pandas.DataFrame(rows[2:])])):
                assert list(frame.columns) == columns
                made.extend(frame.to_dict("records"))
            return self

        def parquet(self, path: str) -> None: ...

    exec(recipe, {"articles": Articles()})
    assert [row["id"] for row in made] == [row["id"] for row in rows]
    import kwus_extract as kx

    for row, given in zip(made, rows, strict=True):
        expected = kx.extract(given["text"] or "", published=given["published"], id=given["id"])
        assert row["record"] == expected.to_json()
