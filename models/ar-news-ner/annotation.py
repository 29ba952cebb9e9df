"""The project's own annotation: spans without texts, made from readers' lists of names, shown with the texts put back.

usage: annotation.py add --test IDS.json LISTS.jsonl...     lists of names into annotation/spans.jsonl
       annotation.py merge SPANS.jsonl...                   spans that readers corrected, as further training articles
       annotation.py show [--split test] [ID...]            articles with their names in brackets
       annotation.py question NAME [--split train]          where the model NAME and the annotation disagree

Lists are those of `name_spans.py` beside the shared data:
{"id", "entities": [[string, class], ...], "exceptions": [[string, n, class or null], ...]}.
Spans to merge are rows of this annotation without the split: {"id", "sha256", "stratum", "spans"}.
A model questions only what it was not trained on: train it first, add the articles after.
"""

import argparse
import hashlib
import importlib.util
import json
from pathlib import Path

import data
import torch
from data import Document
from evaluate import predictor
from network import load_tagger
from settings import Settings
from tokenizers import Tokenizer


def add(s: Settings, lists: list[Path], test: set[str], strata: dict[str, str]) -> None:
    """Write the spans of all lists, sorted by id."""
    script = s.standoff.parents[2] / "annotation" / "name_spans.py"
    source = importlib.util.spec_from_file_location("name_spans", script)
    assert source
    assert source.loader
    name_spans = importlib.util.module_from_spec(source)
    source.loader.exec_module(name_spans)
    texts = data.news_texts(s)
    rows = {}
    for path in lists:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = texts[row["id"]]
            spans, missing = name_spans.spans(text, row["entities"], row.get("exceptions", ()))
            for name in missing:
                print(f"{row['id']}: not a whole word of the text: {name!r}")
            rows[row["id"]] = {
                "id": row["id"],
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "split": "test" if row["id"] in test else "train",
                "stratum": strata.get(row["id"], "any"),
                "spans": spans,
            }
    write(s, rows)


def merge(s: Settings, paths: list[Path]) -> None:
    """Add corrected articles to the training part; an article that is there already keeps its split."""
    rows = {r["id"]: r for r in map(json.loads, s.annotation.read_text(encoding="utf-8").splitlines())}
    texts = data.news_texts(s)
    for path in paths:
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            if hashlib.sha256(texts[row["id"]].encode()).hexdigest() != row["sha256"]:
                raise ValueError(f"{row['id']}: the corpus holds another text than the one annotated")
            split = rows.get(row["id"], {}).get("split", "train")
            rows[row["id"]] = {
                **{k: row[k] for k in ("id", "sha256")},
                "split": split,
                **{k: row[k] for k in ("stratum", "spans")},
            }
    write(s, rows)


def write(s: Settings, rows: dict[str, dict[str, object]]) -> None:
    """Write the annotation, sorted by id."""
    s.annotation.parent.mkdir(exist_ok=True)
    with s.annotation.open("w", encoding="utf-8") as out:
        for _, row in sorted(rows.items()):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{len(rows)} articles, {sum(len(r['spans']) for r in rows.values())} names")  # type: ignore[arg-type]


def bracketed(document: Document) -> str:
    """The text with each name in brackets, its class behind."""
    parts, at = [], 0
    for start, end, kind in sorted(document.spans):
        parts += [document.text[at:start], "[", document.text[start:end], "]", kind]
        at = end
    return "".join([*parts, document.text[at:]])


def questions(documents: list[Document], s: Settings, name: str) -> list[dict[str, object]]:
    """One row for each name that only one side has, with the words around it."""
    net = load_tagger(s.build / f"{name}.safetensors").eval()
    predict = predictor(net, Tokenizer.from_file(str(s.build / "tokenizer.json")), s.training["window"])
    rows: list[dict[str, object]] = []
    for document in documents:
        gold, found = set(document.spans), set(predict(document))
        for side, spans in (("annotation", gold - found), ("model", found - gold)):
            for start, end, kind in spans:
                around = document.text[max(0, start - 60) : start] + "[" + document.text[start:end] + "]"
                around += document.text[end : end + 60]
                rows.append({"id": document.id, "side": side, "span": [start, end, kind], "context": around})
    return sorted(rows, key=lambda r: (str(r["id"]), r["span"][0]))  # type: ignore[index]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add")
    adding.add_argument("--test", type=Path, required=True, help="JSON list of the ids of the test part")
    adding.add_argument("--strata", type=Path, nargs="*", default=[], help="JSON lines with id and stratum")
    adding.add_argument("lists", type=Path, nargs="+")
    merging = commands.add_parser("merge")
    merging.add_argument("spans", type=Path, nargs="+")
    showing = commands.add_parser("show")
    showing.add_argument("--split", default="train")
    showing.add_argument("ids", nargs="*")
    asking = commands.add_parser("question")
    asking.add_argument("--split", default="train")
    asking.add_argument("name")
    options = parser.parse_args()
    s = Settings.load()
    if options.command == "add":
        rows = [json.loads(line) for p in options.strata for line in p.read_text(encoding="utf-8").splitlines()]
        strata = {r["id"]: r["stratum"] for r in rows}
        add(s, options.lists, set(json.loads(options.test.read_text(encoding="utf-8"))), strata)
        return
    if options.command == "merge":
        merge(s, options.spans)
        return
    documents = data.annotated([s.annotation], data.news_texts(s), options.split)
    if options.command == "show":
        for document in documents:
            if not options.ids or document.id in options.ids:
                print(f"### {document.id} ({document.stratum})\n{bracketed(document)}\n")
        return
    torch.set_num_threads(s.training["threads"])
    for row in questions(documents, s, options.name):
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
