"""Why an article gave the events it gave: every mention with its rule, relations and cues."""

from __future__ import annotations

from spacy.language import Language

from kwus_extract.events.component import Events
from kwus_extract.records import ArticleRecord


def explain(nlp: Language, text: str, published: str | None = None) -> str:
    """A readable account of the events of ``text``: for each the mentions, the rule that fired, the relation in which
    every phrase stood to the trigger, and what each mention says of status and date; ``chance`` is the network's, that the
    mention tells of an event."""
    doc = nlp.make_doc(text)
    doc._.published = published
    doc = nlp(doc)
    record: ArticleRecord = doc._.record
    found: Events = doc._.events
    words = doc._.reading.words
    lines: list[str] = []

    def string(first: int, last: int) -> str:
        return " ".join(text[words.starts[first] : words.ends[last - 1]].split())

    for event, cluster in zip(record.events, found.clusters, strict=True):
        when = event.date.value if event.date else "no date"
        lines.append(
            f"{event.id} {event.type}/{event.subtype} · {event.status} · {when} · rule {event.rule} · confidence {event.confidence}"
        )
        for role, fillers in event.roles:
            if fillers:
                lines.append(f"   {role}: " + " | ".join(f.text for f in fillers))
        for frame in cluster.frames:
            governor = f", governed by {words.texts[frame.governor]}" if frame.governor is not None else ""
            judged = f", chance {frame.chance:.2f}" if frame.statuses is not None else ""
            lines.append(
                f"   [{words.starts[frame.first]}] {string(frame.first, frame.last)}{governor}: {frame.status} ({frame.weight:.2f}) by {frame.rule.id}{judged}"
            )
            for argument in frame.arguments:
                phrase = argument.phrase
                used = [role for role, phrases in frame.roles.items() if phrase in phrases]
                lines.append(
                    f"        {argument.relation} → {string(phrase.first, phrase.last)} ({phrase.kind}{', ' + used[0] if used else ', not used'})"
                )
    if not lines:
        lines.append("no event")
    return "\n".join(lines)
