"""The annotated texts: spans over the news corpora, ANERcorp's words, and the windows and labels made of them."""

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from network import ANER, MAX_CUT, NEWS, bio
from numpy.typing import NDArray
from settings import Settings
from tokenizers import Tokenizer

from kwus_extract.entities.backends.windows import Cut, Normalised, cut

Span = tuple[int, int, str]
UNLABELLED = -100


@dataclass(frozen=True)
class Document:
    """A text with its names as (start, end, class) in code points; `aner` tells whose classes they are."""

    id: str
    text: str
    spans: list[Span]
    stratum: str
    aner: bool = False


def normalised(text: str) -> str:
    """A text as the model reads it."""
    return Normalised(text).text


def news_texts(s: Settings) -> dict[str, str]:
    """The texts of the news corpora by id."""
    texts = {}
    for path in s.news:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                article = json.loads(line)
                texts[article["id"]] = article["text"]
    return texts


def annotated(paths: list[Path], texts: dict[str, str], split: str) -> list[Document]:
    """The documents of one split out of standoff files, the text put back and checked against its checksum."""
    found: list[Document] = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["split"] != split:
                continue
            text = texts[row["id"]]
            if hashlib.sha256(text.encode()).hexdigest() != row["sha256"]:
                raise ValueError(f"{row['id']}: the corpus holds another text than the one annotated")
            found.append(Document(row["id"], text, [(a, b, c) for a, b, c in row["spans"]], row["stratum"]))
    return found


def standoff(s: Settings) -> list[Path]:
    """The standoff files there are: the shared one, and this project's own once it is made."""
    return [s.standoff, *([s.annotation] if s.annotation.exists() else [])]


def aner_documents(path: Path, *, sentences: int = 12) -> Iterator[Document]:
    """ANERcorp's sentences put back into running text, some at a time, punctuation closed up as in the news."""
    blocks = [b.splitlines() for b in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")) if b.strip()]
    for at in range(0, len(blocks), sentences):
        text = ""
        spans: list[Span] = []
        for block in blocks[at : at + sentences]:
            for line in block:
                word, tag = line.split()
                if text and not text.endswith(("\n", "(", "«", "[")) and not re.fullmatch(r"[.,،؛:!?؟)»\]]+", word):
                    text += " "
                start = len(text)
                text += word
                if tag.startswith("I-") and spans and spans[-1][2] == tag[2:]:
                    spans[-1] = (spans[-1][0], len(text), tag[2:])
                elif tag != "O":
                    spans.append((start, len(text), tag[2:]))
            text += "\n"
        yield Document(f"{path.stem}-{at}", text, spans, "aner", aner=True)


def labelled(document: Document, made: Cut) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each word its label and, where a name of the news starts, how many of its letters stay outside."""
    labels = bio(ANER if document.aner else NEWS)
    tags = np.zeros(len(made.words), dtype=np.int64)
    cuts = np.full(len(made.words), UNLABELLED, dtype=np.int64)
    ends = np.array([b for _, b in made.words])
    for start, end, kind in document.spans:
        a, b = made.normalised.index(start), made.normalised.index(end)
        at = int(np.searchsorted(ends, a, side="right"))
        tags[at] = labels.index(f"B-{kind}")
        if not document.aner:
            cuts[at] = min(max(a - made.words[at][0], 0), MAX_CUT)
        while at + 1 < len(ends) and made.words[at + 1][0] < b:
            at += 1
            tags[at] = labels.index(f"I-{kind}")
    return tags, cuts


@dataclass(frozen=True)
class Example:
    """A window for training: piece ids, place of each word's first piece, and the words' labels."""

    ids: NDArray[np.int64]
    first: NDArray[np.int64]
    tags: NDArray[np.int64]
    cuts: NDArray[np.int64]
    aner: bool


def examples(documents: list[Document], tokenizer: Tokenizer, window: int, rng: random.Random) -> list[Example]:
    """The windows of the documents, shifted by chance."""
    found = []
    for document in documents:
        made = cut(document.text, tokenizer, pieces=window, first_pieces=rng.randrange(window // 3, window))
        tags, cuts = labelled(document, made)
        for w in made.windows:
            a, b = w.words
            found.append(Example(w.ids, w.first, tags[a:b], cuts[a:b], document.aner))
    return found
