"""Who says so: the source that a sentence names for what it tells."""

from __future__ import annotations

from kwus_extract.entities.phrases import Phrase
from kwus_extract.entities.words import Words
from kwus_extract.events.frames import Frame
from kwus_extract.lexicon.closed import word_list

_SAYING = word_list("saying")
_ACCORDING = word_list("according_to")
_SOURCES = ("person", "post", "org", "group")


def source_of(frame: Frame, words: Words, at: list[Phrase | None]) -> Phrase | None:
    """The phrase that the sentence of ``frame`` gives as its source, or None.

    Either ``وفقا لبيان صادر عن الجيش``, ``بحسب وكالة …`` anywhere in the sentence, or the subject of a verb of saying
    whose أن-clause holds the trigger.
    """
    low, high = words.bounds[words.sentence[frame.first]]
    for i in range(low, high):
        if words.norms[i] in _ACCORDING:
            for j in range(i + 1, min(i + 9, high)):
                phrase = at[j]
                if phrase is not None:
                    if phrase.kind in _SOURCES:
                        return phrase
                    break
                if words.norms[j] in ("،", ".", "ان"):
                    break
    for i in range(frame.first - 1, low, -1):
        if words.norms[i] in ("ان", "انه", "انها"):
            for j in range(i - 1, low - 1, -1):
                form = words.verbs[j]
                if form is not None and form.lemma in _SAYING:
                    phrase = next((at[k] for k in range(j + 1, min(j + 5, i)) if at[k] is not None), None)
                    return phrase if phrase is not None and phrase.kind in _SOURCES else None
            return None
    return None
