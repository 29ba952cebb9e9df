"""Run odd articles through the pipeline and say what became of them: every one has to be a record or an error.

    python benchmarks/fuzz.py --n 10000 --seed 1 [--ner none] [--limit 120] [--only brackets]

One after the other in this process, each with its CPU time; exit status 1 when an article raised, took longer than the
limit, or gave a record whose spans are not its text. What went wrong is kept in ``--keep`` to be looked at.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from odd_articles import odd_articles

from kwus_extract.errors import InputError
from kwus_extract.io.read import read
from kwus_extract.pipeline import extract_article, load
from kwus_extract.records import ArticleRecord


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ner", default="none")
    parser.add_argument("--limit", type=int, default=120, help="CPU seconds that an article may take")
    parser.add_argument("--only", help="one kind of article")
    parser.add_argument("--keep", type=Path, help="folder for the articles that something was wrong with")
    options = parser.parse_args()
    faulthandler.enable()
    signal.signal(signal.SIGPROF, _too_long)
    nlp = load(ner=options.ner)
    outcomes: Counter[str] = Counter()
    times: defaultdict[str, list[tuple[float, int, str]]] = defaultdict(list)
    faults = 0
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, data) in enumerate(odd_articles(options.n, options.seed, huge=True), start=1):
            kind = name.partition("-")[2].partition(".")[0]
            if options.only and kind != options.only:
                continue
            path = Path(folder, name)
            path.write_bytes(data)
            start = time.process_time()
            signal.setitimer(signal.ITIMER_PROF, options.limit)
            try:
                for outcome in outcome_of(nlp, path):
                    outcomes[outcome] += 1
            except Exception:
                signal.setitimer(signal.ITIMER_PROF, 0)
                faults += 1
                outcomes["FAULT"] += 1
                print(f"{name}: {len(data):,} bytes\n{traceback.format_exc(limit=-4)}", flush=True)
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / name).write_bytes(data)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                path.unlink()
            times[kind].append((time.process_time() - start, len(data), name))
            if number % 500 == 0:
                print(f"{number:,} articles, {time.perf_counter() - began:,.0f} s", flush=True)
    print(json.dumps(dict(outcomes.most_common()), indent=1))
    for kind, found in times.items():
        seconds, size, name = max(found)
        mean = sum(each[0] for each in found) / len(found)
        print(
            f"{kind:12} {len(found):6,} mean {1000 * mean:8.1f} ms   slowest {seconds:7.2f} s for {size:9,} bytes, {name}"
        )
    return 1 if faults else 0


def outcome_of(nlp: Any, path: Path) -> list[str]:
    """``record`` or the code of the error, for every article of the file. Raises what the pipeline raises."""
    found = []
    for article in read(path):
        if isinstance(article, InputError):
            found.append(f"{article.stage}: {article.code}")
            continue
        record = extract_article(nlp, article)
        written = record.to_json().encode()  # whoever cannot be written is no outcome either
        for span in spans(json.loads(written)):
            said = article.text[span["start"] : span["end"]]
            if not 0 <= span["start"] <= span["end"] <= len(article.text) or span.get("text", said) != said:
                raise AssertionError(f"{span} is {said!r}")
        ArticleRecord.model_validate_json(written)
        found.append("record")
    assert found, "neither record nor error"
    return found


def spans(value: Any) -> list[dict[str, Any]]:
    """Every object of a record that has a place in the text."""
    if isinstance(value, dict):
        own = [value] if isinstance(value.get("start"), int) else []
        return own + [span for key, inner in value.items() if key != "extra" for span in spans(inner)]
    return [span for inner in value for span in spans(inner)] if isinstance(value, list) else []


def _too_long(*_: object) -> None:
    raise TimeoutError


if __name__ == "__main__":
    sys.exit(main())
