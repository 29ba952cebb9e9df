"""The network: a BERT encoder with two token-labelling heads and a proclitic head, in plain PyTorch.

The news head labels words by this project's classes and is what ships. The ANERcorp head labels words by ANERcorp's
classes: its guidelines differ, so it has weights of its own, and what both teach about names meets in the encoder.
The proclitic head says how many letters at the start of a name's first word stay outside the name.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

NEWS = ("PER", "ORG", "LOC", "FAC", "MISC")
ANER = ("PER", "ORG", "LOC", "MISC")
MAX_CUT = 2  # proclitic letters outside a name: none, one (و, ل), two (ول)


def bio(classes: tuple[str, ...]) -> list[str]:
    """The labels of a head: O, then B- and I- of each class."""
    return ["O", *(f"{p}-{c}" for c in classes for p in "BI")]


@dataclass(frozen=True)
class Shape:
    """Sizes of the encoder."""

    vocab: int
    layers: int
    hidden: int = 384
    heads: int = 12
    feed: int = 1536
    positions: int = 512
    pieces: int = 3  # layers over all pieces; the others see the first piece of each word alone


def drop(x: Tensor, rate: float, training: bool) -> Tensor:
    """Dropout of whole features over a window: as good here, and a mask small enough not to slow a CPU down."""
    if not training or not rate:
        return x
    keep = torch.rand(x.shape[0], 1, x.shape[2]) >= rate
    return x * (keep / (1 - rate))


class Layer(nn.Module):
    """One post-norm transformer layer, as in BERT."""

    def __init__(self, s: Shape, dropout: float):
        super().__init__()
        self.heads = s.heads
        self.qkv = nn.Linear(s.hidden, 3 * s.hidden)
        self.out = nn.Linear(s.hidden, s.hidden)
        self.norm1 = nn.LayerNorm(s.hidden, eps=1e-12)
        self.up = nn.Linear(s.hidden, s.feed)
        self.down = nn.Linear(s.feed, s.hidden)
        self.norm2 = nn.LayerNorm(s.hidden, eps=1e-12)
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        b, n, h = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, h // self.heads).permute(2, 0, 3, 1, 4)
        # No attention dropout: with it PyTorch leaves its fast CPU kernel, whose way back is slow in bfloat16.
        with torch.autocast("cpu", enabled=False):
            a = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), attn_mask=mask)
        a = self.out(a.transpose(1, 2).reshape(b, n, h))
        x = self.norm1(x + drop(a, self.dropout, self.training))
        f = self.down(F.gelu(self.up(x)))
        return self.norm2(x + drop(f, self.dropout, self.training))


class Tagger(nn.Module):
    """Encoder and heads.

    The lower layers read subword pieces. Above them only `<s>` and the first piece of each word go on: a name is decided
    word by word, and news has 1.6 pieces a word, so that the upper layers cost that much less.
    """

    def __init__(self, shape: Shape, dropout: float = 0.1):
        super().__init__()
        self.shape = shape
        self.word = nn.Embedding(shape.vocab, shape.hidden)
        self.position = nn.Embedding(shape.positions, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, eps=1e-12)
        self.layers = nn.ModuleList(Layer(shape, dropout) for _ in range(shape.layers))
        self.news = nn.Linear(shape.hidden, len(bio(NEWS)))
        self.cut = nn.Linear(shape.hidden, MAX_CUT + 1)
        self.aner = nn.Linear(shape.hidden, len(bio(ANER)))
        self.dropout = dropout
        for head in (self.news, self.cut, self.aner):
            nn.init.normal_(head.weight, std=1 / math.sqrt(shape.hidden) / 10)
            nn.init.zeros_(head.bias)

    def encode(self, ids: Tensor, lengths: Tensor, first: Tensor, words: Tensor) -> Tensor:
        """Vectors of the words of all windows in their order, (words of all, hidden).

        `ids`: piece ids, padded, (windows, pieces); `first`: place of each word's first piece, padded with zeros,
        (windows, words); `lengths` and `words`: how many of each there are, (windows,).
        """
        n = ids.shape[1]
        mask = (torch.arange(n) < lengths[:, None])[:, None, None, :]
        x = self.norm(self.word(ids) + self.position.weight[:n])
        x = drop(x, self.dropout, self.training)
        for layer in self.layers[: self.shape.pieces]:
            x = layer(x, mask)
        kept = F.pad(first, (1, 0))  # `<s>` stays: attention rests on it
        x = x.gather(1, kept[:, :, None].expand(-1, -1, x.shape[2]))
        there = torch.arange(kept.shape[1]) < words[:, None] + 1
        for layer in self.layers[self.shape.pieces :]:
            x = layer(x, there[:, None, None, :])
        return drop(x[:, 1:], self.dropout, self.training)[there[:, 1:]]

    def save(self, path: Path) -> None:
        """Write the weights, the shape in the metadata."""
        save_file(self.state_dict(), path, {k: str(v) for k, v in asdict(self.shape).items()})


def load_tagger(
    path: Path, *, layers: tuple[int, ...] | None = None, pieces: int | None = None, dropout: float = 0.1
) -> Tagger:
    """Read weights written by `Tagger.save` or by convert_base.py, which has no heads.

    `layers` picks some of the layers; `pieces` sets how many of them read pieces, otherwise as it was.
    """
    with safe_open(path, "pt") as file:
        about = file.metadata() or {}
    state = load_file(path)
    kept = layers or tuple(range(1 + max(int(k.split(".")[1]) for k in state if k.startswith("layers."))))
    vocab, positions = state["word.weight"].shape[0], state["position.weight"].shape[0]
    pieces = pieces or min(int(about.get("pieces", len(kept))), len(kept))
    net = Tagger(Shape(vocab=vocab, layers=len(kept), positions=positions, pieces=pieces), dropout)
    renamed = {}
    for key, value in state.items():
        parts = key.split(".")
        if parts[0] == "layers":
            if int(parts[1]) not in kept:
                continue
            parts[1] = str(kept.index(int(parts[1])))
        renamed[".".join(parts)] = value
    left = net.load_state_dict(renamed, strict=False)
    assert not left.unexpected_keys, left
    assert all(k.split(".")[0] in ("news", "cut", "aner") for k in left.missing_keys), left
    return net
