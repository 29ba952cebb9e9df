"""Fit the last heads: which mentions are of one event, who fills its roles once they are known, how sure all that is.

usage: second.py NAME [--out FILE]

They weigh what the network says, so they learn from articles that the network NAME was not trained on: those of the
split `later`. Writes `build/second.npz`, which publish.py puts beside the network's own heads, and the table `network` of
`rules/confidence.yaml`; prints how well the confidence holds on the split `test`.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import data
import numpy as np
from data import Source
from publish import publish

from kwus_extract.evaluate import same
from kwus_extract.events.assemble import Assembler
from kwus_extract.events.component import ArticleEvents
from kwus_extract.events.confidence import log_odds, said
from kwus_extract.events.coreference import TWINS, twin
from kwus_extract.events.filling import EVIDENCE, FILLS, evidence
from kwus_extract.events.frames import Frame
from kwus_extract.events.judgement import Judgement
from kwus_extract.events.merge import Cluster
from kwus_extract.events.model import EventModel, link_of
from kwus_extract.events.rules import TYPES, index
from kwus_extract.models import ModelFolder

sys.path.append(str(data.HERE.parents[1] / "benchmarks"))

from calibrate import write

RULED = 2.8  # added to the weight of the rules' own sum: it holds in long articles, of which few are annotated
JOINED = 0.6  # added to the log odds of being one event: an event told twice is wrong twice


class Reading:
    """One article as the first network reads it, with its annotation."""

    def __init__(self, source: Source, article: ArticleEvents, judgement: Judgement, frames: list[Frame]) -> None:
        self.source = source
        self.article = article
        self.judgement = judgement
        self.frames = frames

    def events(self, frame: Frame) -> list[int]:
        """The numbers of the annotated events that a frame is a mention of."""
        start, end = self.article.w.starts[frame.first], self.article.w.ends[frame.last - 1]
        return [
            n
            for n, told in enumerate(self.source.events)
            if told.type == frame.type and any(a < end and start < b for a, b in told.triggers)
        ]


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


def twins(reading: Reading) -> list[tuple[str, list[float], bool]]:
    """Each mention against each event told before it, the mentions before grouped as annotated."""
    merger = reading.article.merger()
    clusters: dict[object, Cluster] = {}
    latest: dict[str, Cluster] = {}
    rows: list[tuple[str, list[float], bool]] = []
    for frame in reading.frames:
        own = reading.events(frame)
        told = {k: c for k, c in clusters.items() if c.type == frame.type}
        if own:
            for k, c in told.items():
                rows.append((frame.type, twin(merger, c, frame, list(told.values()), latest.get(frame.type)), k in own))
        at: object = next((n for n in own if n in clusters), own[0] if own else id(frame))
        cluster = clusters.setdefault(at, Cluster())
        merger.take(cluster, frame)
        latest[frame.type] = cluster
    return rows


def fillers(reading: Reading, model: EventModel) -> list[tuple[list[float], int]]:
    """Each possible filler of each event found, with the number of its link."""
    article, source = reading.article, reading.source
    strings = Assembler(article.doc)
    rows = []
    clusters = article.merger(model.same).merge(reading.frames)
    own: dict[int, int | None] = {}
    for cluster in clusters:
        numbers = [n for frame in cluster.frames for n in reading.events(frame)]
        own[id(cluster)] = max(set(numbers), key=numbers.count) if numbers else None
    for e in evidence(clusters, article.key):
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


def events(reading: Reading, model: EventModel) -> list[tuple[dict[str, float], bool]]:
    """The events found, as the confidence sees them, and whether the annotation has each; one told twice is wrong once."""
    clusters = reading.article.merger(model.same).merge(reading.frames)
    reading.judgement.fill(clusters, reading.article.key)
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


def fit_confidence(model: EventModel, later: list[Reading]) -> None:
    """Write the weights of the confidence, and print how well it holds."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    learnt = [row for reading in later for row in events(reading, model)]
    vectors = DictVectorizer()
    x = vectors.fit_transform([known for known, _ in learnt])
    fitted = LogisticRegression(C=0.3, max_iter=2000).fit(x, [right for _, right in learnt])
    weights = {"bias": float(fitted.intercept_[0]), **dict(zip(vectors.feature_names_, fitted.coef_[0], strict=True))}
    write("network", {name: float(weight) for name, weight in weights.items()})
    measured = [row for reading in readings(model, "test") for row in events(reading, model)]
    chances = fitted.predict_proba(vectors.transform([known for known, _ in measured]))[:, 1]
    print(f"confidence: {len(learnt)} events learnt from, measured on {len(measured)}: said, events, mean, right")
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1)):
        part = [(c, right) for c, (_, right) in zip(chances, measured, strict=True) if low <= c < high]
        if part:
            said, held = (sum(column) / len(part) for column in zip(*part, strict=True))
            print(f"| {low:.1f}–{high:.1f} | {len(part)} | {said:.2f} | {held:.2f} |")


def main() -> None:
    """Read the command line, fit, write."""
    from sklearn.linear_model import LogisticRegression

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--out", type=Path, default=data.HERE / "build" / "second.npz")
    options = parser.parse_args()
    heads: dict[str, np.ndarray] = {}
    with tempfile.TemporaryDirectory() as folder:
        publish(data.HERE / "build" / f"{options.name}.pt", Path(folder))
        model = EventModel(ModelFolder(Path(folder)))
    later = readings(model, "later")

    rows = [row for reading in later for row in twins(reading)]
    x = np.array([features for _, features, _ in rows])
    kinds = np.array([[kind == t for t in TYPES] for kind, _, _ in rows], dtype=float)
    crossed = np.concatenate([x, *(x * kinds[:, [k]] for k in range(len(TYPES)))], axis=1)
    fitted = LogisticRegression(C=0.03, max_iter=3000).fit(crossed, [right for _, _, right in rows])
    parts = fitted.coef_[0].reshape(1 + len(TYPES), len(TWINS))
    weights = parts[0] + parts[1:]
    weights[:, TWINS.index("total")] += RULED
    heads["twin.weight"], heads["twin.bias"] = weights, np.full(len(TYPES), fitted.intercept_[0] + JOINED)
    print(
        f"{len(later)} articles, {len(rows)} pairs of an event and a mention, {fitted.score(crossed, [r for _, _, r in rows]):.3f} right"
    )
    model.learn(heads)

    found = [row for reading in later for row in fillers(reading, model)]
    x, y = np.array([features for features, _ in found]), np.array([link for _, link in found])
    assert x.shape[1] == len(EVIDENCE)
    assert set(y) == set(range(len(FILLS)))
    fitted = LogisticRegression(C=0.3, max_iter=4000).fit(x, y)
    heads["fill.weight"], heads["fill.bias"] = fitted.coef_, fitted.intercept_
    print(f"{len(found)} possible fillers, {fitted.score(x, y):.3f} right")
    model.learn({k: v.astype(np.float32) for k, v in heads.items()})
    fit_confidence(model, later)
    np.savez(options.out, **{k: v.astype(np.float32) for k, v in heads.items()})  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
