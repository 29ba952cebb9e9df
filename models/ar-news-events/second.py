"""Fit the last heads: which mentions are of one event, who fills its roles once they are known, how sure all that is.

usage: second.py NAME:SPLIT... [--out FILE]

They weigh what a network says, so they learn from articles that the network NAME was not trained on: those of SPLIT. A
network that has seen more says it surer, as the one that ships does: of several each is asked of its own split. Writes
`build/second.npz`, which publish.py puts beside the network's own heads, and the table `network` of
`rules/confidence.yaml`; prints how well the confidence holds on the split `test`.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import data
import numpy as np
import torch
from data import Source, Told
from numpy.typing import NDArray
from publish import publish
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from train import of_one_or_none

from kwus_extract.evaluate import same
from kwus_extract.events.assemble import Assembler
from kwus_extract.events.calendar import DAYS, days
from kwus_extract.events.component import ArticleEvents
from kwus_extract.events.confidence import log_odds, said
from kwus_extract.events.coreference import TWINS, twins
from kwus_extract.events.filling import EVIDENCE, FILLS, evidence
from kwus_extract.events.frames import Frame
from kwus_extract.events.judgement import Judgement
from kwus_extract.events.merge import Cluster, likeliest
from kwus_extract.events.model import EventModel, link_of
from kwus_extract.events.rules import index
from kwus_extract.models import ModelFolder

sys.path.append(str(data.HERE.parents[1] / "benchmarks"))

from calibrate import write

NETS, BENT, EPOCHS = 3, 64, 20  # small networks averaged, hidden units of each, times they see all

Heads = dict[str, NDArray[np.float32]]
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


class Reading:
    """One article as a network that has not seen it reads it, with its annotation."""

    def __init__(self, source: Source, article: ArticleEvents, judgement: Judgement, frames: list[Frame]) -> None:
        self.source = source
        self.article = article
        self.judgement = judgement
        self.model = judgement.model
        self.frames = frames

    def events(self, frame: Frame) -> list[int]:
        """The numbers of the annotated events that a frame is a mention of."""
        start, end = self.article.w.starts[frame.first], self.article.w.ends[frame.last - 1]
        return [
            n
            for n, told in enumerate(self.source.events)
            if told.type == frame.type and any(a < end and start < b for a, b in told.triggers)
        ]

    def event(self, cluster: Cluster) -> int | None:
        """The annotated event that most of an event's mentions are of."""
        numbers = [n for frame in cluster.frames for n in self.events(frame)]
        return max(set(numbers), key=numbers.count) if numbers else None

    def told(self, cluster: Cluster) -> Told | None:
        """The same with all that is annotated of it; None where it is optional."""
        number = self.event(cluster)
        told = None if number is None else self.source.events[number]
        return None if told is None or told.optional else told


def network(name: str) -> EventModel:
    """A network that train.py wrote, as it would ship."""
    with tempfile.TemporaryDirectory() as folder:
        publish([data.HERE / "build" / f"{name}.pt"], Path(folder))
        return EventModel(ModelFolder(Path(folder)))


def readings(model: EventModel, split: str) -> list[Reading]:
    """All articles of a split."""
    nlp = data.Reader().nlp
    found = []
    for source in data.sources(split):
        doc = nlp.make_doc(source.text)
        doc._.published = source.published or None
        doc = nlp(doc)
        if doc._.reading is None:
            continue
        article = ArticleEvents(doc, doc._.reading, index())
        article.read()
        sheet = article.sheet(model.encoder)
        if sheet is not None:
            judgement = article.judgement(model, sheet)
            found.append(Reading(source, article, judgement, judgement.judge(article.frames)))
    return found


def joinings(reading: Reading, *, learnt: bool = False) -> list[tuple[list[list[float]], list[bool]]]:
    """Each mention against the events told before it, and which of them it is of; they are grouped as annotated or as learnt."""
    merger = reading.article.merger(reading.model)
    rows = []

    def choose(frame: Frame, told: list[Cluster], latest: Cluster | None) -> Cluster | None:
        if not told:
            return None
        own = reading.events(frame)
        features = twins(merger, frame, told, latest)
        of = [reading.event(c) in own for c in told]
        if own:
            rows.append((features, of))
        best = likeliest(reading.model.same(features)) if learnt else of.index(True) if True in of else None
        return None if best is None else told[best]

    merger.merge(reading.frames, choose)
    return rows


def fit(name: str, items: list[tuple[list[list[float]], list[int]]], size: int, loss_of: Loss, batch: int) -> Heads:
    """A small network that sees its features straight and bent: the average of several, as the heads `NAME1` and `NAME2`.

    Of each item it scores the rows; ``loss_of`` takes the scores (rows, size), the number of each row's item, and the labels.
    """
    x = np.array([row for rows, _ in items for row in rows], dtype=np.float32)
    labels = torch.tensor([label for _, right in items for label in right])
    firsts = np.cumsum([0, *(len(right) for _, right in items)])
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-3
    z = torch.from_numpy((x - mean) / spread)
    bents, outs = [], []
    for seed in range(NETS):
        torch.manual_seed(seed)
        bent, out, drop = nn.Linear(x.shape[1], BENT), nn.Linear(BENT + x.shape[1], size), nn.Dropout(0.4)
        optimiser = torch.optim.AdamW([*bent.parameters(), *out.parameters()], lr=2e-3, weight_decay=0.01)
        steps = [s for _ in range(EPOCHS) for s in torch.randperm(len(items)).split(batch)]
        schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, len(steps))
        for step in steps:
            rows = [range(firsts[i], firsts[i + 1]) for i in step.tolist()]
            at = torch.tensor([i for some in rows for i in some])
            of = torch.tensor([n for n, some in enumerate(rows) for _ in some])
            seen = z[at]
            scores = out(torch.cat([drop(torch.relu(bent(drop(seen)))), seen], 1))
            loss = loss_of(scores, of, labels[at]).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        bents.append((bent.weight.detach().numpy(), bent.bias.detach().numpy()))
        outs.append((out.weight.detach().numpy() / NETS, out.bias.detach().numpy() / NETS))
    bend = np.concatenate([w for w, _ in bents]) / spread
    straight = sum(w[:, BENT:] for w, _ in outs) / spread
    return {
        f"{name}1.weight": bend,
        f"{name}1.bias": np.concatenate([b for _, b in bents]) - bend @ mean,
        f"{name}2.weight": np.concatenate([*(w[:, :BENT] for w, _ in outs), straight], axis=1),
        f"{name}2.bias": sum(b for _, b in outs) - straight @ mean,
    }


def chosen(scores: Tensor, of: Tensor, right: Tensor) -> Tensor:
    """The loss of choosing among the rows of an item, which have one score each."""
    return of_one_or_none(scores[:, 0], of, right)


def fillers(reading: Reading) -> list[tuple[list[float], int]]:
    """Each possible filler of each event found, with the number of its link."""
    article, source = reading.article, reading.source
    strings = Assembler(article.doc)
    rows = []
    merger = article.merger(reading.model)
    clusters = merger.merge(reading.frames)
    own = {id(cluster): reading.event(cluster) for cluster in clusters}
    for e in evidence(clusters, merger):
        number = own[id(e.cluster)]
        told = source.events[number] if number is not None else None
        if told and told.optional:
            continue
        link = "none"
        if told:
            names = set()
            for phrase in e.phrases:
                start, end = article.w.starts[phrase.head[0]], article.w.ends[phrase.head[1] - 1]
                names |= {source.text[start:end], strings.filler(phrase).text}
            links = [link_of(role) for role, forms in told.roles if any(same(n, forms) for n in names)]
            place = e.phrases[0].kind == "place"
            link = next((x for x in links if (x == "place") == place), links[0] if links else "none")
        rows.append((e.features, FILLS.index(link)))
    return rows


def judged(reading: Reading) -> list[Cluster]:
    """The events that the network finds, with their roles and, once that is learnt, their days."""
    merger = reading.article.merger(reading.model)
    clusters = merger.merge(reading.frames)
    reading.judgement.fill(clusters, merger)
    if "day1.weight" in reading.model.heads:
        reading.judgement.date(clusters, reading.article.calendar())
    return clusters


def dayings(reading: Reading, clusters: list[Cluster]) -> list[tuple[list[list[float]], list[bool]]]:
    """Each day that the article names for each event found, and which of them is the event's.

    Where none is, the first and the last day of the annotated ones: how long it takes is read by rule.
    """
    calendar = reading.article.calendar()
    rows = []
    for cluster, features in zip(clusters, days(clusters, calendar, reading.article.w), strict=True):
        told = reading.told(cluster)
        if told and features:
            right = set(told.dates) & calendar.numbers.keys() or {edge for d in told.dates for edge in d.split("/")}
            rows.append((features, [value in right for value in calendar.numbers]))
    return rows


def events(reading: Reading) -> list[tuple[dict[str, float], bool]]:
    """The events found, as the confidence sees them, and whether the annotation has each; one told twice is wrong once."""
    clusters = judged(reading)
    rows = []
    claimed: set[int] = set()
    for cluster in clusters:
        own = [n for frame in cluster.frames for n in reading.events(frame)]
        free = [n for n in own if n not in claimed]
        told = max(set(free), key=free.count) if free else None
        if told is not None:
            claimed.add(told)
            if reading.source.events[told].optional:
                continue
        assert cluster.chance is not None
        known = said(cluster)
        rows.append((dict.fromkeys(known, 1.0) | {"log odds": log_odds(cluster.chance)}, told is not None))
    return rows


def fit_confidence(later: list[Reading], kept: list[Reading]) -> None:
    """Write the weights of the confidence, and print how well it holds."""
    learnt = [row for reading in later for row in events(reading)]
    vectors = DictVectorizer()
    x = vectors.fit_transform([known for known, _ in learnt])
    fitted = LogisticRegression(C=0.3, max_iter=2000).fit(x, [right for _, right in learnt])
    weights = {"bias": float(fitted.intercept_[0]), **dict(zip(vectors.feature_names_, fitted.coef_[0], strict=True))}
    write("network", {name: float(weight) for name, weight in weights.items()})
    measured = [row for reading in kept for row in events(reading)]
    chances = fitted.predict_proba(vectors.transform([known for known, _ in measured]))[:, 1]
    print(f"confidence: {len(learnt)} events learnt from, measured on {len(measured)}: said, events, mean, right")
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1)):
        part = [(c, right) for c, (_, right) in zip(chances, measured, strict=True) if low <= c < high]
        if part:
            said, held = (sum(column) / len(part) for column in zip(*part, strict=True))
            print(f"| {low:.1f}–{high:.1f} | {len(part)} | {said:.2f} | {held:.2f} |")


def main() -> None:
    """Read the command line, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("asked", nargs="+", metavar="NAME:SPLIT")
    parser.add_argument("--out", type=Path, default=data.HERE / "build" / "second.npz")
    options = parser.parse_args()
    asked = [(network(name), split) for name, _, split in (each.partition(":") for each in options.asked)]
    models = [model for model, _ in asked]
    read = [reading for model, split in asked for reading in readings(model, split)]
    heads: Heads = {}

    def learn(more: Heads) -> None:
        heads.update(more)
        for model in models:
            model.learn(more)

    joined = [row for reading in read for row in joinings(reading)]
    assert len(joined[0][0][0]) == len(TWINS)
    learn(fit("twin", joined, 1, chosen, batch=64))
    # Learnt once more with the groups that it makes itself, wrong ones among them.
    grouped = [row for reading in read for row in joinings(reading, learnt=True)]
    learn(fit("twin", joined + grouped, 1, chosen, batch=64))
    print(f"{len(read)} articles, {len(joined)} mentions of a type told before")

    filled = [([features], [link]) for reading in read for features, link in fillers(reading)]
    assert len(filled[0][0][0]) == len(EVIDENCE)
    learn(fit("fill", filled, len(FILLS), lambda scores, _, right: cross_entropy(scores, right), batch=256))
    print(f"{len(filled)} possible fillers")
    dated = [row for reading in read for row in dayings(reading, judged(reading))]
    assert len(dated[0][0][0]) == len(DAYS)
    learn(fit("day", dated, 1, chosen, batch=64))
    print(f"{len(dated)} events to be dated")

    measured = readings(models[-1], "test")
    rows = [row for reading in measured for row in joinings(reading, learnt=True)]
    right = sum(
        of[best] if (best := likeliest(models[-1].same(features))) is not None else not any(of) for features, of in rows
    )
    print(f"{right / len(rows):.3f} of {len(rows)} mentions of the test joined as annotated")
    np.savez(options.out, **heads)  # type: ignore[arg-type]
    fit_confidence(read, measured)


if __name__ == "__main__":
    main()
