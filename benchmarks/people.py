"""How well people, their posts and organisations are found in the articles of `gold/people.jsonl`.

    python benchmarks/people.py ARTICLES... [--faults]

ARTICLES are JSON lines with ``id`` and ``text``, plain or gzipped: the two news corpora, and
`models/ar-news-events/annotation/written.jsonl`. `learn` is for mending errors (--faults lists them), `measure` for counting.
"""

import argparse
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

from kwus_extract.batch import process
from kwus_extract.errors import InputError
from kwus_extract.evaluate import score
from kwus_extract.io.gold import Gold, GoldDoc, GoldName, GoldPerson
from kwus_extract.io.read import Article

ANNOTATION = Path(__file__).parent / "gold" / "people.jsonl"
METRICS = ("people", "position", "organizations")


def texts_of(paths: list[Path]) -> dict[str, str]:
    """The texts of all files by id."""
    lines = [
        line
        for path in paths
        for line in (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).splitlines()
    ]
    return {article["id"]: article["text"] for article in map(json.loads, lines)}


def gold_of(row: dict[str, Any], text: str) -> Gold:
    """An annotated article with its strings in the place of their offsets."""
    if hashlib.sha256(text.encode()).hexdigest() != row["sha256"]:
        raise ValueError(f"{row['id']}: another text than the one annotated")

    def known(entry: dict[str, Any]) -> dict[str, Any]:
        return {"names": [text[a:b] for a, b in entry["names"]], "optional": entry.get("optional", False)}

    def post(entry: dict[str, Any]) -> str | None:
        return text[slice(*entry["position"])] if "position" in entry else None

    return Gold(
        doc=GoldDoc(id=row["id"], published=row["published"]),
        people=[GoldPerson(**known(e), position=post(e)) for e in row["people"]],
        organizations=[GoldName(**known(e)) for e in row["organizations"]],
        dates=[],
        events=[],
    )


def main() -> None:
    """Read the command line, extract, print the figures of each part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path, nargs="+")
    parser.add_argument("--faults", action="store_true", help="list what is wrong in `learn`")
    options = parser.parse_args()
    texts = texts_of(options.articles)
    rows = [json.loads(line) for line in ANNOTATION.read_text(encoding="utf-8").splitlines()]
    for split in ("learn", "measure"):
        golds = [gold_of(row, texts[row["id"]]) for row in rows if row["split"] == split]
        articles = [Article(id=g.doc.id, text=texts[g.doc.id], published=g.doc.published) for g in golds]
        records = {r.doc_id: r for r in process(articles) if not isinstance(r, InputError)}
        scores = score(golds, texts, records)
        values = scores.values()
        print(f"{split}: {len(golds)} articles, " + ", ".join(f"{name} {values[name]:.3f}" for name in METRICS))
        if options.faults and split == "learn":
            print("\n".join(f for f in scores.faults if any(word in f for word in METRICS)))


if __name__ == "__main__":
    main()
