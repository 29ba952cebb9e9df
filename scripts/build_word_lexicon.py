"""Make the frequency lexicon of Arabic words without their proclitics from raw news text.

    python scripts/build_word_lexicon.py NEWS.jsonl.gz... [-o src/kwus_extract/lexicon/words.txt.gz]

Input: JSON lines with a ``text`` field. Output: a gzipped text file; the first line is a JSON object with the shares of
the proclitics, every further line ``word<TAB>count``, the word in folded spelling (see ``kwus_extract.text.fold``).

No annotated text is needed. Each word form is a proclitic sequence (و/ف, then ب ل ك س, then the article) before a stem,
and the two shares are estimated together (expectation maximisation over word types with damped counts). A form never
counts as evidence for its own analysis: a stem is believed because *other* forms hold it. So وزير stays whole, since
الوزير and بوزير exist, and وأكد is و+أكد, since nothing but itself speaks for a stem وأكد.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from kwus_extract.text.clitics import CONJUNCTIONS, ENDINGS, PREPOSITIONS, unseen
from kwus_extract.text.fold import fold

WORD = re.compile(r"[\u0621-\u065f\u0670-\u06d3\u06d5\ufb50-\ufdfb\ufe70-\ufefc]+")
PREPOSITION_LETTERS = frozenset("بلكس")
MIN_FORM = 3  # rarer forms are mostly typing errors
ROUNDS = 8
FLOOR = 0.02  # damped count of a whole form that no other form supports
INFLECTED = 0.05  # how much a stem that ends in nothing says for the same stem with an ending (بحث for بحثوا)
SELF = 0.97  # how much of what a bare form and its conjunctions say for themselves is disregarded

Analysis = tuple[str, str, str]  # conjunction, preposition with article, stem


def analyses(form: str) -> Iterator[Analysis]:
    """All ways to cut the proclitics off; the future س only stands before a verb's person letter."""
    for conjunction in CONJUNCTIONS:
        if not form.startswith(conjunction):
            continue
        rest = form[len(conjunction) :]
        for preposition in PREPOSITIONS:
            stem = rest[len(preposition) :]
            if not rest.startswith(preposition) or (len(stem) < 2 and conjunction + preposition):
                continue
            if preposition == "س" and (len(stem) < 3 or stem[0] not in "ينتا"):
                continue
            yield conjunction, preposition, stem


def bases(stem: str) -> Iterator[str]:
    """What is left of ``stem`` without an ending or a pronoun."""
    for ending in ENDINGS:
        if stem.endswith(ending) and len(stem) >= len(ending) + 3:
            yield stem[: -len(ending)]


def count_forms(paths: Iterable[Path]) -> dict[str, int]:
    """How often each folded word form occurs."""
    raw: Counter[str] = Counter()
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                raw.update(WORD.findall(json.loads(line)["text"]))
    folded: Counter[str] = Counter()
    for form, count in raw.items():
        folded[fold(form)] += count
    return {form: count for form, count in folded.items() if form.isalpha() and count >= MIN_FORM}


def estimate(forms: dict[str, int]) -> tuple[dict[str, Analysis], dict[str, float], dict[str, float]]:
    """The best analysis of every form, and the shares of conjunctions and of prepositions."""
    damped = {form: count**0.5 for form, count in forms.items()}
    choices = {form: list(analyses(form)) for form in forms}
    believed = {form: [1 / len(c)] * len(c) for form, c in choices.items()}
    shares: list[dict[str, float]] = [
        {part: 2.0 ** -len(part) for part in parts} for parts in (CONJUNCTIONS, PREPOSITIONS)
    ]
    for _ in range(ROUNDS):
        stems: Counter[str] = Counter()
        bare: Counter[str] = Counter()
        for form, weights in believed.items():
            for (_c, p, stem), weight in zip(choices[form], weights, strict=True):
                stems[stem] += damped[form] * weight
                if not p and stem[0] in PREPOSITION_LETTERS:
                    bare[stem] += damped[form] * weight
        totals: list[Counter[str]] = [Counter(), Counter()]
        for form, options in choices.items():
            size = damped[form]
            scores = []
            for (c, p, stem), old in zip(options, believed[form], strict=True):
                own = size * old if p or c == "ف" else max(size * old, SELF * bare[stem])
                floor = unseen(c, p, stem) if c + p else FLOOR
                support = max(stems[stem] - own, 0)
                if not p and stem[0] in PREPOSITION_LETTERS:
                    support += INFLECTED * max((stems[base] for base in bases(stem)), default=0)
                if (c == "ف" or p in ("ك", "س")) and stems[stem] - size * old < size:
                    support *= 0.01  # these are rare before any word: a form commoner than its rest is a word
                scores.append(shares[0][c] * shares[1][p] * (support + floor))
            whole = sum(scores)
            believed[form] = [score / whole for score in scores]
            for (c, p, _s), weight in zip(options, believed[form], strict=True):
                totals[0][c] += size * weight
                totals[1][p] += size * weight
        shares = [{part: total / sum(t.values()) for part, total in t.items()} for t in totals]
    best = {
        form: options[max(range(len(options)), key=believed[form].__getitem__)] for form, options in choices.items()
    }
    return best, shares[0], shares[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("news", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("src/kwus_extract/lexicon/words.txt.gz"))
    parser.add_argument("--min-count", type=int, default=8, help="stems seen less often are left out (default 8)")
    args = parser.parse_args()
    forms = count_forms(args.news)
    best, conjunctions, prepositions = estimate(forms)
    stems: Counter[str] = Counter()
    for form, (conjunction, preposition, stem) in best.items():
        if conjunction and not preposition and stem in best and not best[stem][0]:
            stem = best[stem][2]  # وبالكويت is cut like بالكويت
        stems[stem] += forms[form]
    kept = sorted((stem, count) for stem, count in stems.items() if count >= args.min_count and len(stem) > 1)
    header = {
        "conjunctions": {part: float(f"{share:.3g}") for part, share in conjunctions.items()},
        "prepositions": {part: float(f"{share:.3g}") for part, share in prepositions.items()},
    }
    lines = [json.dumps(header, ensure_ascii=False), *(f"{stem}\t{count}" for stem, count in kept)]
    with args.output.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:  # same input, same bytes
        out.write(("\n".join(lines) + "\n").encode())
    print(f"{len(forms):,} forms, {len(stems):,} stems, {len(kept):,} kept, {args.output.stat().st_size / 1e6:.2f} MB")
    print(lines[0])


if __name__ == "__main__":
    main()
