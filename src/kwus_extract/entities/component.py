"""The entity stages as spaCy components: ``kwus_ner`` (names from a backend) and ``kwus_entities`` (who is who)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span

from kwus_extract.entities.backends import Encoder, NerBackend
from kwus_extract.entities.names import settle
from kwus_extract.entities.phrases import Phrase, Reader
from kwus_extract.entities.resolve import Entity, Resolver
from kwus_extract.entities.words import Words


@dataclass(slots=True)
class Reading:
    """What the entity stage knows of an article; the event stage and the record are made from it."""

    words: Words
    phrases: list[Phrase]
    resolver: Resolver

    @property
    def entities(self) -> list[Entity]:
        return [*self.resolver.people, *self.resolver.bodies, *self.resolver.places]


def register() -> None:
    """Make the Doc extensions known to spaCy (once)."""
    for name in ("reading", "zones", "published", "article", "record", "encoded"):
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=None)
    if not Doc.has_extension("warnings"):
        Doc.set_extension("warnings", default=None)


class EntityStage:
    """Settles the names, reads the phrases around them and resolves who is who."""

    def __call__(self, doc: Doc) -> Doc:
        from kwus_extract.text.zones import usable_tokens

        words = Words(doc, usable_tokens(doc) if doc._.zones is not None else None)
        spans = [(s.start, s.end, s.label_) for s in doc.spans.get("ner", ())]
        spans = [(words.at[first], words.at[last], label) for first, last, label in spans]
        names = settle(words, [s for s in spans if words.usable[s[0]]])
        reader = Reader(words, names)
        names = reader.names
        phrases = reader.read()
        resolver = Resolver(words, names, phrases)
        resolver.run()
        found = [doc.char_span(words.starts[n.first], words.ends[n.last - 1], label=n.label) for n in names]
        doc.set_ents([span for span in found if span is not None])
        doc._.reading = Reading(words, phrases, resolver)
        return doc


def token_range(words_starts: list[int], words_ends: list[int], start: int, end: int) -> tuple[int, int]:
    """Tokens that the character range touches, as (first, after the last)."""
    return bisect_right(words_ends, start), bisect_left(words_starts, end)


class NerStage:
    """Runs a NER backend over the text and keeps its output in ``doc.spans["ner"]``."""

    def __init__(self, backend: NerBackend) -> None:
        self.backend = backend

    def __call__(self, doc: Doc) -> Doc:
        starts = [t.idx for t in doc]
        ends = [t.idx + len(t) for t in doc]
        spans: list[Span] = []
        last_end = 0
        if isinstance(self.backend, Encoder):
            names, doc._.encoded = self.backend.read(doc.text)
        else:
            names = self.backend.spans([doc.text])[0]
        for found in names:
            first, last = token_range(starts, ends, found.start, found.end)
            if first < last and first >= last_end:
                spans.append(Span(doc, first, last, label=found.label))
                last_end = last
        doc.spans["ner"] = spans
        return doc


@Language.factory("kwus_ner", default_config={"backend": "embedded", "path": None, "threads": 1})
def make_ner(nlp: Language, name: str, backend: str, path: str | None, threads: int) -> NerStage:
    """Factory of the NER stage; ``backend`` is one of embedded, camel, stanza, spacy, none."""
    from pathlib import Path

    from kwus_extract.entities.backends import load_backend

    register()
    return NerStage(load_backend(backend, path=Path(path) if path else None, threads=threads))


@Language.factory("kwus_entities")
def make_entities(nlp: Language, name: str) -> EntityStage:
    """Factory of the entity stage."""
    register()
    return EntityStage()
