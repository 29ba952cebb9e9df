"""Fit the confidence of events to gold, and say how far it holds on gold that was not learnt from.

usage: calibrate.py --learn FOLDER... --measure FOLDER --texts FILE... [--ner NAME] [--write]

FOLDERs hold *.gold.json, FILEs the texts by id. Needs scikit-learn. With --write the weights go to the package.
"""

import argparse
from pathlib import Path

import yaml

import kwus_extract as kx
from kwus_extract.errors import InputError
from kwus_extract.evaluate import score
from kwus_extract.events.confidence import features, log_odds
from kwus_extract.io.gold import load_gold, match_texts
from kwus_extract.io.read import read
from kwus_extract.pipeline import read_article
from kwus_extract.records import Event
from kwus_extract.resources import parse

WEIGHTS = Path(kx.__file__).parent / "rules" / "confidence.yaml"


def judged(folders: list[Path], texts: list[Path], ner: str) -> list[tuple[dict[str, float], bool]]:
    """The features of the events that are found in the articles of some gold, each with whether the gold has it."""
    golds = [gold for folder in folders for _, gold in load_gold(folder)]
    articles = match_texts(golds, (a for a in read(*texts) if not isinstance(a, InputError)))
    nlp = kx.load(ner=ner)
    found = []
    for gold in (g for g in golds if g.doc.id in articles):
        article = articles[gold.doc.id]
        doc = read_article(nlp, article)
        record = doc._.record
        chances = {e.id: c.chance for e, c in zip(record.events, doc._.events.clusters, strict=True)}
        for event, right in score([gold], {gold.doc.id: article.text}, {gold.doc.id: record}).judged:
            found.append((known(event, chances[event.id]), right))
    return found


def known(event: Event, chance: float | None) -> dict[str, float]:
    """The features of an event as its record gives them, and the network's chance."""
    roles = dict(event.roles)
    names = features(
        event.type, event.rule, roles, len(event.triggers), dated=event.date is not None, status=event.status
    )
    return dict.fromkeys(names, 1.0) | ({} if chance is None else {"log odds": log_odds(chance)})


def main() -> None:
    """Fit, print the reliability table, write."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learn", type=Path, nargs="+", required=True)
    parser.add_argument("--measure", type=Path, required=True)
    parser.add_argument("--texts", type=Path, nargs="+", required=True)
    parser.add_argument("--ner", default="embedded", help="another NER backend is the way to fit the rules alone")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    learnt, measured = (judged(f, options.texts, options.ner) for f in (options.learn, [options.measure]))
    vectors = DictVectorizer()
    x = vectors.fit_transform([features for features, _ in learnt])
    model = LogisticRegression(C=0.3, max_iter=1000).fit(x, [right for _, right in learnt])
    chances = model.predict_proba(vectors.transform([features for features, _ in measured]))[:, 1]
    print(f"learnt from {len(learnt)} events, measured on {len(measured)}\n\n| said | events | mean | right |")
    print("| --- | ---: | ---: | ---: |")
    for low, high in ((0, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1)):
        part = [(c, right) for c, (_, right) in zip(chances, measured, strict=True) if low <= c < high]
        if part:
            said, held = (sum(column) / len(part) for column in zip(*part, strict=True))
            print(f"| {low:.1f}–{high:.1f} | {len(part)} | {said:.2f} | {held:.2f} |")
    if options.write:
        rows = zip(vectors.feature_names_, model.coef_[0], strict=True)
        table = parse(WEIGHTS.read_text(encoding="utf-8"), dict[str, dict[str, float]], name=WEIGHTS.name)
        table["network" if "log odds" in vectors.feature_names_ else "rules"] = {
            "bias": round(float(model.intercept_[0]), 2),
            **{name: round(float(weight), 2) for name, weight in rows},
        }
        head = "# Weights of the confidence of events, fitted by benchmarks/calibrate.py.\n"
        WEIGHTS.write_text(head + yaml.safe_dump(table, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main()
