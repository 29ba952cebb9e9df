"""The pipeline: a spaCy Language whose stages turn an article into its record."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kwus_extract import __version__
from kwus_extract.entities.component import register
from kwus_extract.records import ArticleRecord, Mention, Provenance, Published, Source, Zone

if TYPE_CHECKING:
    from kwus_extract.io.read import Article

STAGES = ("kwus_zones", "kwus_ner", "kwus_entities", "kwus_dates", "kwus_events", "kwus_record")


def load(
    *,
    ner: str = "embedded",
    model: str | None = None,
    threads: int = 1,
    network: bool = True,
    exclude: tuple[str, ...] = (),
) -> Language:
    """The pipeline as a spaCy Language; ``doc._.record`` holds the ArticleRecord after ``nlp(text)``.

    ``ner`` names the backend (embedded, camel, stanza, spacy, none), ``model`` a local path for it; without
    ``network`` the event rules work alone; stages named in ``exclude`` are left out. Raises ModelError or MissingExtra when the backend cannot be had.
    """
    import kwus_extract.dates.component
    import kwus_extract.events.component
    import kwus_extract.text.tokenizer
    import kwus_extract.text.zones  # noqa: F401

    register()
    config: dict[str, Any] = {"nlp": {"tokenizer": {"@tokenizers": "kwus.ArabicTokenizer.v1"}}}
    nlp = spacy.blank("ar", config=config)
    nlp.max_length = 10_000_000
    for stage in STAGES:
        if stage in exclude:
            continue
        options: dict[str, Any] = {}
        if stage == "kwus_ner":
            options = {"backend": ner, "path": model, "threads": threads}
        if stage == "kwus_events":
            options = {"network": network}
        nlp.add_pipe(stage, config=options)
    return nlp


class RecordStage:
    """Assembles the record from what the stages left on the Doc."""

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp

    def __call__(self, doc: Doc) -> Doc:
        from kwus_extract.events.assemble import Assembler

        parts = Assembler(doc)
        article: Article | None = doc._.article
        text = doc.text
        zones = doc._.zones or ()
        title = next((z for z in zones if z.kind == "title"), None)
        backend = next((getattr(c, "backend", None) for n, c in self.nlp.pipeline if n == "kwus_ner"), None)
        doc._.record = ArticleRecord(
            doc_id=article.id if article else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16],
            source=Source(
                path=article.path if article else None,
                sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
                media_type=article.media_type if article else "text/plain",
                encoding=article.encoding if article else "utf-8",
                url=article.url if article else None,
                publisher=article.publisher if article else None,
                extra=article.extra if article else {},
            ),
            title=Mention(text=text[title.start : title.end], start=title.start, end=title.end) if title else None,
            published=_published(doc, article),
            zones=tuple(Zone(kind=z.kind, start=z.start, end=z.end) for z in zones),
            people=parts.people(),
            organizations=parts.organizations(),
            places=parts.places(),
            dates=parts.dates(),
            events=parts.events(),
            warnings=parts.warnings(),
            provenance=Provenance(
                version=__version__,
                pipeline="+".join(self.nlp.pipe_names),
                model=backend.identity if backend else "none",
                config_sha256=_config_hash(self.nlp),
            ),
        )
        return doc


def _published(doc: Doc, article: Article | None) -> Published:
    if doc._.published:
        basis = article.published_basis if article and article.published_basis != "none" else "given"
        return Published(value=doc._.published, basis=basis)
    anchor = getattr(doc._, "date_anchor", None) if Doc.has_extension("date_anchor") else None
    if anchor and anchor[1] == "dateline":
        return Published(value=anchor[0], basis="dateline")
    return Published()


_HASHES: dict[int, str] = {}


def _config_hash(nlp: Language) -> str:
    key = id(nlp)
    if key not in _HASHES:
        stages = {name: nlp.get_pipe_config(name) for name in nlp.pipe_names}
        _HASHES[key] = hashlib.sha256(json.dumps(stages, sort_keys=True, default=str).encode()).hexdigest()
    return _HASHES[key]


@Language.factory("kwus_record")
def make_record(nlp: Language, name: str) -> RecordStage:
    """Factory of the last stage."""
    register()
    return RecordStage(nlp)


def read_article(nlp: Language, article: Article) -> Doc:
    """An article that was read from a source, with what every stage made of it; its record is ``doc._.record``."""
    doc = nlp.make_doc(article.text)
    doc._.article = article
    doc._.published = article.published
    if article.title and Doc.has_extension("title_text"):
        doc._.title_text = article.title
    return nlp(doc)


def extract_article(nlp: Language, article: Article) -> ArticleRecord:
    """The record of one article that was read from a source."""
    record: ArticleRecord = read_article(nlp, article)._.record
    return record
