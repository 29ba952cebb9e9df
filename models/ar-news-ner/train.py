"""Fine-tune the base model on the news annotation and ANERcorp at once.

usage: train.py [--out NAME] [--start WEIGHTS] [--layers 0,2,4] [--without-news] [--sources N] [--set KEY=VALUE ...]

Writes `build/NAME.safetensors` (averaged over the last part of the training) and `build/NAME-stable.safetensors` (before
the rates fall: where a later training with more annotation starts from), each with a `.json` of settings and data.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import data
import torch
import torch.distributed as dist
from data import UNLABELLED, Document, Example
from network import Tagger, load_tagger
from settings import Settings, sha256_of
from tokenizers import Tokenizer
from torch import Tensor, multiprocessing
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence


@dataclass(frozen=True)
class Batch:
    """Padded windows as `Tagger.encode` takes them; the labels of all their words run in one row."""

    ids: Tensor
    lengths: Tensor
    first: Tensor
    words: Tensor
    tags: Tensor
    cuts: Tensor
    aner: Tensor


def batch_of(windows: list[Example]) -> Batch:
    """Pad some windows into a batch."""
    lengths = torch.tensor([len(w.ids) for w in windows])
    ids = torch.ones(len(windows), int(lengths.max()), dtype=torch.long)  # <pad> is piece 1
    for row, w in enumerate(windows):
        ids[row, : len(w.ids)] = torch.from_numpy(w.ids)
    counts = torch.tensor([len(w.first) for w in windows])
    return Batch(
        ids,
        lengths,
        pad_sequence([torch.from_numpy(w.first) for w in windows], batch_first=True),
        counts,
        torch.cat([torch.from_numpy(w.tags) for w in windows]),
        torch.cat([torch.from_numpy(w.cuts) for w in windows]),
        torch.repeat_interleave(torch.tensor([w.aner for w in windows]), counts),
    )


def stream(documents: list[Document], tokenizer: Tokenizer, window: int, rng: random.Random) -> Iterator[Example]:
    """Windows of the documents without end, in a new order and cut at new places each time."""
    while True:
        windows = data.examples(documents, tokenizer, window, rng)
        rng.shuffle(windows)
        yield from windows


def batched(sources: list[tuple[float, Iterator[Example]]], size: int, rng: random.Random) -> Iterator[list[Example]]:
    """Batches of about `size` pieces, each of windows of like length, the sources in their shares of the pieces."""
    read = [0.0] * len(sources)
    while True:
        pool: list[Example] = []
        while sum(len(w.ids) for w in pool) < 12 * size:
            lagging = min(range(len(sources)), key=lambda i: read[i] / sources[i][0])
            pool.append(next(sources[lagging][1]))
            read[lagging] += len(pool[-1].ids)
        pool.sort(key=lambda w: len(w.ids))
        groups: list[list[Example]] = [[]]
        for w in pool:
            if len(w.ids) * (len(groups[-1]) + 1) > 1.05 * size:
                groups.append([])
            groups[-1].append(w)
        rng.shuffle(groups)
        yield from groups


def taught(net: Tagger, words: Tensor, teacher: Tagger, batch: Batch) -> Tensor:
    """How far all heads are from a larger network's, on every word (Hinton et al. 2015), summed over the words."""
    with torch.no_grad():
        known = teacher.encode(batch.ids, batch.lengths, batch.first, batch.words)
    loss = words.sum() * 0
    for head in ("news", "aner", "cut"):
        wanted = getattr(teacher, head)(known).log_softmax(-1)
        loss = loss + F.kl_div(getattr(net, head)(words).log_softmax(-1), wanted, reduction="sum", log_target=True)
    return loss


def loss_of(net: Tagger, batch: Batch, cut_weight: float, teacher: Tagger | None = None) -> Tensor:
    """Mean loss of the words of both sources, each by its own head, and of the proclitics of names."""
    words = net.encode(batch.ids, batch.lengths, batch.first, batch.words)
    if teacher is not None:
        return taught(net, words, teacher, batch) / len(words)
    news, aner = words[~batch.aner], words[batch.aner]
    loss = F.cross_entropy(net.news(news), batch.tags[~batch.aner], reduction="sum") if len(news) else words.sum() * 0
    if len(aner):
        loss = loss + F.cross_entropy(net.aner(aner), batch.tags[batch.aner], reduction="sum")
    marked = batch.cuts != UNLABELLED
    if marked.any():
        loss = loss + cut_weight * F.cross_entropy(net.cut(words[marked]), batch.cuts[marked], reduction="sum")
    return loss / len(words)


def rate(step: int, steps: int, warmup: int, decay: float) -> float:
    """Factor of the learning rates: up, level, and down to nothing over the last part."""
    return min((step + 1) / warmup, 1.0, (steps - step) / (decay * steps) if decay else 1.0)


def synchronise(net: Tagger, processes: int) -> None:
    """Give all processes the mean of their weights."""
    for p in filter(lambda p: p.requires_grad, net.parameters()):
        dist.all_reduce(p.data)
        p.data /= processes


def train(
    net: Tagger,
    documents: tuple[list[Document], list[Document]],
    tokenizer: Tokenizer,
    s: Settings,
    manifest: dict[str, Any],
    teacher: Tagger | None = None,
) -> None:
    """Train a network; in each of several processes that train on their own and share their weights now and then.

    One thread a process and few meetings: threads that meet at every operation wait for each other on a shared machine.
    """
    t, out = s.training, manifest["name"]
    rank, processes = dist.get_rank(), dist.get_world_size()
    rng = random.Random(t["seed"] * 1000 + rank)
    torch.manual_seed(t["seed"] * 1000 + rank)
    bottom = [net.word, net.position, net.norm, *net.layers]
    for part in bottom[: t["frozen"] + 3 if t["frozen"] else 0]:
        part.requires_grad_(False)
    trained = [(n.split(".")[0], p) for n, p in net.named_parameters() if p.requires_grad]
    heads = [p for n, p in trained if n in ("news", "cut", "aner")]
    rest = [p for n, p in trained if n not in ("news", "cut", "aner")]
    groups = [{"params": rest, "lr": t["encoder_rate"]}, {"params": heads, "lr": t["head_rate"]}]
    optimiser = torch.optim.AdamW(groups, weight_decay=t["weight_decay"], fused=True)
    steps = t["pieces"] // (t["batch"] * processes) // t["meet"] * t["meet"]
    level = int(steps * (1 - t["decay"]))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda i: rate(i, steps, t["warmup"], t["decay"]))
    sources = [
        (share, stream(some, tokenizer, t["window"], rng))
        for share, some in zip((1 - t["aner_share"], t["aner_share"]), documents, strict=True)
        if some and share
    ]
    average: dict[str, Tensor] | None = None
    begun, shown, seen = time.monotonic(), 0.0, 0
    batches = batched(sources, t["batch"], rng)
    net.train()
    for step in range(steps):
        batch = batch_of(next(batches))
        seen += int(batch.lengths.sum())
        with torch.autocast("cpu", torch.bfloat16, enabled=t["bfloat16"]):
            loss = loss_of(net, batch, t["cut_weight"], teacher)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        shown += (loss.item() - shown) / min(step + 1, 40)
        if step % t["meet"] != t["meet"] - 1:
            continue
        synchronise(net, processes)
        if rank:
            continue
        if step >= level and average is None:
            keep(net, s, f"{out}-stable", manifest, processes * seen)
            average = {k: v.detach().clone() for k, v in net.state_dict().items()}
        elif average is not None:
            for k, v in net.state_dict().items():
                average[k].lerp_(v, 1 - t["average"])
        if (step + 1) % (4 * t["meet"]) == 0:
            speed = processes * seen / (time.monotonic() - begun)
            print(f"step {step + 1}/{steps} loss {shown:.4f} {speed:.0f} pieces/s", flush=True)
            if average is None:
                keep(net, s, f"{out}-stable", manifest, processes * seen)
    if average is not None:
        net.load_state_dict(average)
        keep(net, s, out, manifest, processes * seen)


def keep(net: Tagger, s: Settings, name: str, manifest: dict[str, Any], pieces: int) -> None:
    """Save weights, and beside them what they were made of."""
    net.save(s.build / f"{name}.safetensors")
    written = json.dumps(manifest | {"pieces": pieces}, indent=1)
    (s.build / f"{name}.json").write_text(written + "\n", encoding="utf-8")


def work(rank: int, options: argparse.Namespace, s: Settings) -> None:
    """One process of the training."""
    torch.set_num_threads(1)
    store = s.build / f"{options.out}.meeting"
    processes = s.training["processes"]
    dist.init_process_group("gloo", init_method=f"file://{store.resolve()}", rank=rank, world_size=processes)
    tokenizer = Tokenizer.from_file(str(s.build / "tokenizer.json"))
    sources = [] if options.without_news else data.standoff(s)[: options.sources]
    news = data.annotated(sources, data.news_texts(s), "train")
    aner = [d for path in s.aner_train for d in data.aner_documents(path)]
    if rank == 0:
        print(f"{len(news)} articles, {len(aner)} blocks of ANERcorp", s.training, flush=True)
    torch.manual_seed(s.training["seed"])  # the heads start alike
    start = s.build / f"{options.start}.safetensors"
    net = load_tagger(start, layers=options.layers, pieces=s.training["reading"], dropout=s.training["dropout"])
    teacher = load_tagger(s.build / f"{options.teacher}.safetensors").eval() if options.teacher else None
    files = [*sources, *s.news, *s.aner_train, start, s.build / "tokenizer.json"]
    manifest = {
        "name": options.out,
        "start": options.start,
        "teacher": options.teacher,
        "articles": len(news),
        "training": s.training,
        "sha256": {f.name: sha256_of(f) for f in files},
    }
    train(net, (news, aner), tokenizer, s, manifest, teacher)
    dist.destroy_process_group()


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="tagger")
    parser.add_argument("--start", default="base")
    parser.add_argument("--teacher", help="a training output to learn from word by word, for smaller networks")
    parser.add_argument("--layers", type=lambda x: tuple(map(int, x.split(","))))
    parser.add_argument("--without-news", action="store_true", help="ANERcorp alone, for the tables")
    parser.add_argument("--sources", type=int, help="only the first so many annotation files, for the tables")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="training settings, as JSON values")
    options = parser.parse_args()
    s = Settings.load()
    s.training.update({k: json.loads(v) for k, v in (x.split("=") for x in options.set)})
    (s.build / f"{options.out}.meeting").unlink(missing_ok=True)
    multiprocessing.spawn(work, (options, s), nprocs=s.training["processes"])


if __name__ == "__main__":
    main()
