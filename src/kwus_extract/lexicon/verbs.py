"""Verb forms, generated from the paradigms in ``verbs.yaml``: what a folded word may be, as a verb."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from kwus_extract.errors import RuleError
from kwus_extract.resources import load
from kwus_extract.text.fold import fold

Tense = Literal["past", "present", "passive"]
Number = Literal["s", "d", "p", "we"]


class VerbForm(NamedTuple):
    """One reading of a word as a verb: ``lemma`` is the perfect, third person singular, folded."""

    lemma: str
    tense: Tense
    number: Number
    enclitic: bool


# Endings with the number of the subject. Before an object pronoun the silent alef of وا falls away.
_PAST: tuple[tuple[str, Number], ...] = (
    ("", "s"),
    ("ت", "s"),
    ("ا", "d"),
    ("تا", "d"),
    ("وا", "p"),
    ("ن", "p"),
    ("نا", "we"),
)
_PRESENT: tuple[tuple[str, Number], ...] = (("", "s"), ("ان", "d"), ("ا", "d"), ("ون", "p"), ("وا", "p"), ("ن", "p"))
_PRONOUNS = ("ه", "ها", "هم", "هما", "نا", "ك", "كم", "ني")
_PREFIXES = ("ي", "ت")


def _endings(stem: str, endings: tuple[tuple[str, Number], ...], tense: Tense, lemma: str) -> dict[str, VerbForm]:
    out: dict[str, VerbForm] = {}
    for ending, number in endings:
        out.setdefault(stem + ending, VerbForm(lemma, tense, number, False))  # بحثنا: we did, rather than he did us
    for ending, number in endings:
        bare = "و" if ending == "وا" else ending
        for pronoun in _PRONOUNS:
            out.setdefault(stem + bare + pronoun, VerbForm(lemma, tense, number, True))
    return out


def conjugate(kind: str, entry: str) -> dict[str, VerbForm]:
    """All folded forms of one entry of ``verbs.yaml``.

    >>> forms = conjugate("hollow", "زار زر زور زر")
    >>> forms["زارت"].tense, forms["يزورون"].number, forms["زارها"].enclitic
    ('past', 'p', True)
    >>> sorted(f for f, v in conjugate("final_y", "التق لتق").items() if v.number == "d" and not v.enclitic)
    ['التقتا', 'التقيا', 'تلتقيا', 'تلتقيان', 'يلتقيا', 'يلتقيان']
    """
    stems = fold(entry).split()
    out: dict[str, VerbForm] = {}
    if kind == "hollow":
        past, past_short, present, present_short = stems
        lemma = past
        out |= _endings(past, _PAST[:5], "past", lemma)
        out |= _endings(past_short, (("نا", "we"), ("ن", "p")), "past", lemma)
        for prefix in (*_PREFIXES, "ن"):
            number_we: tuple[tuple[str, Number], ...] = (("", "we"),)
            out |= _endings(prefix + present, _PRESENT if prefix != "ن" else number_we, "present", lemma)
            out.setdefault(prefix + present_short, VerbForm(lemma, "present", "s", False))
    elif kind == "sound":
        past, present = stems
        lemma = past
        out |= _endings(past, _PAST, "past", lemma)
        for prefix in _PREFIXES:
            out |= _endings(prefix + present, _PRESENT, "present", lemma)
    elif kind in ("final_y", "final_w"):
        past, present = stems
        weak_past, weak = ("ي", "ي") if kind == "final_y" else ("ا", "و")
        lemma = past + weak_past
        out |= {past + weak_past: VerbForm(lemma, "past", "s", False)}
        out |= _endings(past, (("ت", "s"), ("تا", "d"), ("وا", "p")), "past", lemma)
        out |= _endings(past + ("ي" if weak == "ي" else "و"), (("ا", "d"), ("نا", "we"), ("ن", "p")), "past", lemma)
        out |= {past + "ا" + pronoun: VerbForm(lemma, "past", "s", True) for pronoun in _PRONOUNS}
        for prefix in _PREFIXES:
            out |= _endings(prefix + present + weak, (("", "s"), ("ان", "d"), ("ا", "d")), "present", lemma)
            out |= _endings(prefix + present, (("ون", "p"), ("وا", "p")), "present", lemma)
            if len(present) > 1:
                out.setdefault(prefix + present, VerbForm(lemma, "present", "s", False))
    else:
        raise RuleError(f"verbs.yaml: unknown conjugation class {kind!r}")
    return out


@lru_cache(maxsize=1)
def verb_forms() -> dict[str, VerbForm]:
    """Every form of every verb of ``verbs.yaml``; the first reading given wins."""
    data = load("kwus_extract.lexicon", "verbs.yaml", dict[str, dict[str, list[str]]])
    out: dict[str, VerbForm] = {}
    for form, (lemma, tense, number) in data.pop("irregular").items():
        out[fold(form)] = VerbForm(fold(lemma), tense, number, False)  # type: ignore[arg-type]
    for group in data.values():
        for kind, entries in group.items():
            for entry in entries:
                for form, reading in conjugate(kind, entry).items():
                    if len(form) > 2 or form in ("تم", "ضم", "عد", "حل", "حط"):
                        out.setdefault(form, reading)
    return out
