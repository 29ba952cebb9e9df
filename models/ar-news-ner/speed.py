"""Words a second of the exported model, and of a BERT-base token classifier in PyTorch, on the same articles.

usage: speed.py [--articles 40] [--threads 2] [--model FOLDER] [--without-bert]

The BERT has random weights, which do not change its speed: 12 layers of 768, batches of 16 sentences cut at 128 pieces,
as adapters for such models commonly run them. Words are runs of letters or digits.
"""

import argparse
import json
import re
import resource
import time
from pathlib import Path

import data
import torch
from network import Shape, Tagger
from settings import HERE, Settings

from kwus_extract.entities.backends import load_backend
from kwus_extract.entities.backends.windows import cut


def bert_base(texts: list[str], tokenizer: object, threads: int) -> float:
    """Seconds that a network of BERT-base's shape takes for the texts, given the same pieces."""
    torch.set_num_threads(threads)
    net = Tagger(Shape(vocab=30000, layers=12, hidden=768, feed=3072, pieces=12)).eval()
    windows = sorted((w.ids for t in texts for w in cut(t, tokenizer, pieces=128).windows), key=len)  # type: ignore[arg-type]
    begun = time.perf_counter()
    with torch.inference_mode():
        for at in range(0, len(windows), 16):
            batch = windows[at : at + 16]
            ids = torch.ones(len(batch), len(batch[-1]), dtype=torch.long)
            for row, w in enumerate(batch):
                ids[row, : len(w)] = torch.from_numpy(w)
            lengths = torch.tensor([len(w) for w in batch])
            first = torch.arange(ids.shape[1]).expand(len(batch), -1)  # a label for every piece, as such models give
            net.news(net.encode(ids, lengths, first, lengths)).argmax(-1)
    return time.perf_counter() - begun


def main() -> None:
    """Measure and write `build/speed.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--model", type=Path, default=HERE / "model")
    parser.add_argument("--without-bert", action="store_true")
    options = parser.parse_args()
    s = Settings.load()
    texts = list(data.news_texts(s).values())[:: 58_000 // options.articles]
    words = sum(len(re.findall(r"\w+", t)) for t in texts)
    begun = time.perf_counter()
    backend = load_backend("embedded", path=options.model, threads=options.threads)
    backend.spans(["بغداد"])
    result = {"articles": len(texts), "words": words, "load_s": time.perf_counter() - begun}
    begun = time.perf_counter()
    backend.spans(texts)
    result["words_per_s"] = words / (time.perf_counter() - begun)
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if not options.without_bert:
        result["bert_base_words_per_s"] = words / bert_base(texts, backend.load()[1], options.threads)  # type: ignore[attr-defined]
        result["times_faster"] = result["words_per_s"] / result["bert_base_words_per_s"]
    result = {k: round(v, 2) for k, v in result.items()}
    print(json.dumps(result, indent=1))
    (s.build / "speed.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
