"""Train the event reader on the annotated articles and say how it does on those kept for testing.

usage: train.py STAGE [--start NAME] [--set KEY=VALUE ...]

The first network starts from the encoder's own last layers; each of the others goes on from the one before it with more
articles (`stages` in config.toml). The last one ships; second.py asks the others of articles that they have not seen.

Writes `build/STAGE.pt`: the weights, averaged over the last part of the training, and the settings.
"""

import argparse
import json
import random
import time
from collections import Counter
from typing import Any, NamedTuple

import data
import numpy as np
import torch
from data import NOT_ASKED, Example
from reader import ENCODER, HIDDEN, EventNet, start
from torch import Tensor, nn
from torch.nn import functional as F

from kwus_extract.events.model import LINKS, MARKS, MENTION_RULES, PAIR_RULES, RULES
from kwus_extract.events.rules import TYPES

DATE = LINKS.index("date")
_NOTHING = torch.tensor([0.3, *[1.0] * len(TYPES)])  # a word that tells of nothing weighs less than one that does


class Windows(NamedTuple):
    """Windows of like length, padded; `kept` says where their words stand, `place` which words of the batch these are."""

    shared: Tensor
    marks: Tensor
    mask: Tensor
    kept: Tensor
    place: Tensor


class Batch(NamedTuple):
    """Some articles: their windows, and what is asked, by the number of the word among all of the batch."""

    windows: list[Windows]
    triggers: Tensor
    told: Tensor
    known: Tensor
    status: Tensor
    stands: Tensor
    pairs: Tensor  # (pairs, 3): mention, first and last word of the candidate
    pair_known: Tensor
    links: Tensor
    twins: Tensor  # (twins, 4): mention, one of its type before it, words between them, number of the mention
    one: Tensor  # whether both are of one event


def padded(shared: list[Tensor], marks: list[Tensor], firsts: list[int], groups: int = 3) -> list[Windows]:
    """The windows of a batch in groups by length: padding all to the longest costs 40 % more.

    `firsts` are the numbers of their first words among all of the batch.
    """
    order = sorted(range(len(shared)), key=lambda i: len(shared[i]))
    size = max(1, -(-len(order) // groups))
    found = []
    for some in (order[i : i + size] for i in range(0, len(order), size)):
        width = len(shared[some[-1]])
        inside = torch.arange(width) < torch.tensor([len(shared[i]) for i in some])[:, None]
        kept = inside.clone()
        kept[:, 0] = False
        found.append(
            Windows(
                torch.stack([F.pad(shared[i], (0, 0, 0, width - len(shared[i]))) for i in some]),
                torch.stack([F.pad(marks[i], (0, 0, 0, width - len(marks[i]))) for i in some]),
                inside[:, None, None, :],
                kept,
                torch.cat([torch.arange(firsts[i], firsts[i] + len(shared[i]) - 1) for i in some]),
            )
        )
    return found


def collate(examples: list[Example], blind: list[bool]) -> Batch:
    """A batch; the `blind` are shown without what the rules made of them, windows in which nothing is asked not at all."""
    shared, marks, firsts, rows = [], [], [], []
    known, pair_known = [], []
    pairs, links, told, status, stands = [], [], [], [], []
    twins, one = [], []
    base = number = 0
    for example, hidden in zip(examples, blind, strict=True):
        marked = example.marks.astype(np.float32)
        if hidden:
            marked[:, RULES + len(TYPES) :] = 0
        labels = example.triggers.copy()
        there = {word for m in example.mentions for word in (m.word, *m.heads, *m.tails)}
        for (a, b), vectors in zip(example.windows, example.vectors, strict=True):
            if there.isdisjoint(range(a, b)):
                labels[a:b] = NOT_ASKED
                continue
            firsts.append(base + a)
            shared.append(torch.from_numpy(vectors.astype(np.float32)))
            marks.append(F.pad(torch.from_numpy(marked[a:b]), (0, 0, 1, 0)))
        rows.append(torch.from_numpy(labels))
        asked = [m for m in example.mentions if not m.optional]
        for m in asked:
            features, between = m.known.copy(), m.pairs.copy()
            if hidden:
                features[MENTION_RULES:] = 0
                if len(between):
                    between[:, PAIR_RULES:] = 0
            told.append(base + m.word)
            known.append(features)
            status.append(m.status)
            stands.append(float(m.event >= 0))
            if m.event >= 0 and m.heads:
                pairs += [(base + m.word, base + h, base + t) for h, t in zip(m.heads, m.tails, strict=True)]
                pair_known.append(between)
                links += m.links
        events = sorted((m for m in asked if m.event >= 0), key=lambda m: m.word)
        for k, m in enumerate(events):
            before = [o for o in events[:k] if o.type == m.type and o.word < m.word]
            twins += [(base + m.word, base + o.word, m.word - o.word, number) for o in before]
            one += [float(o.event == m.event) for o in before]
            number += bool(before)
        base += len(example.triggers)
    return Batch(
        padded(shared, marks, firsts),
        torch.cat(rows),
        torch.tensor(told, dtype=torch.long),
        torch.from_numpy(np.array(known, dtype=np.float32).reshape(len(told), -1)),
        torch.tensor(status, dtype=torch.long),
        torch.tensor(stands),
        torch.tensor(pairs, dtype=torch.long).reshape(-1, 3),
        torch.from_numpy(np.concatenate(pair_known) if pair_known else np.zeros((0, 1), np.float32)),
        torch.tensor(links, dtype=torch.long),
        torch.tensor(twins, dtype=torch.long).reshape(-1, 4),
        torch.tensor(one),
    )


def scores(net: EventNet, b: Batch, *, bfloat16: bool = False) -> dict[str, tuple[Tensor, Tensor]]:
    """What each head says of the batch, and what is right."""
    words = torch.zeros(len(b.triggers), HIDDEN)
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        for w in b.windows:
            words = words.index_copy(0, w.place, net.encode(w.shared, w.marks, w.mask)[w.kept].float())
    found = {"triggers": (net.triggers(words), b.triggers)}
    if len(b.told):
        at = words[b.told]
        found["stands"] = net.stands(at, b.known), b.stands
        found["status"] = net.status(at, b.known), b.status
    if len(b.pairs):
        filler = torch.cat([words[b.pairs[:, 1]], words[b.pairs[:, 2]]], 1)
        found["links"] = net.links(words[b.pairs[:, 0]], filler, b.pair_known), b.links
    if len(b.twins):
        told, before, apart, _ = b.twins.T
        found["twins"] = net.same(words[told], words[before], apart.float()), b.one
    return found


def of_one_or_none(scores: Tensor, of: Tensor, right: Tensor) -> Tensor:
    """The loss of choosing, for each mention, one that is of its event among those before it, or none where none is.

    ``of`` is the number of the mention that each of the scores, (pairs,), is of.
    """
    raised = scores.clamp(-15, 15).exp()
    count = int(of.max()) + 1
    good = torch.zeros(count).index_add(0, of, raised * right)
    told = torch.zeros(count).index_add(0, of, raised)
    return (told + 1).log() - torch.where(good > 0, good, 1.0).log()


def loss_of(found: dict[str, tuple[Tensor, Tensor]], of: Tensor, joins: float) -> Tensor:
    """The heads' losses, summed and weighed so that none drowns another.

    ``of`` says which mention each pair of twins is of, ``joins`` how much these weigh.
    """
    wrong, right = found["triggers"]
    loss = F.cross_entropy(wrong, right, weight=_NOTHING, ignore_index=NOT_ASKED, reduction="sum") / 80
    if "stands" in found:
        loss = loss + F.binary_cross_entropy_with_logits(*found["stands"], reduction="sum") / 40
    for name, size in (("status", 40), ("links", 100)):
        if name in found and (found[name][1] != NOT_ASKED).any():
            loss = loss + F.cross_entropy(*found[name], ignore_index=NOT_ASKED, reduction="sum") / size
    if "twins" in found and joins:
        said, right = found["twins"]
        loss = loss + joins * of_one_or_none(said, of, right).sum() / 40
    return loss


@torch.no_grad()
def measure(net: EventNet, examples: list[Example]) -> dict[str, float]:
    """F1 of words that tell of an event, of mentions, of roles and dates mention by mention; share of right statuses."""
    net.eval()
    hits: Counter[str] = Counter()

    def count(name: str, found: Tensor, right: Tensor, good: Tensor) -> None:
        hits.update({f"{name} found": int(found.sum()), f"{name} right": int(right.sum()), name: int(good.sum())})

    for i in range(0, len(examples), 8):
        part = examples[i : i + 8]
        batch = collate(part, [False] * len(part))
        found = scores(net, batch)
        said, right = found["triggers"]
        told = said.argmax(1)
        count("triggers", (told > 0) & (right != NOT_ASKED), right > 0, (told == right) & (right > 0))
        if "stands" in found:
            said, right = found["stands"]
            count("mentions", said > 0, right > 0, (said > 0) & (right > 0))
            said, right = found["status"]
            asked = right != NOT_ASKED
            hits.update({"status": int((said.argmax(1) == right)[asked].sum()), "statuses": int(asked.sum())})
        if "links" in found:
            said, right = found["links"]
            best = said.argmax(1)
            for name, here in (("dates", lambda x: x == DATE), ("roles", lambda x: (x > 0) & (x != DATE))):
                count(name, here(best), here(right), here(right) & (best == right))
        if "twins" in found:
            said, right = found["twins"]
            for number in range(int(batch.twins[-1, 3]) + 1):
                mine = batch.twins[:, 3] == number
                best = said[mine].argmax()
                joined = bool(said[mine][best] > 0)
                hits.update({"asked": 1, "joined": int(bool(right[mine][best]) if joined else not right[mine].any())})
    names = ("triggers", "mentions", "roles", "dates")
    shares = {n: 2 * hits[n] / max(1, hits[f"{n} found"] + hits[f"{n} right"]) for n in names}
    return shares | {
        "status": hits["status"] / max(1, hits["statuses"]),
        "joined": hits["joined"] / max(1, hits["asked"]),
    }


def train(net: EventNet, examples: list[Example], t: dict[str, Any]) -> None:
    """Train in place; at the end the weights are the average over the last part."""
    rng = random.Random(t["seed"])
    layers = list(net.layers.parameters())
    inner = {id(p) for p in layers}
    heads = [p for p in net.parameters() if id(p) not in inner]
    groups = [{"params": layers, "lr": t["layer_rate"]}, {"params": heads, "lr": t["head_rate"]}]
    optimiser = torch.optim.AdamW(groups, weight_decay=t["weight_decay"], fused=True)
    steps = t["epochs"] * -(-len(examples) // t["batch"])
    decay, warmup = t["decay"] * steps, t["warmup"]
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda i: min((i + 1) / warmup, 1.0, max(0.0, (steps - i) / decay))
    )
    average: dict[str, Tensor] | None = None
    step, begun = 0, time.monotonic()
    for epoch in range(t["epochs"]):
        net.train()
        rng.shuffle(examples)
        shown = 0.0
        for i in range(0, len(examples), t["batch"]):
            part = examples[i : i + t["batch"]]
            batch = collate(part, [rng.random() < e.blind for e in part])
            loss = loss_of(scores(net, batch, bfloat16=t["bfloat16"]), batch.twins[:, 3], t["joins"])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            shown += loss.item()
            if step > (1 - t["average"]) * steps:
                state = net.state_dict()
                average = average or {k: v.detach().clone() for k, v in state.items()}
                for k, v in state.items():
                    average[k].lerp_(v, 0.03)
        print(
            f"epoch {epoch + 1}: loss {shown * t['batch'] / len(examples):.3f}, {time.monotonic() - begun:.0f} s",
            flush=True,
        )
    assert average is not None
    net.load_state_dict(average)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stages = data.settings()["stages"]
    parser.add_argument("stage", choices=stages)
    parser.add_argument("--start", help="the stage to go on from")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="training settings, as JSON values")
    options = parser.parse_args()
    t = data.settings()["training"]
    t.update({k: json.loads(v) for k, v in (x.split("=") for x in options.set)})
    torch.set_num_threads(t["threads"])
    torch.manual_seed(t["seed"])
    build = data.HERE / data.settings()["data"]["build"]
    build.mkdir(exist_ok=True)
    articles = data.examples()
    learnt = [x for split, times in stages[options.stage].items() for x in articles[split] * times if x.mentions]
    kept = articles["test"]
    assert learnt[0].vectors[0].shape[1] == HIDDEN
    assert learnt[0].marks.shape[1] == len(MARKS)
    net = start(ENCODER / "build" / f"{t['start']}.safetensors", t["layers"], t["dropout"])
    if options.start:
        net.load_state_dict(torch.load(build / f"{options.start}.pt", weights_only=True)["state"])
    train(net, learnt, t)
    figures = {name: round(value, 4) for name, value in measure(net, kept).items()}
    print(f"{len(learnt)} articles learnt from, {len(kept)} measured on: {figures}")
    torch.save(
        {"state": net.state_dict(), "training": t, "articles": len(learnt), "figures": figures},
        build / f"{options.stage}.pt",
    )


if __name__ == "__main__":
    main()
