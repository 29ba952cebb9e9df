"""Fit the confidence of events that the rules alone find, and say how far it holds on gold that was not learnt from.

usage: calibrate.py --learn FOLDER... --measure FOLDER --texts FILE... --ner NAME [--write]

FOLDERs hold *.gold.json, FILEs the texts by id; NAME is a NER backend other than the embedded one, whose network judges
events too (`models/ar-news-events/second.py` fits their confidence). Needs scikit-learn. With --write the weights go to
the package.
"""

import argparse
from pathlib import Path

import yaml

import kwus_extract as kx
from kwus_extract.batch import process
from kwus_extract.errors import InputError
from kwus_extract.evaluate import score
from kwus_extract.events.confidence import features
from kwus_extract.io.gold import load_gold, match_texts
from kwus_extract.io.read import read
from kwus_extract.records import Event
from kwus_extract.resources import parse
from kwus_extract.settings import Settings

WEIGHTS = Path(kx.__file__).parent / "rules" / "confidence.yaml"


def judged(folders: list[Path], texts: list[Path], ner: str) -> list[tuple[Event, bool]]:
    """The events that are found in the articles of some gold, each with whether the gold has it."""
    golds = [gold for folder in folders for _, gold in load_gold(folder)]
    articles = match_texts(golds, (a for a in read(*texts) if not isinstance(a, InputError)))
    golds = [g for g in golds if g.doc.id in articles]
    records = {
        r.doc_id: r
        for r in process([articles[g.doc.id] for g in golds], settings=Settings(ner=ner))
        if not isinstance(r, InputError)
    }
    return score(golds, {k: a.text for k, a in articles.items()}, records).judged


def known(event: Event) -> list[str]:
    """The features of an event as its record gives them."""
    roles = dict(event.roles)
    return features(
        event.type, event.rule, roles, len(event.triggers), dated=event.date is not None, status=event.status
    )


def write(table: str, weights: dict[str, float]) -> None:
    """Put the weights of one table into the package."""
    tables = parse(WEIGHTS.read_text(encoding="utf-8"), dict[str, dict[str, float]], name=WEIGHTS.name)
    tables[table] = {name: round(weight, 2) for name, weight in weights.items()}
    head = "# Weights of the confidence of events, fitted by benchmarks/calibrate.py and models/ar-news-events/second.py.\n"
    WEIGHTS.write_text(head + yaml.safe_dump(tables, sort_keys=False), encoding="utf-8")


def main() -> None:
    """Fit, print the reliability table, write."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learn", type=Path, nargs="+", required=True)
    parser.add_argument("--measure", type=Path, required=True)
    parser.add_argument("--texts", type=Path, nargs="+", required=True)
    parser.add_argument("--ner", choices=["camel", "stanza", "spacy", "none"], required=True)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    learnt, measured = (judged(f, options.texts, options.ner) for f in (options.learn, [options.measure]))
    vectors = DictVectorizer()
    x = vectors.fit_transform([dict.fromkeys(known(e), 1) for e, _ in learnt])
    model = LogisticRegression(C=0.3, max_iter=1000).fit(x, [right for _, right in learnt])
    chances = model.predict_proba(vectors.transform([dict.fromkeys(known(e), 1) for e, _ in measured]))[:, 1]
    print(f"learnt from {len(learnt)} events, measured on {len(measured)}\n\n| said | events | mean | right |")
    print("| --- | ---: | ---: | ---: |")
    for low, high in ((0, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1)):
        part = [(c, right) for c, (_, right) in zip(chances, measured, strict=True) if low <= c < high]
        if part:
            said, held = (sum(column) / len(part) for column in zip(*part, strict=True))
            print(f"| {low:.1f}–{high:.1f} | {len(part)} | {said:.2f} | {held:.2f} |")
    if options.write:
        rows = zip(vectors.feature_names_, model.coef_[0], strict=True)
        write("rules", {"bias": float(model.intercept_[0]), **{name: float(weight) for name, weight in rows}})


if __name__ == "__main__":
    main()
