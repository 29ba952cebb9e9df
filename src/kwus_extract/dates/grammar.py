"""The grammar of dates: the rules of ``grammar.yaml`` as regular expressions over the kinds of words.

Every kind is one private character, so that a rule runs over a whole article as one ``finditer`` in C. All repetition
in the rules is bounded, which keeps matching linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from kwus_extract.dates.build import BUILDERS, Builder, Slots
from kwus_extract.dates.scan import Token
from kwus_extract.errors import RuleError
from kwus_extract.resources import load

_SLOT = re.compile(r"([a-z]+\d?)=\(")
_FRAGMENT = re.compile(r"\{([a-z]+)\}")
_KIND = re.compile(r"[A-Z]+")
_UNBOUNDED = re.compile(r"[*+]|,\}")


class RuleData(BaseModel):
    """One rule as it stands in the file; ``examples`` maps a phrase to its value, its values, or null for none."""

    model_config = ConfigDict(extra="forbid")

    id: str
    pattern: str
    make: str | None = None
    gives: str
    repeat: bool = False
    examples: dict[str, str | list[str] | None]


class GrammarData(BaseModel):
    """The shape of ``grammar.yaml``."""

    model_config = ConfigDict(extra="forbid")

    fragments: dict[str, str]
    rules: list[RuleData]


class Rule(NamedTuple):
    """A compiled rule: what it looks for, what makes the new value, and the kind of the new token."""

    id: str
    pattern: re.Pattern[str]
    build: Builder | None
    gives: str
    repeat: bool


@cache
def symbol(kind: str) -> str:
    """The character that stands for a kind in patterns and sequences."""
    number = _kinds.setdefault(kind, len(_kinds))
    return chr(0xE000 + number)


_kinds: dict[str, int] = {}


def _compile(data: RuleData, fragments: dict[str, str]) -> Rule:
    if _UNBOUNDED.search(data.pattern):
        raise RuleError(f"grammar.yaml: {data.id}: repetition must be bounded, as in {{0,2}}")
    if data.make is not None and data.make not in BUILDERS:
        raise RuleError(f"grammar.yaml: {data.id}: no builder {data.make!r}; there are {', '.join(BUILDERS)}")
    try:
        pattern = _FRAGMENT.sub(lambda m: fragments[m[1]], data.pattern)
        pattern = _KIND.sub(lambda m: symbol(m[0]), pattern)
        compiled = re.compile(_SLOT.sub(r"(?P<\1>", pattern).replace(" ", ""))
    except (KeyError, re.error) as error:
        raise RuleError(f"grammar.yaml: {data.id}: {error}") from error
    if compiled.match(""):
        raise RuleError(f"grammar.yaml: {data.id}: the pattern matches nothing at all")
    return Rule(data.id, compiled, BUILDERS[data.make] if data.make else None, data.gives, data.repeat)


def read_grammar() -> GrammarData:
    """The rules as data; a rule id that stands twice is an error."""
    data = load("kwus_extract.dates", "grammar.yaml", GrammarData)
    ids = [rule.id for rule in data.rules]
    if twice := {rule for rule in ids if ids.count(rule) > 1}:
        raise RuleError(f"grammar.yaml: id stands twice: {', '.join(sorted(twice))}")
    return data


@cache
def grammar() -> tuple[Rule, ...]:
    """The rules, compiled, in their order."""
    data = read_grammar()
    return tuple(_compile(rule, data.fragments) for rule in data.rules)


def _slots(match: re.Match[str], tokens: list[Token]) -> tuple[Slots, int, int]:
    slots: Slots = {}
    start, end = match.span()
    for name, index in match.re.groupindex.items():
        low, high = match.span(index)
        if low < 0:
            continue
        slots[name.rstrip("0123456789")] = tokens[low:high]
        if name.startswith("it"):
            start, end = low, high
    slots["it"] = tokens[start:end]
    return slots, start, end


def _apply(rule: Rule, tokens: list[Token], sequence: str) -> Iterator[tuple[int, int, list[Token]]]:
    """What the rule puts in place of which tokens."""
    for match in rule.pattern.finditer(sequence):
        slots, start, end = _slots(match, tokens)
        made = rule.build(slots) if rule.build else slots["it"][0].value
        if rule.gives == "drop":
            if made is not None or rule.build is None:
                yield start, end, [token._replace(kind="OTHER") for token in slots["it"]]
        elif isinstance(made, list):
            yield start, end, made
        elif made is not None:
            yield start, end, [Token(rule.gives, tokens[start].start, tokens[end - 1].end, made)]


def parse(tokens: list[Token]) -> list[Token]:
    """The tokens after all rules; those of kind ``DATE`` hold the expressions found.

    >>> from kwus_extract.dates.scan import scan
    >>> from kwus_extract.text.fold import FoldedText
    >>> tokens = parse(scan(FoldedText("في 24 نوفمبر 2020")).tokens)
    >>> [(t.start, t.end, t.value.day) for t in tokens if t.kind == "DATE"]
    [(3, 17, 24)]
    """
    sequence = "".join([symbol(token.kind) for token in tokens])
    for rule in grammar():
        for _ in range(4 if rule.repeat else 1):
            changes = list(_apply(rule, tokens, sequence))
            if not changes:
                break
            out: list[Token] = []
            at = 0
            for start, end, new in changes:
                out += tokens[at:start]
                out += new
                at = end
            tokens = out + tokens[at:]
            sequence = "".join([symbol(token.kind) for token in tokens])
    return tokens
