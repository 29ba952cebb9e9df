"""Who does what an event noun names, where the noun and its light verb do not say.

The word that governs the noun may tell it (مستعد لزيارة، قرر الوزير الانسحاب من الاتفاق، رغبته في لقاء الرئيس), or the
verb of the clause around it, whose subject speaks in the meeting (قال الوزير خلال اجتماع مع نظيره).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kwus_extract.entities.phrases import Phrase
from kwus_extract.lexicon.closed import verbal_nouns, word_list

if TYPE_CHECKING:
    from kwus_extract.events.frames import Frame, FrameReader

_INTENDS = word_list("intending")
_INTENTIONS = word_list("intentions")
_SAYS = word_list("saying_in")
_WITHIN = word_list("within")
_AFTER = frozenset(("عقب", "بعد"))
_THAT = frozenset(("ان", "انه", "انها", "انهم", "انهما", "حيث", "بينما", "فيما"))
_LINKS = frozenset(("ل", "ب", "الي", "علي", "في", "عن", "من", "اي", "اول", "،", ",", "#", "_")) | word_list(
    "passed_over"
)
_MASDARS = verbal_nouns().keys()
_PRONOUNS = ("ه", "ها", "هم", "هما")


def _intention(word: str) -> bool:
    """Whether a word names an intention, also with a pronoun: نية، رغبته، استعدادها."""
    if word in _INTENTIONS:
        return True
    for pronoun in _PRONOUNS:
        stem = word.removesuffix(pronoun)
        if stem != word and (stem in _INTENTIONS or stem.removesuffix("ت") + "ه" in _INTENTIONS):
            return True
    return False


class Agents:
    """Finds the one who acts in the clause around an event noun."""

    def __init__(self, reader: FrameReader) -> None:
        self.reader = reader
        self.w = reader.w

    def of(self, frame: Frame) -> list[Phrase]:
        """Who does what the noun names; nobody where the clause does not say."""
        return self._controlling(frame) or self._speaking(frame)

    def _controlling(self, frame: Frame) -> list[Phrase]:
        """The subject of the verb or noun of intention that governs the event or its verbal noun."""
        w, reader = self.w, self.reader
        low, _ = w.bounds[w.sentence[frame.first]]
        governor = frame.governor
        first = governor if governor is not None and governor < frame.first else frame.first
        at = w.spaced_left(first)
        i = at - 1
        while i >= low:
            phrase = reader.at[i]
            if phrase is not None:
                i = phrase.first - 1
                continue
            if reader.date_at[i]:
                i -= 1
                continue
            form = w.verbs[i]
            if _intention(w.bare[i]) or (form is not None and w.is_verb(i) and form.lemma in _INTENDS):
                return reader.direct(i + 1, at) or reader.left_subject(i)
            if w.norms[i] not in _LINKS and w.bare[i] not in _MASDARS:
                return []
            i -= 1
        return []

    def _speaking(self, frame: Frame) -> list[Phrase]:
        """Who says something in the meeting or on the visit: قال الوزير، خلال اجتماع مع نظيره."""
        w, reader = self.w, self.reader
        low, _ = w.bounds[w.sentence[frame.first]]
        at = w.spaced_left(frame.first) - 1
        if (
            at < low
            or frame.governor is not None
            or frame.entry.plural
            or (frame.article and frame.subtype == "conference")
        ):
            return []
        beside = any(a.relation in ("مع", "ب") for a in frame.arguments)
        if w.norms[at] not in _WITHIN and not (w.norms[at] in _AFTER and beside):
            return []
        for i in range(at - 1, max(low, at - 24) - 1, -1):
            if reader.at[i] is not None:
                continue
            if w.norms[i] in _THAT or w.norms[i] in (":", "؛") or i in reader.trigger_at:
                return []
            form = w.verbs[i]
            if form is not None and w.is_verb(i):
                if form.lemma not in _SAYS:
                    return []
                return [p for p in reader.direct(i + 1, at) if p.kind in ("person", "post")][:1]
        return []
