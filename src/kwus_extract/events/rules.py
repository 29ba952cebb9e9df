"""The event rules: YAML files validated by pydantic and compiled to one index of trigger words.

A rule names its triggers (verbs by lemma, nouns, participles), the relations in which its roles stand to them, and
its own examples and counter-examples. Verb forms are conjugated, noun forms declined; nothing is spelt out by hand.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from spacy.language import Language

from kwus_extract.errors import RuleError
from kwus_extract.lexicon.verbs import VerbForm, verb_forms
from kwus_extract.records import EventType
from kwus_extract.resources import load, parse
from kwus_extract.text.fold import fold

PACKAGE = "kwus_extract.rules"
TYPES: tuple[EventType, ...] = ("visit", "dialogue", "exercise", "agreement")
# The role of those who make the event, by type.
MAIN_ROLES = {"visit": "visitor", "dialogue": "participant", "exercise": "participant", "agreement": "party"}
Kind = Literal["person", "post", "group", "org", "country", "place", "side", "other"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RoleSpec(_Strict):
    """Where a role's fillers stand: relations in order of preference, and the kinds of phrase that can fill it."""

    relations: list[str]
    kinds: list[Kind]


class Context(_Strict):
    """Words right before or after a trigger: ``after`` may be several words; ``after_clause`` anywhere in the clause."""

    before: list[str] = []
    after: list[str] = []
    after_clause: list[str] = []
    nouns: list[str] = []
    support: bool = False


class Rule(_Strict):
    """One way in which news reports an event of one type."""

    id: str
    verbs: list[str] = []
    nouns: list[str] = []
    plurals: list[str] = []
    short: list[str] = []
    participles: list[str] = []
    follow: list[str] = []
    subtype: str
    subtypes: dict[str, list[str]] = {}
    by_noun: dict[str, list[str]] = {}
    support: dict[Literal["subject", "object"], dict[str, list[str]]] = {}
    owner: str | None = None  # the role of a possessive pronoun, where it is not the main one
    roles: dict[str, RoleSpec]
    needs: list[str] = []
    alone: bool = False  # its noun is an event even without fillers, in an article that tells no other of the type
    unless: Context = Context()
    require: Context | None = None
    examples: list[str] = Field(min_length=1)
    counter_examples: list[str] = Field(min_length=1)


class Never(_Strict):
    """A word that in such company tells of no event of the type, whatever the network makes of it.

    ``after`` stands right behind the word or behind its subject or possessor (مغادرة الرئيس القاعة), ``then`` anywhere
    behind it in the clause, ``left`` are verbs before it in its clause; where several are given, one of each must
    stand there. ``unless`` are words behind it that let it be.
    """

    nouns: list[str] = []
    verbs: list[str] = []
    subject: list[Kind] = []  # what stands right behind a verb in the singular
    after: list[str] = []
    then: list[str] = []
    left: list[str] = []
    unless: list[str] = []
    again: bool = False  # so do its nouns where they take up with an article what was told
    examples: list[str] = Field(min_length=1)
    counter_examples: list[str] = Field(min_length=1)


class Continuation(_Strict):
    """A verb that adds fillers to the event told before by a pronoun: يرافقه فلان، يشارك فيها الجيش، وقعها الوزير."""

    verbs: list[str]
    role: str
    kinds: list[Kind]
    through: bool = False  # the verb's object is the body they act for: ترأس الوفد الكويتي فلان
    members_of: list[str] = []  # the verb's subject is a body of this name: ضم الوفد فلانا، وفد يضم فلانا


class RuleFile(_Strict):
    """A file of rules for one event type."""

    type: EventType
    rules: list[Rule]
    continuations: list[Continuation] = []
    never: list[Never] = []


class Entry(NamedTuple):
    """One form of one trigger: its words, the rule, and what the form says."""

    words: tuple[str, ...]
    rule: Rule
    type: EventType
    kind: Literal["verb", "noun", "participle"]
    verb: VerbForm | None = None
    plural: bool = False
    owner: str | None = None  # s, d or p: the number of a possessive pronoun


_OWNERS = {"ه": "s", "ها": "s", "هم": "p", "هما": "d", "نا": "p", "هن": "p"}


def noun_forms(noun: str) -> dict[str, str | None]:
    """Folded forms of a noun without article, with the number of the possessive pronoun where there is one.

    >>> forms = noun_forms("زيارة"); forms["زيارتهما"], "زيارتين" in forms, forms["زياره"]
    ('d', True, None)
    >>> "لقايه" in noun_forms("لقاء")
    True
    """
    word = fold(noun)
    out: dict[str, str | None] = {word: None}
    if word.endswith("ه"):
        stem = word[:-1] + "ت"
        out |= dict.fromkeys((stem + "ين", stem + "ان", stem + "ي"))
        stems = [stem]
    elif word.endswith("ء"):
        stems = [word, word[:-1] + "و", word[:-1] + "ي"]
        out |= dict.fromkeys((word + "ا", word + "ين", word + "ان", word[:-1] + "ين"))
    else:
        stems = [word]
        if not word.endswith(("ي", "ات", "ا")):
            out |= dict.fromkeys((word + "ا", word + "ين", word + "ان"))
    for stem in stems:
        for pronoun, number in _OWNERS.items():
            out.setdefault(stem + pronoun, number)
    return out


def load_rules() -> list[RuleFile]:
    """All rule files of the package, validated; RuleError names file and entry."""
    out = [load(PACKAGE, f"{name}.yaml", RuleFile) for name in TYPES]
    ids = [rule.id for rule_file in out for rule in rule_file.rules]
    if repeated := {i for i in ids if ids.count(i) > 1}:
        raise RuleError(f"rule ids used twice: {', '.join(sorted(repeated))}")
    return out


class Index:
    """The compiled rules: trigger entries by their first word."""

    def __init__(self, rule_files: list[RuleFile]) -> None:
        self.entries: dict[str, list[Entry]] = {}
        self.rules: dict[str, Rule] = {}
        self.continuations: dict[str, list[tuple[EventType, Continuation]]] = {}
        self.never: dict[tuple[EventType, str], list[Never]] = {}
        by_lemma: dict[str, list[tuple[str, VerbForm]]] = {}
        for form, reading in verb_forms().items():
            by_lemma.setdefault(reading.lemma, []).append((form, reading))
        for rule_file in rule_files:
            for continuation in rule_file.continuations:
                for lemma in continuation.verbs:
                    if fold(lemma) not in by_lemma:
                        raise RuleError(f"{rule_file.type}: no verb {lemma!r} in verbs.yaml")
                    self.continuations.setdefault(fold(lemma), []).append((rule_file.type, continuation))
            for never in rule_file.never:
                for lemma in (*never.verbs, *never.left):
                    if fold(lemma) not in by_lemma:
                        raise RuleError(f"{rule_file.type}: no verb {lemma!r} in verbs.yaml")
                forms = {form for noun in never.nouns for form in noun_forms(noun)}
                forms |= {form for lemma in never.verbs for form, _ in by_lemma[fold(lemma)]}
                for form in forms:
                    self.never.setdefault((rule_file.type, form), []).append(never)
            for rule in rule_file.rules:
                self.rules[rule.id] = rule
                for lemma in rule.verbs:
                    if fold(lemma) not in by_lemma:
                        raise RuleError(f"{rule.id}: no verb {lemma!r} in verbs.yaml")
                    for form, reading in by_lemma[fold(lemma)]:
                        self._add(Entry((form,), rule, rule_file.type, "verb", reading))
                for group in (*rule.support.get("subject", {}).values(), *rule.support.get("object", {}).values()):
                    for lemma in group:
                        if fold(lemma) not in by_lemma:
                            raise RuleError(f"{rule.id}: no verb {lemma!r} in verbs.yaml")
                for noun in rule.nouns + rule.short:
                    *lead, last = noun.split()
                    if lead:
                        self._add(Entry(tuple(fold(noun).split()), rule, rule_file.type, "noun"))
                        self._add(Entry((fold(lead[0]) + "ا", *fold(noun).split()[1:]), rule, rule_file.type, "noun"))
                        continue
                    for form, owner in noun_forms(last).items():
                        self._add(Entry((form,), rule, rule_file.type, "noun", owner=owner))
                for noun in rule.plurals:
                    words = tuple(fold(noun).split())
                    if len(words) > 1:
                        self._add(Entry(words, rule, rule_file.type, "noun", plural=True))
                        continue
                    for form, owner in noun_forms(noun).items():
                        self._add(Entry((form,), rule, rule_file.type, "noun", plural=True, owner=owner))
                for word in rule.participles:
                    self._add(Entry((fold(word),), rule, rule_file.type, "participle"))
        for entries in self.entries.values():
            entries.sort(key=lambda e: -len(e.words))

    def _add(self, entry: Entry) -> None:
        self.entries.setdefault(entry.words[0], []).append(entry)


@lru_cache(maxsize=1)
def index() -> Index:
    """The compiled rules of the package."""
    return Index(load_rules())


@lru_cache(maxsize=1)
def cues() -> dict[str, dict[str, tuple[tuple[str, ...], ...]]]:
    """Cues of status by status and side: folded words, several for a phrase."""
    data = parse(
        files(PACKAGE).joinpath("cues.yaml").read_text("utf-8"), dict[str, dict[str, list[str]]], name="cues.yaml"
    )
    return {
        s: {side: tuple(tuple(fold(c).split()) for c in words) for side, words in v.items()} for s, v in data.items()
    }


def schema() -> dict[str, Any]:
    """JSON Schema of a rule file."""
    return RuleFile.model_json_schema()


def check_rules(nlp: Language) -> list[str]:
    """Run every rule on its own examples and counter-examples with the pipeline ``nlp``; one line per problem."""
    problems: list[str] = []
    for rule_file in load_rules():
        for rule in rule_file.rules:
            for wanted, sentences in ((True, rule.examples), (False, rule.counter_examples)):
                for sentence in sentences:
                    found = nlp(sentence)._.events
                    fired = {frame.rule.id for cluster in found.clusters for frame in cluster.frames}
                    if wanted and rule.id not in fired:
                        problems.append(
                            f"{rule.id}: does not fire on its example: {sentence} (fired: {', '.join(sorted(fired)) or 'nothing'})"
                        )
                    elif not wanted and rule.id in fired:
                        problems.append(f"{rule.id}: fires on its counter-example: {sentence}")
    return problems
