"""Words per second of the dates stage beside dateparser's ``search_dates``, on the same articles in one run.

    python benchmarks/dates.py ARTICLES.jsonl.gz [--articles 2000]

ARTICLES is JSON lines with ``text`` and ``published``. Both run on one core, in this process, one after the other on the
same articles, with the day of publication to count from; dateparser is ``pip install dateparser``. Times are CPU seconds
of this process.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from kwus_extract.dates import find_dates

SEED = 20


def read_articles(path: Path, count: int) -> list[tuple[str, str]]:
    """``count`` articles of the file at random (with a fixed seed) as (text, day of publication)."""
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).decode().split("\n")
    articles = [json.loads(line) for line in lines if line.strip()]
    drawn = random.Random(SEED).sample(articles, min(count, len(articles)))
    return [(article["text"], article["published"]) for article in drawn]


def measure(name: str, find: Callable[[str, str], int], articles: list[tuple[str, str]]) -> float:
    """Run ``find`` over the articles and print what it did; gives words per second."""
    words = sum(len(text.split()) for text, _ in articles)
    begin = time.process_time()
    found = sum(find(text, published) for text, published in articles)
    seconds = time.process_time() - begin
    speed = words / seconds
    print(
        f"{name:13} {len(articles):5} articles {words:9,} words {found:6,} dates {seconds:7.2f} s {speed:8,.0f} words/s"
    )
    return speed


def ours(text: str, published: str) -> int:
    """How many dates the stage finds."""
    return len(find_dates(text, published=published).spans)


def theirs(text: str, published: str) -> int:
    """How many dates ``search_dates`` finds in Arabic."""
    from dateparser.search import search_dates

    base = datetime.fromisoformat(published)
    return len(search_dates(text, languages=["ar"], settings={"RELATIVE_BASE": base}) or ())


def main() -> None:
    """Parse the arguments and run both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles_file", type=Path, metavar="ARTICLES")
    parser.add_argument("--articles", type=int, default=2000)
    arguments = parser.parse_args()
    articles = read_articles(arguments.articles_file, arguments.articles)
    ours("اليوم", "2018-04-08")  # the data files are read once, not for each article
    speed = measure("kwus_dates", ours, articles)
    theirs("اليوم", "2018-04-08")
    print(f"ratio {speed / measure('search_dates', theirs, articles):.1f}")


if __name__ == "__main__":
    main()
