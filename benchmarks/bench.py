"""How fast, how large, and how both grow: the figures of the whole pipeline, and of NER beside a BERT of base size.

    make bench
    python benchmarks/bench.py --articles 60 --sizes 60 120     # a small one

Articles are those of ``--texts``, drawn with a fixed seed; without it ``../shared/data/news`` where that is, else the
seeds of this repository again and again. Writes ``bench.json`` and ``bench.svg`` to ``--out``.

- *stages*: each stage by itself on one core, in this process, the model loaded.
- *whole*: ``kwus_extract.batch`` in a process of its own with one and two workers, start of the workers included. Peak
  memory is that of the parent and, times the workers, of the largest worker.
- *growth*: the same with two workers, for each of ``--sizes``.
- *ner*: the stage with the embedded model, and a BertForTokenClassification with transformers' defaults (12 layers,
  hidden size 768), a vocabulary of 30,000 and random weights, which are as fast as trained ones; as CAMeL Tools runs
  its recogniser: sentences in batches of 32, padded to the longest, float32. One thread each, one after the other on the
  same articles. Word pieces are those of the embedded model's tokenizer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from kwus_extract.io.read import Article, read

HERE = Path(__file__).parent
SEED = 20
BERT_BATCH, BERT_LONGEST, BERT_LABELS = 32, 512, 9

_WHOLE = """
import json, resource, sys, time
from pathlib import Path
if __name__ == "__main__":
    from kwus_extract import batch
    from kwus_extract.io.read import read
    from kwus_extract.io.write import Output
    from kwus_extract.settings import Settings
    source, out, jobs, ner = sys.argv[1:]
    with Output(Path(out), force=True) as output:
        summary = batch.run(read(source), output, jobs=int(jobs), settings=Settings(ner=ner))
    parent, child = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    status = Path("/proc/self/status")
    if status.exists():  # what the kernel says of this process alone; the other figure is inherited from whoever began it
        parent = next(int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({
        "articles": summary.read, "records": summary.records, "words": summary.words, "seconds": summary.seconds,
        "failures": summary.failures, "events": summary.events, "parent_mib": parent, "worker_mib": child,
        "peak_mib": parent + int(jobs) * child,
    }))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path, help="files or folder with articles")
    parser.add_argument("--articles", type=int, default=2000, help="for the stages and the whole")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 3000, 10_000, 30_000])
    parser.add_argument("--bert-articles", type=int, default=40)
    parser.add_argument("--ner", default="embedded")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    texts = options.texts or HERE.parents[1] / "shared" / "data" / "news"
    if not texts.exists():
        print(f"{texts} is not there: the seeds, again and again")
        texts = HERE.parent / "seeds"
    articles = drawn(texts, max(options.articles, *options.sizes, 1))
    result: dict[str, Any] = {"machine": machine(), "texts": texts.name, "ner": options.ner}
    result["start"] = show("start", start(options.ner))
    result["stages"] = show("stages", stages(articles[: options.articles], options.ner))
    with tempfile.TemporaryDirectory() as folder:
        for name, sizes in (
            ("whole", [(options.articles, 1), (options.articles, 2)]),
            ("growth", [(n, 2) for n in options.sizes]),
        ):
            result[name] = [show(name, whole(articles[:n], jobs, options.ner, Path(folder))) for n, jobs in sizes]
    result["ner_baseline"] = show("ner", ner(articles[: options.bert_articles]))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "bench.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (options.out / "bench.svg").write_text(plot(result), encoding="utf-8")
    print(f"written: {options.out / 'bench.json'} and bench.svg")


def machine() -> dict[str, Any]:
    from kwus_extract import __version__

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"python": platform.python_version(), "cpus": os.cpu_count(), "load_before": load, "version": __version__}


def show(name: str, value: Any) -> Any:
    print(f"{name}: {json.dumps(value, ensure_ascii=False)}", flush=True)
    return value


def drawn(texts: Path, count: int) -> list[Article]:
    """``count`` articles at random; where there are fewer, they come again under other ids."""
    found = [article for article in read(texts) if isinstance(article, Article)]
    random.Random(SEED).shuffle(found)
    return [found[n % len(found)] for n in range(count)]


def rate(articles: Iterable[Article], seconds: float) -> dict[str, float]:
    given = list(articles)
    words = sum(len(article.text.split()) for article in given)
    return {
        "seconds": round(seconds, 3),
        "words_per_second": round(words / seconds, 1),
        "articles_per_second": round(len(given) / seconds, 2),
    }


def start(ner: str) -> dict[str, float]:
    """Seconds until the help is there, and until a pipeline has read its first word; the best of three."""
    load = f"import kwus_extract as kx; kx.load(ner={ner!r})('خبر')"
    commands = {"help": ["-m", "kwus_extract", "--help"], "first_article": ["-c", load]}
    found = {}
    for name, command in commands.items():
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - begin)
        found[name] = round(min(times), 3)
    return found


def stages(articles: list[Article], ner: str) -> dict[str, dict[str, float]]:
    """Each stage of the pipeline, and what it is of the whole."""
    from kwus_extract.pipeline import load

    nlp = load(ner=ner)
    nlp("خبر")
    names = ["tokenizer", *nlp.pipe_names]
    times = dict.fromkeys(names, 0.0)
    for article in articles:
        begin = time.perf_counter()
        doc = nlp.make_doc(article.text)
        doc._.article, doc._.published = article, article.published
        times["tokenizer"] += time.perf_counter() - begin
        for name, stage in nlp.pipeline:
            begin = time.perf_counter()
            doc = stage(doc)
            times[name] += time.perf_counter() - begin
    total = sum(times.values())
    return {
        name: {**rate(articles, seconds), "share": round(seconds / total, 4)}
        for name, seconds in {**times, "all": total}.items()
    }


def whole(articles: list[Article], jobs: int, ner: str, folder: Path) -> dict[str, Any]:
    """A run over a file of the articles, in a process of its own."""
    source = folder / "articles.jsonl"
    with source.open("w", encoding="utf-8") as stream:
        for number, article in enumerate(articles):
            row = {"id": str(number), "text": article.text, "published": article.published}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    script = folder / "whole.py"  # a file: workers are spawned, and import what started them
    script.write_text(_WHOLE, encoding="utf-8")
    command = [sys.executable, str(script), str(source), str(folder / "out.jsonl"), str(jobs), ner]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {"jobs": jobs, **found, **rate(articles, found["seconds"])}


def ner(articles: list[Article]) -> dict[str, Any]:
    """The NER stage with the embedded model, and the BERT, on the same articles."""
    from tokenizers import Tokenizer

    from kwus_extract.models import model_folder
    from kwus_extract.pipeline import load

    nlp = load(ner="embedded")
    nlp("خبر")
    docs = []
    for article in articles:
        doc = nlp.make_doc(article.text)
        docs.append(nlp.get_pipe("kwus_zones")(doc))
    sentences = [sentence.text for doc in docs for sentence in doc.sents if sentence.text.strip()]
    stage = nlp.get_pipe("kwus_ner")
    begin = time.perf_counter()
    for doc in docs:
        stage(doc)
    embedded = rate(articles, time.perf_counter() - begin)
    try:
        import torch
        from transformers import BertConfig, BertForTokenClassification
    except ImportError as error:
        return {"embedded": embedded, "bert_base": None, "why": f"{error.name} is not installed"}
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    bert = BertForTokenClassification(BertConfig(vocab_size=30_000, num_labels=BERT_LABELS)).eval()
    tokenizer = Tokenizer.from_file(str(model_folder("ar-news-ner") / "tokenizer.json"))
    tokenizer.no_padding()
    lengths = [
        min(len(found.ids) + 2, BERT_LONGEST) for found in tokenizer.encode_batch(sentences, add_special_tokens=False)
    ]
    begin = time.perf_counter()
    with torch.inference_mode():
        for at in range(0, len(lengths), BERT_BATCH):
            group = lengths[at : at + BERT_BATCH]
            shape = (len(group), max(group))
            mask = (torch.arange(shape[1])[None, :] < torch.tensor(group)[:, None]).long()
            bert(input_ids=torch.randint(5, 30_000, shape) * mask, attention_mask=mask).logits.argmax(-1)
    base = rate(articles, time.perf_counter() - begin)
    times = round(embedded["words_per_second"] / base["words_per_second"], 2)
    return {"articles": len(articles), "pieces": sum(lengths), "embedded": embedded, "bert_base": base, "times": times}


# -- the picture -----------------------------------------------------------------------------------------------------


def plot(result: dict[str, Any]) -> str:
    """Shares of the stages as bars, and seconds over articles as a line beside the straight one."""
    shares = [(name, values["share"]) for name, values in result["stages"].items() if name != "all"]
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="860" height="330" font-family="sans-serif" font-size="12">'
    ]
    parts += [
        '<rect width="860" height="330" fill="white"/>',
        '<text x="20" y="24" font-size="14">share of the time</text>',
    ]
    for row, (name, share) in enumerate(shares):
        y = 44 + 30 * row
        parts.append(f'<text x="20" y="{y + 14}">{escape(name)}</text>')
        parts.append(f'<rect x="120" y="{y}" width="{220 * share:.1f}" height="20" fill="#4a7ab5"/>')
        parts.append(f'<text x="{126 + 220 * share:.1f}" y="{y + 14}">{share:.0%}</text>')
    grown = sorted((run["articles"], run["seconds"], run["peak_mib"]) for run in result["growth"])
    if grown:
        most, longest = grown[-1][0], max(seconds for _, seconds, _ in grown)
        left, top, width, height = 470, 44, 340, 220

        def at(articles: float, seconds: float) -> tuple[float, float]:
            return left + width * articles / most, top + height * (1 - seconds / longest)

        points = " ".join("{:.1f},{:.1f}".format(*at(n, seconds)) for n, seconds, _ in grown)
        parts.append(
            f'<text x="{left}" y="24" font-size="14">seconds by articles, two workers (dashes: straight)</text>'
        )
        parts.append(f'<path d="M{left} {top}V{top + height}H{left + width}" fill="none" stroke="#888"/>')
        (x, y), (x0, y0) = at(*grown[-1][:2]), at(0, 0)
        parts.append(f'<path d="M{x0} {y0}L{x} {y}" stroke="#888" stroke-dasharray="4"/>')
        parts.append(f'<polyline points="{points}" fill="none" stroke="#b5533c" stroke-width="2"/>')
        for n, seconds, memory in grown:
            x, y = at(n, seconds)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#b5533c"/>')
            label = f"{n:,}: {seconds:,.0f} s, {memory:,.0f} MiB"
            parts.append(f'<text x="{x - 6:.1f}" y="{y - 8:.1f}" text-anchor="end">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    main()
