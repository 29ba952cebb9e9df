"""Articles as the network trains on them: the pipeline's reading of each, held against its annotation.

usage: data.py

Writes `build/examples.pickle`: the examples of each split of the annotation, which train.py learns from.
"""

import gzip
import hashlib
import json
import pickle
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import kwus_extract.pipeline
from kwus_extract.evaluate import same
from kwus_extract.events.assemble import Assembler
from kwus_extract.events.component import ArticleEvents
from kwus_extract.events.model import LINKS, STATUSES, Mention, Sheet, link_of
from kwus_extract.events.rules import TYPES, index
from kwus_extract.io.gold import Gold, load_gold

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data" / "news"
DEVELOPMENT = HERE.parents[2] / "shared" / "gold"
SEEDS = HERE.parents[1] / "seeds"
NOT_ASKED = -100
Span = tuple[int, int]


class Told(NamedTuple):
    """An annotated event: where it is mentioned, the strings that fill each role, its status and dates."""

    type: str
    triggers: list[Span]
    roles: list[tuple[str, list[str]]]
    status: str
    dates: list[str]
    optional: bool


class Source(NamedTuple):
    """An annotated article; `blind` is how often it is shown without what the rules made of it.

    Where errors were read when the rules were written, the rules do better than they will elsewhere.
    """

    id: str
    text: str
    published: str
    events: list[Told]
    blind: float


@dataclass(frozen=True)
class Asked:
    """What is asked of one mention; `event` is the number of the annotated event, -1 where there is none."""

    word: int
    type: str
    event: int
    optional: bool
    status: int
    known: NDArray[np.float32]
    heads: list[int]
    tails: list[int]
    pairs: NDArray[np.float32]
    links: list[int]


@dataclass(frozen=True)
class Example:
    """One article for the network: the encoder's vectors by window, marks and labels of words, its mentions."""

    windows: list[Span]
    vectors: list[NDArray[np.float16]]
    marks: NDArray[np.int8]
    triggers: NDArray[np.int64]
    mentions: list[Asked]
    blind: float


def settings() -> dict[str, Any]:
    """The tables of config.toml."""
    return tomllib.loads((HERE / "config.toml").read_text(encoding="utf-8"))


def news() -> dict[str, dict[str, str]]:
    """The articles of the news corpora by id."""
    found = {}
    for path in sorted(SHARED.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for article in map(json.loads, lines):
                found[article["id"]] = article
    return found


def sources(split: str) -> Iterator[Source]:
    """The annotated articles of a split: of the news, and those written for the project as long half-translated pages are.

    Besides the splits that the annotation names there are `learnt`, the rules' own learning articles, and `seeds`.
    """
    table = settings()
    articles, blind = news(), table["training"]["blind"]

    def text_of(doc: str, sha256: str | None) -> str:
        text = articles[doc]["text"]
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            raise ValueError(f"{doc}: the corpus holds another text than the one annotated")
        return text

    for row in _rows(table["data"]["annotation"]):
        if row["split"] == split:
            text = text_of(row["id"], row["sha256"])
            yield Source(row["id"], text, row["published"], [_told(e, text) for e in row["events"]], blind)
    for row in _rows(table["data"]["written"]):
        if row["split"] == split:
            told = [_told(e, row["text"]) for e in row["events"]]
            yield Source(row["id"], row["text"], row["published"] or "", told, blind)
    if split == "learnt":
        for _, gold in load_gold(HERE / table["data"]["learnt"]):
            yield _of_gold(gold, text_of(gold.doc.id, gold.doc.sha256), blind=1.0)
    if split == "seeds":  # those of the client have their texts among the development articles
        texts = {a["id"]: a["text"] for a in map(json.loads, (DEVELOPMENT / "texts.jsonl").open(encoding="utf-8"))}
        for path, gold in load_gold(SEEDS):
            beside = path.with_name(path.name.replace(".gold.json", ".txt"))
            text = texts.get(gold.doc.id) or (beside.read_text(encoding="utf-8") if beside.exists() else "")
            if text:
                yield _of_gold(gold, text, blind=0.5)


def _rows(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / path).read_text(encoding="utf-8").splitlines()]


def _of_gold(gold: Gold, text: str, *, blind: float) -> Source:
    events = [
        Told(
            e.type,
            [span for t in e.triggers if (span := t.place(text))],
            [(role, list(forms)) for role, fillers in e.roles.items() for forms in fillers],
            e.status,
            list(e.dates),
            e.optional,
        )
        for e in gold.events
    ]
    return Source(gold.doc.id, text, gold.doc.published or "", events, blind)


def _told(row: dict[str, Any], text: str) -> Told:
    roles = [(role, [text[a:b] for a, b in forms]) for role, fillers in row["roles"].items() for forms in fillers]
    triggers = [(a, b) for a, b in row["triggers"]]
    return Told(row["type"], triggers, roles, row["status"], row["dates"], row.get("optional", False))


class Reader:
    """Runs the pipeline up to the rules' frames and asks of each mention what the annotation answers."""

    def __init__(self) -> None:
        self.nlp = kwus_extract.pipeline.load(threads=2, exclude=("kwus_events", "kwus_record"))

    def read(self, source: Source) -> Example | None:
        """The article as an example; None where there is nothing to read."""
        doc = self.nlp.make_doc(source.text)
        doc._.published = source.published or None
        doc = self.nlp(doc)
        if doc._.reading is None:
            return None
        article = ArticleEvents(doc, doc._.reading, index())
        article.read()
        sheet = article.sheet(doc._.encoded.encoder)
        if sheet is None:
            return None
        frames = [Mention(f.type, f.first, f, article.stands(f)) for f in article.frames]
        strings = Assembler(doc)
        rows: list[tuple[Mention, list[int]]] = []
        covered: set[tuple[int, Span]] = set()
        for mention in frames:
            frame = mention.frame
            assert frame is not None
            a, b = article.w.starts[frame.first], article.w.ends[frame.last - 1]
            hits = [
                (n, t)
                for n, told in enumerate(source.events)
                for t in told.triggers
                if told.type == mention.type and t[0] < b and a < t[1]
            ]
            covered.update(hits)
            rows.append((mention, list(dict.fromkeys(n for n, _ in hits))))
        for n, told in enumerate(source.events):
            for trigger in told.triggers:
                token = None if (n, trigger) in covered else self._token(article, trigger)
                if token is not None:
                    rows.append((Mention(told.type, token, None, stands=False), [n]))
        asked = [self._ask(article, sheet, strings, source, m, own) for m, own in rows]
        return Example(
            sheet.encoded.windows,
            [v.astype(np.float16) for v in sheet.encoded.vectors],
            sheet.marks(frames).astype(np.int8),
            self._triggers(sheet, source, asked),
            asked,
            source.blind,
        )

    @staticmethod
    def _token(article: ArticleEvents, trigger: Span) -> int | None:
        """The token that stands for a mention without a frame: one that some rule knows, else the first."""
        w, entries = article.w, article.reader.index.entries
        inside = [i for i in range(len(w)) if w.starts[i] < trigger[1] and trigger[0] < w.ends[i] and not w.clitic[i]]
        return next((i for i in inside if w.norms[i] in entries or w.bare[i] in entries), inside[0] if inside else None)

    @staticmethod
    def _triggers(sheet: Sheet, source: Source, asked: list[Asked]) -> NDArray[np.int64]:
        """The label of each word: 0 for none, else its type; the other words of a mention are not asked."""
        labels = np.zeros(len(sheet.encoded.words), dtype=np.int64)
        for told in source.events:
            for a, b in told.triggers:
                for i, (start, end) in enumerate(sheet.encoded.words):
                    if start < b and a < end:
                        labels[i] = NOT_ASKED
        for mention in asked:
            if mention.event >= 0:
                labels[mention.word] = NOT_ASKED if mention.optional else 1 + TYPES.index(mention.type)
        return labels

    def _ask(
        self, article: ArticleEvents, sheet: Sheet, strings: Assembler, source: Source, mention: Mention, own: list[int]
    ) -> Asked:
        slots = sheet.slots(mention)
        events = [source.events[n] for n in own]
        links = []
        for slot in slots:
            link = "none"
            if slot.date is not None:
                value = article.dates[slot.date].value
                link = "date" if value and any(value in e.dates for e in events) else "none"
            elif slot.phrase is not None:
                start, end = article.w.starts[slot.phrase.head[0]], article.w.ends[slot.phrase.head[1] - 1]
                named = {source.text[start:end], strings.filler(slot.phrase).text}
                for role, forms in (r for e in events for r in e.roles):
                    # A state may be a side of the talks and their place: its kind decides.
                    if any(same(name, forms) for name in named) and (
                        link == "none" or (link == "place") != (slot.kind == "place")
                    ):
                        link = link_of(role)
            links.append(LINKS.index(link))
        known = np.array(sheet.mention(mention), dtype=np.float32)
        pairs = np.array([sheet.pair(mention, s) for s in slots], dtype=np.float32)
        return Asked(
            sheet.word[mention.token],
            mention.type,
            own[0] if own else -1,
            bool(events) and all(e.optional for e in events),
            STATUSES.index(events[0].status) if events else NOT_ASKED,
            known,
            [sheet.word[sheet.head(s)] for s in slots],
            [sheet.word[sheet.tail(s)] for s in slots],
            pairs,
            links,
        )


def examples() -> dict[str, list[Example]]:
    """The examples of each split, as `main` wrote them."""
    with (HERE / settings()["data"]["build"] / "examples.pickle").open("rb") as file:
        found: dict[str, list[Example]] = pickle.load(file)
    return found


def main() -> None:
    """Read all annotated articles and write them as examples."""
    reader = Reader()
    found = {}
    for split in settings()["data"]["splits"]:
        read = [reader.read(source) for source in sources(split)]
        found[split] = [example for example in read if example is not None]
        print(f"{split}: {len(found[split])} articles", flush=True)
    build = HERE / settings()["data"]["build"]
    build.mkdir(exist_ok=True)
    with (build / "examples.pickle").open("wb") as file:
        pickle.dump(found, file, protocol=5)


if __name__ == "__main__":
    main()
