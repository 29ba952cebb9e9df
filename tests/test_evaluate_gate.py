"""The gate: floors that only rise, and a verdict that says what changed."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from test_evaluate import GOLD, TEXT, mention, record, visit

from kwus_extract import gate
from kwus_extract.errors import ConfigError
from kwus_extract.records import ArticleRecord


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    (folder / "client").mkdir(parents=True)
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")
    (folder / "a.gold.json").write_text(json.dumps(GOLD), encoding="utf-8")
    other = GOLD | {"doc": {"id": "far", "published": "2021-03-13", "sha256": None}}
    (folder / "client" / "far.gold.json").write_text(json.dumps(other), encoding="utf-8")
    return folder


def judged(seeds: Path, found: ArticleRecord, baseline: gate.Baseline) -> gate.Verdict:
    cases, skipped = gate.gather(seeds)
    return gate.judge(cases, {"a": found}, skipped, baseline)


GOOD = record(events=[visit(roles={"visitor": [mention("عبدالله السالم")]}, date={"value": "2021-03-12"})])
WORSE = record(events=[visit(status="planned")])


def test_texts_are_found_beside_the_gold_and_elsewhere(seeds: Path, tmp_path: Path) -> None:
    cases, skipped = gate.gather(seeds)
    assert ([case.group for case in cases], skipped) == (["seeds"], ["far"])
    (tmp_path / "far.txt").write_text(TEXT, encoding="utf-8")
    cases, skipped = gate.gather(seeds, [tmp_path / "far.txt"])
    assert ([case.group for case in cases], skipped) == (["seeds", "client"], [])
    assert (cases[1].article.published, cases[1].article.published_basis) == ("2021-03-13", "given")


def test_a_text_that_was_changed_after_annotation(seeds: Path) -> None:
    (seeds / "a.txt").write_text(TEXT + " ", encoding="utf-8")
    with pytest.raises(ConfigError, match="changed"):
        gate.gather(seeds)


def test_floors_are_kept_and_changes_are_told(seeds: Path, tmp_path: Path) -> None:
    first = judged(seeds, GOOD, gate.Baseline())
    assert not first.below
    path = tmp_path / "floors.toml"
    gate.updated(first, gate.Baseline()).save(path)
    floors = gate.Baseline.load(path)
    assert floors.floors == first.values
    assert floors.articles == first.articles
    same = judged(seeds, GOOD, floors)
    assert not same.below
    assert not same.changes
    worse = judged(seeds, WORSE, floors)
    assert [metric for _, metric, _, _ in worse.below] == ["roles", "participants", "status", "date"]
    assert worse.changes["a"]["status"] == (1.0, 0.0)
    lost = judged(seeds, record(), floors)
    assert ("seeds", "status", 1.0, 0.0) in lost.below  # nothing matched, so that there is no status to judge


def test_the_verdict_in_every_form(seeds: Path) -> None:
    floors = gate.updated(judged(seeds, GOOD, gate.Baseline()), gate.Baseline())
    worse = judged(seeds, WORSE, floors)
    text = gate.report(worse, "text")
    assert "status 0.000 1.000 BELOW" in " ".join(text.split())
    assert "changed: a: " in text
    assert "skipped, for want of their text (--texts): far" in text
    github = gate.report(worse, "github").splitlines()
    assert github[0].startswith("::error title=seeds::seeds: roles is 0.000")
    assert sum(line.startswith("::warning") for line in github) == 1
    tree = ElementTree.fromstring(gate.report(worse, "junit").encode())
    assert tree.attrib["failures"] == str(len(worse.below)) == str(len(tree.findall(".//failure")))
    assert len(tree.findall(".//skipped")) == 1


def test_floors_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "floors.toml").write_text("[floors", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"floors\.toml"):
        gate.Baseline.load(tmp_path / "floors.toml")
