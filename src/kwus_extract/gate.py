"""The gate: annotated articles whose scores must not fall, the floors they must keep, and what has changed since."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from kwus_extract.errors import ConfigError, InputError
from kwus_extract.evaluate import ACCURACY_METRICS, Scores, score_article
from kwus_extract.io.gold import Gold, load_gold, match_texts, sha256
from kwus_extract.io.read import Article, read
from kwus_extract.records import ArticleRecord

Format = Literal["text", "github", "junit"]

METRICS = ("events", "roles", "participants", "people", "organizations", "dates", *ACCURACY_METRICS)
"""What has a floor."""

_HEAD = """\
# What the seeds must score, and what each article scored then. Written by `kwus-extract check seeds/ --update`,
# which raises floors; it lowers them only with --allow-regression.
"""


@dataclass(frozen=True)
class Case:
    """An annotated article with its text; its group is the folder that its gold stands in."""

    group: str
    path: Path
    gold: Gold
    article: Article


@dataclass
class Baseline:
    """The floors of each group, and what each article scored when they were set."""

    floors: dict[str, dict[str, float]] = field(default_factory=dict)
    articles: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Read ``floors.toml``; a file that is not there has no floors. Raises ConfigError."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path}: {error}") from None
        return cls(data.get("floors", {}), data.get("articles", {}))

    def save(self, path: Path) -> None:
        lines = [_HEAD]
        for kind, tables in (("floors", self.floors), ("articles", self.articles)):
            for name, values in sorted(tables.items()):
                key = name.replace("\\", "\\\\").replace('"', '\\"')
                lines.append(f'[{kind}."{key}"]')
                lines += [f"{metric} = {values[metric]:.3f}" for metric in METRICS if metric in values]
                lines.append("")
        path.write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")


@dataclass
class Verdict:
    """What the gate found: scores by group, what lies below its floor, and what changed in which article."""

    values: dict[str, dict[str, float]] = field(default_factory=dict)
    floors: dict[str, dict[str, float]] = field(default_factory=dict)
    articles: dict[str, dict[str, float]] = field(default_factory=dict)
    changes: dict[str, dict[str, tuple[float, float]]] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    @property
    def below(self) -> list[tuple[str, str, float, float]]:
        """Group, metric, floor and score of all that is below its floor; a metric that is gone has score 0."""
        return [
            (group, metric, floor, self.values[group].get(metric, 0.0))
            for group in self.values
            for metric, floor in self.floors.get(group, {}).items()
            if self.values[group].get(metric, 0.0) < floor
        ]


def gather(seeds: Path, texts: Iterable[str | Path] = ()) -> tuple[list[Case], list[str]]:
    """All annotated articles below ``seeds`` with their texts, and the ids of those whose text was not found.

    The text of ``NAME.gold.json`` is ``NAME.txt`` beside it, else the one with its checksum among ``texts``.
    Raises ConfigError where the text beside the gold is not the one that was annotated.
    """
    golds = load_gold(seeds)
    beside: dict[str, Article] = {}
    for path, gold in golds:
        text = path.with_name(path.name.removesuffix(".gold.json") + ".txt")
        if text.exists():
            article = next(read(text))
            if isinstance(article, InputError):
                raise ConfigError(str(article))
            if gold.doc.sha256 and sha256(article.text) != gold.doc.sha256:
                raise ConfigError(f"{text}: the text has changed since it was annotated; its sha256 is not the gold's")
            beside[gold.doc.id] = article
    missing = [gold for _, gold in golds if gold.doc.id not in beside]
    elsewhere = (article for article in (read(*texts) if missing else ()) if isinstance(article, Article))
    found = beside | match_texts(missing, elsewhere)
    cases = []
    for path, gold in golds:
        if gold.doc.id in found:
            folder = path.parent.relative_to(seeds).as_posix()
            given = gold.doc.published
            article = replace(
                found[gold.doc.id], id=gold.doc.id, published=given, published_basis="given" if given else "none"
            )
            cases.append(Case("seeds" if folder == "." else folder, path, gold, article))
    return cases, [gold.doc.id for _, gold in golds if gold.doc.id not in found]


def judge(cases: Iterable[Case], records: dict[str, ArticleRecord], skipped: list[str], baseline: Baseline) -> Verdict:
    """Score all cases and compare them with the baseline."""
    verdict = Verdict(floors=baseline.floors, skipped=skipped)
    groups: dict[str, Scores] = {}
    for case in cases:
        name = case.gold.doc.id
        scores = score_article(case.gold, case.article.text, records.get(name))
        groups.setdefault(case.group, Scores()).add(scores)
        now = verdict.articles[name] = _rounded(scores)
        before = baseline.articles.get(name)
        verdict.faults[name] = scores.faults
        if before is not None:
            changed = {m: (before.get(m, 0.0), now.get(m, 0.0)) for m in METRICS if before.get(m) != now.get(m)}
            if changed:
                verdict.changes[name] = changed
    verdict.values = {group: _rounded(scores) for group, scores in groups.items()}
    return verdict


def updated(verdict: Verdict, baseline: Baseline) -> Baseline:
    """The baseline that the scores of today would set."""
    return Baseline(baseline.floors | verdict.values, baseline.articles | verdict.articles)


def _rounded(scores: Scores) -> dict[str, float]:
    """Scores to three places, rounded down, so that a floor is never above what it was made from."""
    values = scores.values()
    return {metric: int(values[metric] * 1000 + 1e-9) / 1000 for metric in METRICS if metric in values}


# -- telling ---------------------------------------------------------------------------------------------------------


def report(verdict: Verdict, form: Format) -> str:
    """The verdict for a terminal, for the annotations of GitHub Actions, or as a JUnit file."""
    return {"text": _text, "github": _github, "junit": _junit}[form](verdict)


def _moves(changed: dict[str, tuple[float, float]]) -> str:
    return ", ".join(f"{metric} {before:.3f} → {now:.3f}" for metric, (before, now) in changed.items())


def _text(verdict: Verdict) -> str:
    lines = []
    for group, values in verdict.values.items():
        lines.append(f"{group:16} {'score':>7} {'floor':>7}")
        for metric, value in values.items():
            floor = verdict.floors.get(group, {}).get(metric)
            mark = "" if floor is None or value == floor else "  above" if value > floor else "  BELOW"
            lines.append(f"  {metric:14} {value:7.3f} {'–' if floor is None else f'{floor:.3f}':>7}{mark}")
        gone = [metric for metric in verdict.floors.get(group, {}) if metric not in values]
        lines += [f"  {metric:14} {'none':>7} {verdict.floors[group][metric]:7.3f}  BELOW" for metric in gone]
    for name, changed in verdict.changes.items():
        lines.append(f"changed: {name}: {_moves(changed)}")
        if any(now < before for before, now in changed.values()):
            lines += [f"    {fault.removeprefix(f'{name}: ')}" for fault in verdict.faults[name]]
    if verdict.skipped:
        lines.append(f"skipped, for want of their text (--texts): {', '.join(verdict.skipped)}")
    below = len(verdict.below)
    lines.append(f"{below} below the floor" if below else f"{len(verdict.articles)} articles, none below the floor")
    return "\n".join(lines)


def _github(verdict: Verdict) -> str:
    def command(level: str, message: str) -> str:
        return f"::{level} title=seeds::{message.replace('%', '%25').replace(chr(10), '%0A')}"

    lines = [
        command("error", f"{group}: {metric} is {value:.3f}, below its floor of {floor:.3f}")
        for group, metric, floor, value in verdict.below
    ]
    for name, changed in verdict.changes.items():
        worse = any(now < before for before, now in changed.values())
        lines.append(command("warning" if worse else "notice", f"{name}: {_moves(changed)}"))
    if verdict.skipped:
        lines.append(command("notice", f"skipped, for want of their text: {', '.join(verdict.skipped)}"))
    return "\n".join(lines or [command("notice", f"{len(verdict.articles)} articles, none below the floor")])


def _junit(verdict: Verdict) -> str:
    below = {(group, metric): (floor, value) for group, metric, floor, value in verdict.below}
    cases = []
    for group in verdict.values:
        for metric in verdict.floors.get(group, {}):
            open_tag = f"<testcase classname={quoteattr(group)} name={quoteattr(metric)}"
            if (group, metric) in below:
                floor, value = below[group, metric]
                message = quoteattr(f"{value:.3f} is below {floor:.3f}")
                faults = escape("\n".join(fault for faults in verdict.faults.values() for fault in faults))
                cases.append(f"{open_tag}><failure message={message}>{faults}</failure></testcase>")
            else:
                cases.append(f"{open_tag}/>")
    for name in verdict.skipped:
        cases.append(f'<testcase classname="articles" name={quoteattr(name)}><skipped message="no text"/></testcase>')
    for name, changed in verdict.changes.items():
        tag = f'<testcase classname="articles" name={quoteattr(name)}>'
        cases.append(f"{tag}<system-out>{escape(_moves(changed))}</system-out></testcase>")
    head = f'<testsuite name="seeds" tests="{len(cases)}" failures="{len(below)}" skipped="{len(verdict.skipped)}">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *cases, "</testsuite>"])
