"""Strict span F1 of a model: exact start, end and class.

usage: evaluate.py NAME [--model FOLDER [--lexicon]] [--window 160]

NAME is a training output (`build/NAME.safetensors`, float32 in PyTorch); with --model the exported one is scored, by
the package's own backend, and with --lexicon what the package makes of its names with the gazetteer. ANERcorp's dev part is scored by the head of its own classes, which does not ship.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import data
import numpy as np
import torch
from data import Document, Span
from network import ANER, MAX_CUT, NEWS, Tagger, bio, load_tagger
from settings import Settings
from tokenizers import Tokenizer

from kwus_extract.entities.backends import load_backend
from kwus_extract.entities.backends.embedded import decode, log_softmax, transitions
from kwus_extract.entities.backends.windows import cut
from kwus_extract.pipeline import load

Predict = Callable[[Document], list[Span]]


def predictor(net: Tagger, tokenizer: Tokenizer, window: int) -> Predict:
    """Names by a network in PyTorch, each document by the head of its classes."""

    def predict(document: Document) -> list[Span]:
        labels = bio(ANER if document.aner else NEWS)
        made = cut(document.text, tokenizer, pieces=window)
        scores, cuts = [], []
        with torch.inference_mode():
            for w in made.windows:
                ids = torch.from_numpy(w.ids)[None]
                first = torch.from_numpy(w.first)[None]
                words = net.encode(ids, torch.tensor([ids.shape[1]]), first, torch.tensor([first.shape[1]]))
                scores.append(log_softmax((net.aner if document.aner else net.news)(words).numpy()))
                outside = np.eye(1, MAX_CUT + 1, dtype=np.float32).repeat(len(words), 0)
                cuts.append(outside if document.aner else net.cut(words).numpy())
        if not scores:
            return []
        spans = decode(made, np.concatenate(scores), np.concatenate(cuts), labels, transitions(labels))
        return [(s.start, s.end, s.label) for s in spans]

    return predict


def settled() -> Predict:
    """Names as the pipeline settles them: the shipped model's with those of the lexicon."""
    nlp = load()

    def predict(document: Document) -> list[Span]:
        doc = nlp(document.text)
        if doc._.reading is None:
            return []
        words, names = doc._.reading.words, doc._.reading.resolver.names
        return [(words.starts[n.first], words.ends[n.last - 1], n.label) for n in names]

    return predict


def scores(gold: list[list[Span]], found: list[list[Span]]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of each class and of all, in per cent, with the number of names."""
    right: Counter[str] = Counter()
    there: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for g, f in zip(gold, found, strict=True):
        for spans, counter in ((set(g), there), (set(f), said), (set(g) & set(f), right)):
            for span in spans:
                counter[span[2]] += 1
                counter["all"] += 1
    table = {}
    for kind in [*sorted(set(there) - {"all"}, key=lambda k: -there[k]), "all"]:
        p, r = right[kind] / max(said[kind], 1), right[kind] / max(there[kind], 1)
        f1 = 2 * right[kind] / max(said[kind] + there[kind], 1)
        table[kind] = {"p": 100 * p, "r": 100 * r, "f1": 100 * f1, "names": there[kind]}
    return table


def score(documents: list[Document], predict: Predict) -> dict[str, dict[str, float]]:
    """The table of one set of documents."""
    return scores([d.spans for d in documents], [predict(d) for d in documents])


def test_sets(s: Settings, texts: dict[str, str]) -> dict[str, list[Document]]:
    """The sets that are scored and never trained on."""
    sets = {"news, first 64": data.annotated([s.standoff], texts, "test")}
    if s.annotation.exists():
        sets["news, ours"] = data.annotated([s.annotation], texts, "test")
        sets["news"] = sets["news, first 64"] + sets["news, ours"]
    sets["anercorp dev"] = list(data.aner_documents(s.aner_dev))
    return sets


def shown(name: str, table: dict[str, dict[str, float]]) -> str:
    """A table as lines of text."""
    head = f"{name:16}" + " ".join(f"{k} {v['f1']:.1f} ({v['names']})" for k, v in table.items())
    return f"{head}  P {table['all']['p']:.1f} R {table['all']['r']:.1f}"


def main() -> None:
    """Score and write `build/NAME.scores.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--lexicon", action="store_true")
    parser.add_argument("--window", type=int)
    options = parser.parse_args()
    s = Settings.load()
    sets = test_sets(s, data.news_texts(s))
    if options.model:
        backend = load_backend("embedded", path=options.model, threads=s.training["threads"])
        del sets["anercorp dev"]

        def named(document: Document) -> list[Span]:
            return [(x.start, x.end, x.label) for x in backend.spans([document.text])[0]]

        predict = settled() if options.lexicon else named
    else:
        torch.set_num_threads(s.training["threads"])
        net = load_tagger(s.build / f"{options.name}.safetensors").eval()
        tokenizer = Tokenizer.from_file(str(s.build / "tokenizer.json"))
        predict = predictor(net, tokenizer, options.window or s.training["window"])
    tables = {}
    for name, documents in sets.items():
        tables[name] = score(documents, predict)
        print(shown(name, tables[name]), flush=True)
    suffix = f".int8{'.lexicon' if options.lexicon else ''}" if options.model else ""
    (s.build / f"{options.name}{suffix}.scores.json").write_text(json.dumps(tables, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
