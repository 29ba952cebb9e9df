"""Write README.md, the model card, from what training and scoring left in the build folder.

usage: card.py NAME [--beside NAME:TITLE ...]       other trained models for the table of what each source brought
"""

import argparse
import json
from pathlib import Path
from string import Template
from typing import Any

from settings import HERE, Settings, sha256_of

Tables = dict[str, dict[str, dict[str, float]]]


def read(path: Path) -> Any:
    """A JSON file, or nothing when it is not there."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def scored(tables: Tables) -> str:
    """Sets by classes: F1, with the number of names."""
    kinds = ["PER", "ORG", "LOC", "FAC", "MISC", "all"]
    lines = [f"| set | {' | '.join(kinds)} |", "| --- |" + " ---: |" * len(kinds)]
    for name, table in tables.items():
        cells = [f"{table[k]['f1']:.1f} ({table[k]['names']:.0f})" if k in table else "" for k in kinds]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def compared(rows: list[tuple[str, Tables]]) -> str:
    """Models by sets: F1 over all classes."""
    sets = ["news, first 64", "news, ours", "news", "anercorp dev"]
    lines = [f"| model | {' | '.join(sets)} |", "| --- |" + " ---: |" * len(sets)]
    for title, tables in rows:
        cells = [f"{tables[k]['all']['f1']:.1f}" if k in tables else "" for k in sets]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Fill the template."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--beside", nargs="*", default=[], metavar="NAME:TITLE")
    options = parser.parse_args()
    s = Settings.load()
    plain, quantised = (read(s.build / f"{options.name}{x}.scores.json") for x in ("", ".int8"))
    manifest, speed = read(s.build / f"{options.name}.json"), read(s.build / "speed.json") or {}
    lexicon = read(s.build / f"{options.name}.int8.lexicon.scores.json")
    beside = [x.split(":", 1) for x in options.beside]
    rows = [(title, read(s.build / f"{name}.scores.json")) for name, title in beside]
    rows += [
        (title, tables)
        for title, tables in (("float32", plain), ("int8, as shipped", quantised), ("with the lexicon", lexicon))
        if tables
    ]
    aner = {"anercorp dev, float32, its own head": plain["anercorp dev"]} if plain else {}
    annotation = [json.loads(line) for line in s.annotation.read_text(encoding="utf-8").splitlines()]
    template = Template((HERE / "card.md").read_text(encoding="utf-8"))
    card = template.substitute(
        scores=scored(quantised | aner),
        comparison=compared(rows),
        reading=s.training["reading"],
        layers=read(HERE / "model" / "labels.json")["layers"],
        megabytes=f"{sum(f.stat().st_size for f in (HERE / 'model').iterdir()) / 1e6:.0f}",
        ours=len(annotation),
        ours_names=f"{sum(len(r['spans']) for r in annotation):,}",
        ours_test=sum(r["split"] == "test" for r in annotation),
        articles=manifest["articles"],
        history="\n".join(history(s, options.name)),
        settings=", ".join(f"{k} {v}" for k, v in manifest["training"].items()),
        sums="\n".join(f"| `{k}` | `{v}` |" for k, v in manifest["sha256"].items()),
        model=sha256_of(HERE / "model" / "model.onnx"),
        speed=", ".join(f"{k.replace('_', ' ')} {v}" for k, v in speed.items()) or "not measured",
    )
    (HERE / "README.md").write_text(card, encoding="utf-8")


def history(s: Settings, name: str) -> list[str]:
    """The trainings that led to a model, the first one first."""
    manifest = read(s.build / f"{name}.json")
    if not manifest:
        return []
    line = f"- `{name}`: from `{manifest['start']}`, {manifest['articles']} articles, "
    line += f"{manifest['pieces']:,} pieces"
    return [*history(s, manifest["start"]), line]


if __name__ == "__main__":
    main()
