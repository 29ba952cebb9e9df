"""A Doc as plain lists: what the entity and event stages read at every step, without spaCy's per-token objects."""

from __future__ import annotations

from collections.abc import Sequence

from spacy.tokens import Doc

from kwus_extract.lexicon.closed import word_list
from kwus_extract.lexicon.verbs import VerbForm, verb_forms

PROCLITICS = frozenset("وفبلكس")
_NOT_VERBS = word_list("rarely_verbs")
"""Verb forms that in running news text are far more often something else when no subject follows."""


class Words:
    """Parallel lists over the tokens of a Doc, without the signs of hashtags (#كوريا_الشمالية reads as كوريا الشمالية).

    ``norms`` are folded forms, ``starts``/``ends`` raw offsets, ``sentence`` the sentence number of each token,
    ``verbs`` holds the reading of a token as a verb, ``future`` says that the future س stands before it;
    ``usable`` is false in boilerplate, placeholders and foreign words, ``clitic`` marks a proclitic written together
    with the next token; ``at`` says for each token of the Doc where it, or the first one after it, stands here.
    """

    __slots__ = (
        "at",
        "bare",
        "bounds",
        "clitic",
        "ends",
        "future",
        "norms",
        "sentence",
        "starts",
        "texts",
        "usable",
        "verbs",
    )

    def __init__(self, doc: Doc, usable: Sequence[int] | None = None) -> None:
        tokens = [t for t in doc if not _of_hashtag(doc, t.i)]
        self.at: list[int] = []
        for i, token in enumerate(tokens):
            self.at += [i] * (token.i + 1 - len(self.at))
        self.at += [len(tokens)] * (len(doc) + 1 - len(self.at))
        self.texts = [t.text for t in tokens]
        self.norms = [t.norm_ for t in tokens]
        self.starts = [t.idx for t in tokens]
        self.ends = [t.idx + len(t) for t in tokens]
        n = len(self.texts)
        self.usable = [bool(usable[t.i]) for t in tokens] if usable is not None else [True] * n
        self.clitic = [
            self.norms[i] in PROCLITICS
            and i + 1 < n
            and not any(t.whitespace_ for t in doc[tokens[i].i : tokens[i + 1].i])
            and self.norms[i + 1][:1].isalpha()
            for i in range(n)
        ]
        self.sentence: list[int] = []
        self.bounds: list[tuple[int, int]] = []
        first, number = 0, -1
        for i, token in enumerate(tokens):
            if i == 0 or any(t.is_sent_start for t in doc[tokens[i - 1].i + 1 : token.i + 1]):
                if number >= 0:
                    self.bounds.append((first, i))
                first, number = i, number + 1
            self.sentence.append(number)
        if n:
            self.bounds.append((first, n))
        forms = verb_forms()
        self.verbs: list[VerbForm | None] = [None] * n
        self.future = [False] * n
        for i, norm in enumerate(self.norms):
            form = forms.get(norm)
            if form is None and len(norm) > 4 and norm[0] == "س" and norm[1] in "يتنا" and norm[1:] in forms:
                form, self.future[i] = forms[norm[1:]], True  # the future س where the tokenizer left it on
            if i and self.clitic[i - 1] and self.norms[i - 1] == "س":
                self.future[i] = True
            if self.texts[i].endswith("ة"):
                continue  # قادة folds to what قاده does, but no verb ends so
            governed = i > 0 and self.clitic[i - 1] and self.norms[i - 1] in "بلك"
            if governed and self.norms[i - 1] == "ل" and form and form.tense == "present" and norm[0] == "ي":
                governed = False  # ليلتقي الرئيس
            if form and not self.clitic[i] and not governed:
                self.verbs[i] = form
        self.bare = [
            w[2:] if w.startswith("ال") and len(w) > 4 and not v else w
            for w, v in zip(self.norms, self.verbs, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.norms)

    def is_verb(self, i: int) -> bool:
        """Whether token ``i`` is read as a verb where nothing asks for one particular verb."""
        form = self.verbs[i]
        if form is not None:
            return self.norms[i] not in _NOT_VERBS or self.future[i]
        norm = self.norms[i]
        return self.future[i] or (
            norm[:1] in "ي"
            and 4 <= len(norm) <= 8
            and norm[1:2] not in "ا"
            and not norm.endswith("ه")
            and norm not in _IMPERFECT_LIKE
        )

    def is_definite(self, i: int) -> bool:
        """Whether the word carries the article."""
        return self.norms[i].startswith("ال") and len(self.norms[i]) > 3 and self.verbs[i] is None

    def joined(self, first: int, last: int) -> list[str]:
        """Folded words of the range as written: proclitics joined to what follows."""
        out: list[str] = []
        start = True
        for i in range(first, last):
            if start:
                out.append(self.norms[i])
            else:
                out[-1] += self.norms[i]
            start = not self.clitic[i]
        return out

    def spaced_left(self, i: int) -> int:
        """Index of the first proclitic written together with token ``i`` (``i`` itself when there is none)."""
        while i and self.clitic[i - 1]:
            i -= 1
        return i


_IMPERFECT_LIKE = word_list("never_verbs")


def _of_hashtag(doc: Doc, i: int) -> bool:
    """Whether a token is the # before a word or the _ between two."""
    text = doc[i].text
    if text not in ("#", "_") or i + 1 == len(doc) or doc[i].whitespace_ or not doc[i + 1].text[:1].isalnum():
        return False
    return text == "#" or (i > 0 and not doc[i - 1].whitespace_ and doc[i - 1].text[-1:].isalnum())
