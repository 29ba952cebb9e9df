"""Frames: a trigger, the phrases around it and the relation in which each stands to it.

Arabic news is read clause by clause: after a verb the first phrase without a preposition is its subject, the next its
object; a noun is followed by its possessor and by prepositional phrases, and governed by a light verb to its left
(قام … بزيارة، أجرى … محادثات). Rules only say which relation fills which role.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kwus_extract.entities.phrases import Phrase
from kwus_extract.entities.words import Words
from kwus_extract.events.agents import Agents
from kwus_extract.events.rules import Context, Entry, Index, Never, Rule
from kwus_extract.lexicon.closed import body_kinds, ordinal_tens, ordinals, verbal_nouns, word_list
from kwus_extract.lexicon.verbs import VerbForm
from kwus_extract.records import EventType
from kwus_extract.text.fold import fold

if TYPE_CHECKING:
    from kwus_extract.events.calendar import Day
    from kwus_extract.events.filling import Slot

_PREPOSITIONS = {"الي": "إلى", "من": "من", "في": "في", "مع": "مع", "بين": "بين", "علي": "على", "عن": "عن", "لدي": "لدى", "نحو": "نحو", "ضد": "ضد",
                 "قباله": "قبالة", "قرب": "قرب", "عبر": "عبر"}  # fmt: skip
_COMPOUND = {
    "بمشاركه": "بمشاركة",
    "بحضور": "بحضور",
    "برياسه": "برئاسة",
    "بقياده": "بقيادة",
    "بزعامه": "بقيادة",
    "بدعوه": "بدعوة",
    "بتنظيم": "بتنظيم",
    "برعايه": "برعاية",
    "برفقه": "برفقة",
    "بصحبه": "برفقة",
    "بين": "بين",
}
_BY = frozenset(_COMPOUND.values())
# Roles whose governing verbs are told apart from those of the main role.
_OWN_SUPPORT = ("host", "signatory", "location")
_BREAKS = word_list("clause_breaks")
_PARTS_OF_DAY = word_list("parts_of_day")
_REPRESENTING = word_list("representing")
_ACTING_THROUGH = word_list("acting_through")
_SKIP = word_list("passed_over")
_RELATIVES = word_list("relatives")
_DEMONSTRATIVES = word_list("demonstratives")
_COLLECTIVES = word_list("collectives")
_AMONG = word_list("among")
_SITUATIONS = word_list("situations")
_DURATIONS = word_list("durations")
_LASTING = word_list("lasting")
_ADDING = [
    ["الي", "جانب"],
    ["ب", "الاضافه", "الي"],
    ["ب", "الاضافه", "ل"],
    ["اضافه", "الي"],
    ["فضلا", "عن"],
    ["علاوه", "علي"],
]
_QUOTES = frozenset("\"'«»“”″’‘()[]#_")
_DASHES = frozenset("-–—ـ")
_AGENTS = frozenset(("support-subject", "support-host", "support-signatory", "subject", "by"))
_SUBJECTS = frozenset(("person", "post", "group", "org", "country", "side"))


@dataclass(slots=True, eq=False)
class Argument:
    """A phrase and its relation to a trigger."""

    relation: str
    phrase: Phrase


class Apart(NamedTuple):
    """How an event stands in time to the clause that tells of it: غداة اجتماعهم، قبل يومين من القمة."""

    at: int  # token where this is said
    later: bool
    days: int | None  # how far, None where that is not told; hours are none


@dataclass(slots=True, eq=False)
class Frame:
    """One mention of an event with what its clause says of it."""

    entry: Entry
    first: int
    last: int
    arguments: list[Argument] = field(default_factory=list)
    governor: int | None = None
    governor_form: VerbForm | None = None
    governor_role: str | None = None
    relative: VerbForm | None = None  # verb of the clause about the noun: لقاء عقد أمس
    roles: dict[str, list[Phrase]] = field(default_factory=dict)
    end: int = 0  # token where the clause of the trigger ends
    start: int = 0  # token where it begins
    definite: bool = False
    article: bool = False
    another: bool = False  # اتفاق جديد، لقاء آخر
    demonstrative: bool = False
    title: bool = False
    name: tuple[int, int] | None = None
    named: str = ""  # its words, folded
    ordinal: int | None = None
    subtype: str = ""
    status: str = "occurred"
    weight: float = 0.0
    dates: list[int] = field(default_factory=list)
    chance: float = 1.0  # of telling of an event, where the network was asked
    statuses: NDArray[np.float32] | None = None  # chance of each, where the network was asked
    slots: list[Slot] = field(default_factory=list)  # what the network says of each phrase near
    days: list[Day] = field(default_factory=list)  # what it says of each date near
    word: int = 0  # the number of its word among the network's
    vector: NDArray[np.float32] | None = None  # the network's, of that word
    apart: Apart | None = None  # غداة اجتماعهم: that it is not of the time of its clause
    shifted: tuple[int, int] | None = None  # the date that it is so many days before or behind
    agreed: bool = False  # اتفقا على، الاتفاق على: what was agreed upon rather than a paper

    @property
    def rule(self) -> Rule:
        return self.entry.rule

    @property
    def type(self) -> EventType:
        return self.entry.type


class FrameReader:
    """Finds the triggers of an article and reads the frame of each."""

    def __init__(
        self, words: Words, phrases: list[Phrase], index: Index, date_spans: Iterable[tuple[int, int]] = ()
    ) -> None:
        self.w = words
        self.index = index
        n = len(words)
        self.phrases = phrases
        self.at: list[Phrase | None] = [None] * n
        for phrase in phrases:
            for i in range(phrase.first, phrase.last):
                self.at[i] = phrase
        self.date_at: list[tuple[int, int] | None] = [None] * n
        for span in date_spans:
            for i in range(*span):
                self.date_at[i] = span
        self.trigger_at: dict[int, Frame] = {}
        self._told_never: set[int] = set()
        self.agents = Agents(self)

    # --- triggers ---------------------------------------------------------------------------------------------

    def read(self) -> list[Frame]:
        """All frames in order."""
        frames: list[Frame] = []
        i, n = 0, len(self.w)
        while i < n:
            frame = self._trigger(i) if self.w.usable[i] else None
            if frame:
                frames.append(frame)
                for k in range(frame.first, frame.last):
                    self.trigger_at[k] = frame
                i = frame.last
            else:
                i += 1
        for frame in frames:
            self._clause(frame)
            self._arguments(frame)
            frame.agreed = frame.type == "agreement" and (
                frame.entry.kind == "verb"
                or (frame.entry.words[0].startswith("اتفاق") and self.w.norms[frame.last : frame.last + 1] == ["علي"])
            )
            if frame.name:
                frame.named = " ".join(w.removeprefix("ال") for w in self.w.norms[slice(*frame.name)])
        return [f for f in frames if self._allowed(f)]

    def _trigger(self, i: int) -> Frame | None:
        w = self.w
        phrase = self.at[i]
        as_verb = w.norms[i][1:] if w.future[i] and w.norms[i][0] == "س" and not (i and w.clitic[i - 1]) else w.norms[i]
        for word in dict.fromkeys((w.norms[i], w.bare[i], as_verb)):
            for entry in self.index.entries.get(word, ()):
                size = len(entry.words)
                if size > 1 and tuple(w.norms[i + 1 : i + size]) != entry.words[1:]:
                    continue
                if phrase is not None and not (phrase.kind == "other" and entry.kind == "noun" and phrase.first == i):
                    continue  # inside a name or a post; but a named agreement or exercise is a mention of itself
                if entry.kind == "verb" and (word != as_verb or w.verbs[i] is None or not self._verbal(i)):
                    continue
                if entry.kind == "verb" and w.norms[w.spaced_left(i) - 1] in _NOUN_FOLLOWS:
                    continue  # عند عرضها، بعد توجهه: the verbal noun
                if entry.kind == "noun" and i and w.clitic[i - 1] and w.norms[i - 1] == "س":
                    continue
                if entry.kind == "noun" and w.verbs[i] is not None and w.norms[w.spaced_left(i) - 1] in _RELATIVES:
                    continue  # اللقاء الذي عقد
                if not self._fits(entry, i, i + size):
                    continue
                return self._frame(entry, i)
        return None

    def frame(self, entry: Entry, i: int) -> Frame:
        """A frame for a trigger that no rule names, with its clause but no arguments."""
        frame = self._frame(entry, i)
        self._clause(frame)
        self.trigger_at[i] = frame
        return frame

    def _frame(self, entry: Entry, i: int) -> Frame:
        w, size = self.w, len(entry.words)
        frame = Frame(entry, i, i + size, subtype=entry.rule.subtype)
        left = w.spaced_left(i)
        frame.article = entry.kind == "noun" and w.norms[i].startswith("ال") and entry.words[0] != w.norms[i]
        frame.demonstrative = left > 0 and w.norms[left - 1] in _DEMONSTRATIVES
        frame.definite = entry.kind == "noun" and (
            w.is_definite(i) or w.norms[i].startswith("ال") or entry.owner is not None or frame.demonstrative
        )
        frame.another = entry.kind == "noun" and any(word in _ANOTHER for word in w.bare[i + size : i + size + 3])
        for subtype, adjectives in entry.rule.subtypes.items():
            if not {*map(fold, adjectives)}.isdisjoint(self._after(i + size, 4)):
                frame.subtype = subtype
        for subtype, nouns in entry.rule.by_noun.items():
            if any(entry.words[0].startswith(fold(x)[:-1]) for x in nouns):
                frame.subtype = subtype
        return frame

    def _verbal(self, i: int) -> bool:
        """Whether a form that may also be a noun (بحث، عقد) is a verb here: it opens a clause and a phrase follows."""
        w = self.w
        if w.is_verb(i):
            return True
        left = w.spaced_left(i)
        low, high = w.bounds[w.sentence[i]]
        if left > low and w.norms[left - 1] in ("قد", "لم", "لن"):
            return True
        opens = (
            left == low
            or (left < i and w.norms[left] in "وف")
            or w.norms[left - 1] in ("،", ",", "حيث", "الذي", "التي", "فيما", "كما", "ان")
        )
        follows = i + 1 < high and (self.at[i + 1] is not None or w.norms[i + 1] == "مع")
        before = left > low and self.at[left - 1] is not None and self.at[left - 1].kind in ("person", "post")  # type: ignore[union-attr]
        return (opens and follows) or before

    def _fits(self, entry: Entry, first: int, last: int) -> bool:
        rule = entry.rule
        if last == first + 1 and self.refused(entry.type, first):
            return False
        if (
            rule.follow
            and entry.kind == "noun"
            and not any(self.w.norms[k] in map(fold, rule.follow) for k in range(last, min(last + 3, len(self.w))))
        ):
            return False
        return not self._context(rule.unless, first, last)

    def refused(self, kind: EventType, i: int) -> bool:
        """Whether a word is known to tell of no event of a type where it stands."""
        for word in {self.w.norms[i], self.w.bare[i], self._unmarked(i)}:
            for never in self.index.never.get((kind, word), ()):
                if self._never(never, i):
                    if never.again:
                        self._told_never.add(id(never))
                    return True
                if never.again and id(never) in self._told_never and self._bare(i):
                    return True
        return False

    def _unmarked(self, i: int) -> str:
        """A verb without the prefix of its future."""
        word = self.w.norms[i]
        return word[1:] if self.w.future[i] and word[0] == "س" else word

    def _bare(self, i: int) -> bool:
        """Whether a noun has its article and nothing else to tell which is meant: وأضاف في الحوار."""
        w = self.w
        after = w.norms[i + 1] if i + 1 < len(w) else "."
        return w.norms[i].startswith("ال") and after not in ("بين", "مع") and not after.startswith("ال")

    def _never(self, never: Never, i: int) -> bool:
        w = self.w
        low, high = w.bounds[w.sentence[i]]
        form, at = w.verbs[i], self.at[i + 1] if i + 1 < high else None
        if never.subject and (form is None or form.number != "s" or at is None or at.kind not in never.subject):
            return False
        spots = [i + 1, *([at.last] if at is not None else [])]
        if never.after and not any(self._words_at(k, x) for k in spots for x in never.after):
            return False
        end = next((k for k in range(i + 1, high) if w.norms[k] in _BREAKS and self.at[k] is None), high)
        if never.then and not any(self._words_at(k, x) for k in range(i + 1, end) for x in never.then):
            return False
        if any(self._words_at(k, x) for k in range(i + 1, end) for x in never.unless):
            return False
        if never.left:
            start = next(
                (k + 1 for k in range(i - 1, low - 1, -1) if w.norms[k] in _BREAKS and self.at[k] is None), low
            )
            return any(v is not None and v.lemma in map(fold, never.left) for v in w.verbs[start:i])
        return True

    def _words_at(self, i: int, words: str) -> bool:
        """Whether words stand at a token, the last of them perhaps with a pronoun: أولويات، أولوياتهم."""
        wanted = fold(words).split()
        here = self.w.norms[i : i + len(wanted)]
        return len(here) == len(wanted) and here[:-1] == wanted[:-1] and here[-1] in {wanted[-1] + x for x in _PRONOUNS}

    def _after(self, first: int, count: int) -> list[str]:
        """The words from a token on; the accusative of an adjective of relation, تمرينا وهميا, without its alef."""
        return [n[:-1] if n.endswith("يا") else n for n in self.w.norms[first : first + count]]

    def _context(self, context: Context, first: int, last: int) -> bool:
        """Whether one of the context's words stands beside the trigger."""
        w = self.w
        after = self._after(last, 5)
        for phrase in context.after:
            words = fold(phrase).split() if phrase != "NAME" else []
            if words and any(after[k : k + len(words)] == words for k in range(0, 3 if len(words) == 1 else 2)):
                return True
            if len(words) == 1 and after and after[0] in (words[0] + "ه", words[0] + "ها", words[0] + "هم"):
                return True  # وصل عددها
            if phrase == "NAME" and last < len(w) and w.texts[last] in ("«", "“", '"', "(", "”", "'"):
                return True
        left = w.spaced_left(first)
        before = w.norms[max(0, left - 3) : left] + w.norms[left:first]
        return any(
            fold(word) in before or fold(word) in [b.removeprefix("ال") for b in before] for word in context.before
        )

    def _allowed(self, frame: Frame) -> bool:
        require = frame.rule.require
        if require is None:
            return True
        if require.nouns and not any(frame.entry.words[0].startswith(fold(x)[:-1]) for x in require.nouns):
            return True
        if require.support:
            return frame.governor is not None
        if require.after_clause:
            clause = self.w.norms[frame.last : frame.end]
            return any(fold(word) in clause for word in require.after_clause)
        if frame.definite and frame.entry.owner is None and not require.nouns and frame.demonstrative:
            return True
        if frame.type == "exercise" and any(
            a.relation != "genitive" and a.phrase.kind == "org" and self.w.bare[a.phrase.first] in _FORCES
            for a in frame.arguments
        ):
            return True  # التمرين المقرر مع القوات الإيطالية
        return self._context(require, frame.first, frame.last) or frame.name is not None

    # --- clause -----------------------------------------------------------------------------------------------

    def _clause(self, frame: Frame) -> None:
        w = self.w
        low, high = w.bounds[w.sentence[frame.first]]
        end = frame.last
        while end < high:
            norm = w.norms[end]
            if norm in ("؛", ".", ":") or (norm in _BREAKS and self.at[end] is None):
                break
            end += 1
        start = frame.first
        while start > low:
            norm = w.norms[start - 1]
            if norm in ("؛", ":") or (norm in _BREAKS and self.at[start - 1] is None):
                break
            start -= 1
        frame.start, frame.end = start, end

    # --- arguments --------------------------------------------------------------------------------------------

    def _arguments(self, frame: Frame) -> None:
        if frame.entry.kind == "noun":
            self._name(frame)
            self._right(frame, "genitive")
            self._govern(frame)
            if not any(a.relation in _AGENTS for a in frame.arguments) and frame.entry.owner is None:
                role = frame.governor_role if frame.governor_role in _OWN_SUPPORT else "subject"
                frame.arguments.extend(Argument(f"support-{role}", p) for p in self.agents.of(frame))
            if frame.type == "visit" and any(a.relation in _AGENTS for a in frame.arguments):
                for argument in frame.arguments:  # مستعد لزيارة البيت الأبيض: who goes is told, so this is where
                    if argument.relation == "genitive":
                        argument.relation = "object"
            if self._told_of(frame):
                frame.arguments = [
                    a for a in frame.arguments if a.relation not in ("من", "ل", "ب", "في", "far:في", "second")
                ]
        else:
            self._right(frame, "subject")
            self._subject(frame)

    def _told_of(self, frame: Frame) -> bool:
        """Whether the noun is the subject of a verb that names topics: تناول اللقاء الأوضاع في سوريا."""
        left = self.w.spaced_left(frame.first) - 1
        form = self.w.verbs[left] if left >= 0 else None
        return form is not None and form.lemma in _TOPICAL and not form.enclitic

    def _right(self, frame: Frame, direct: str) -> None:
        """Phrases to the right of the trigger with their relations."""
        w = self.w
        _, high = w.bounds[w.sentence[frame.first]]
        i = frame.name[1] if frame.name and frame.name[0] <= frame.last + 3 else frame.last
        preposition: str | None = None
        carried = "support-subject"
        relation = ""
        direct_count, gap, blocked, joined = 0, 0, False, False
        comma = False
        support = self._support(frame.rule)
        # في استقباله الوزير: behind a pronoun stands no possessor, where the rule tells the two apart
        owned = frame.entry.owner is not None and any("object" in s.relations for s in frame.rule.roles.values())
        while i < high:
            phrase = self.at[i]
            norm = w.norms[i]
            date = self.date_at[i]
            if date is not None:
                i = max(date[1], i + 1)
                joined = False
                continue
            if phrase is not None and preposition is None and not joined and self._adjective_of_name(phrase):
                i = phrase.last
                continue
            if phrase is not None and joined and self._opens_clause(phrase, high):
                break
            if (
                phrase is not None
                and phrase.kind == "side"
                and preposition in ("من", "عن")
                and self._names(phrase.last)
            ):
                i, preposition, direct_count, gap = phrase.last, None, 0, 0  # من الجانب الكويتي فلان
                continue
            if phrase is not None:
                if preposition is not None:
                    relation = preposition
                elif joined and relation:
                    pass
                elif comma and direct == "subject" and self._after_place(frame, phrase):
                    relation = "subject" if direct_count == 0 else "object"
                    direct_count += 1
                elif blocked or (comma and direct_count) or (comma and self._lists(frame, phrase)):
                    goes_on = comma and gap == 0 and (phrase.kind in ("person", "post") or self._lists(frame, phrase))
                    relation = relation if goes_on else ""
                elif direct == "subject":
                    relation = "subject" if direct_count == 0 else "object"
                    direct_count += 1
                elif direct == "carried":
                    relation = carried if direct_count == 0 else ""
                    direct_count += 1
                elif direct_count == 0 and gap <= 1:
                    relation = "object" if owned else "genitive"
                    direct_count += 1
                else:
                    relation = "second" if direct_count == 1 and not blocked else ""
                    direct_count += 1
                if relation:
                    frame.arguments.append(Argument(relation, phrase))
                i = phrase.last
                preposition, joined, gap, comma = None, False, 0, False
                continue
            if (norm == "و" and w.clitic[i]) or (norm in _DASHES and self.at[i - 1] is not None):
                joined = True
                i += 1
                continue
            if norm in ("،", ","):
                close = self._dated_aside(i, high)
                if close is None and frame.arguments and direct == "subject":
                    close = self._parenthesis(i, high)
                if close is not None:
                    i = close + 1
                    continue
                comma = True
                joined = False
                i += 1
                if gap > 3 and w.norms[i : i + 1] not in (["مع"], ["بين"]):
                    break
                continue
            if norm == "(" and i > frame.last:
                # an alias or gloss of what stands before it, or its members: مجموعة 5+1 (روسيا، الصين …)
                close = next((k for k in range(i + 1, min(i + 40, high)) if w.norms[k] == ")"), None)
                listed = self._states(i + 1, close) if close is not None and self._members(frame) else []
                if listed:
                    frame.arguments.extend(Argument(frame.arguments[-1].relation, p) for p in listed)
                if close is not None and (listed or close < i + 9):
                    i = close + 1
                    continue
            if w.texts[i] in _QUOTES:
                i += 1
                continue
            added = self._adding(i)
            if added:
                joined, i = True, added  # إلى جانب تركيا: another of those told
                continue
            if w.clitic[i] and i + 1 < high and norm + w.norms[i + 1] in _BREAKS:
                break  # بشأن، لبحث: the topic
            if norm == "ب" and w.clitic[i]:
                compound = _COMPOUND.get("ب" + w.norms[i + 1])
                if compound:
                    preposition = compound
                    i += 2
                    blocked = joined = False
                    continue
                preposition, blocked, joined = "far:ب" if blocked else "ب", False, False
                i += 1
                continue
            if norm == "ل" and w.clitic[i]:
                apposed = comma and gap > 0 and bool(frame.arguments)  # ليو هي، المستشار الاقتصادي للرئيس شي
                preposition, blocked, joined = None if apposed else "ل", apposed, False
                i += 1
                continue
            if norm in _AMONG and self._members(frame):
                joined, preposition, i = True, None, i + 1  # القوى الست، ومن بينها روسيا
                continue
            if norm == "عن" and preposition is None and w.bare[i - 1] in _REPRESENTING:
                preposition, i = _PREPOSITIONS.get(w.norms[w.spaced_left(i - 1) - 1], ""), i + 1  # مع ممثلين عن روسيا
                continue
            if norm in _PREPOSITIONS:
                earlier, preposition = preposition, _PREPOSITIONS[norm]
                if preposition == "في" and not _SITUATIONS.isdisjoint(w.bare[max(frame.last, i - 2) : i]):
                    preposition, relation, blocked, joined = None, "", True, False  # بحثا الوضع الإنساني في اليمن
                    i += 1
                    continue
                if blocked and preposition in ("في", "من", "مع", "بين"):
                    preposition = "far:" + preposition
                blocked = False
                joined = False
                if norm == "من" and i + 1 < high and w.norms[i + 1] in ("قبل", "جانب", "طرف"):
                    preposition = "by"
                    i += 1
                elif norm == "من" and earlier in _BY:
                    preposition = earlier  # بدعوة من نظيره، بمشاركة قوات من مصر
                i += 1
                continue
            if norm in ("كل", "كلا", "كلتا", "جانب") and i + 1 < high:
                i += 1
                if w.norms[i] == "من":
                    i += 1
                continue
            if norm == "بعد" and w.norms[i + 1 : i + 2] == ["ذلك"]:
                i += 2
                continue
            if norm in ("خلال", "اثناء") and i + 1 < high and self.at[i + 1] is None:
                owner = self.at[i + 2] if i + 2 < high and not w.is_definite(i + 1) else None
                i = owner.last if owner is not None else i + 2  # التقى الفريق خلال الزيارة مع …، خلال زيارة الوزير
                continue
            if norm in _RELATIVES or norm in _SKIP:
                i += 1
                continue
            form = w.verbs[i]
            if form is not None and form.lemma in ("شمل", "ضم", "تضمن") and frame.type == "visit" and not joined:
                preposition, blocked, comma = "تشمل", False, False
                i += 1
                continue
            if form is not None and frame.entry.kind == "noun" and gap <= 2:
                # زيارة يقوم بها الوزير إلى مصر، زيارة كان الوزير سيقوم بها
                said = [a.relation for a in frame.arguments]
                if not said and (form.lemma in support or form.lemma == "كان"):
                    told = support.get(form.lemma)
                    carried = f"support-{told}" if told in _OWN_SUPPORT else ""
                    direct, direct_count, blocked = "carried" if carried else "subject", 0, False
                    frame.relative = form
                    i += 1
                    continue
                if said == ["subject"] and form.lemma in support:
                    i += 1
                    continue
            if self._relative(frame, i):
                # اتفاقية وقعت بين …، اللقاء الذي عقد في …: the clause about the noun goes on about the event
                frame.relative = form
                told = support.get(form.lemma) if form is not None else None
                carried = f"support-{told}" if told in _OWN_SUPPORT else "support-subject"
                direct, direct_count, preposition = "carried", 0, None
                blocked = form is not None and form.lemma in CARRIERS and not form.enclitic
                gap, relation, comma = 0, "", False
                i += 1
                continue
            if (
                norm in ("قبل", "منذ")
                and i + 1 < high
                and (w.norms[i + 1] in _DURATIONS or w.norms[i + 1][:1].isdigit())
            ):
                i = self._past_duration(i + 1, high)  # التقى قبل أشهر الرئيس
                continue
            if form is not None and form.lemma in _LASTING and frame.entry.kind == "noun":
                after = self._past_duration(i + 1, high)
                if after > i + 1:
                    i = after  # زيارة استغرقت ثلاثة أيام إلى بكين
                    continue
            if frame.relative and norm == "منذ" and i + 1 < high and self.at[i + 1] is None:
                i += 2
                continue
            if w.is_verb(i) or norm in _BREAKS or norm in (".", "؛", ":", "؟", "!"):
                break
            if (
                i in self.trigger_at
                and self.trigger_at[i] is not frame
                and frame.entry.kind == "noun"
                and self.trigger_at[i].entry.kind == "noun"
                and not joined
                and (preposition is None or preposition == "ل")
            ):
                break
            origin = self._forces(i, high) if frame.type == "exercise" else 0
            if origin:
                i = origin  # قوات من مصر: the state whose they are stands for them
                continue
            # any other word
            gap += 1
            joined, after_and = False, joined
            adjective = (
                norm.startswith("ال")
                or norm.endswith("ه")
                or norm.endswith("ي")
                or norm.endswith("يا")
                or (norm[:1].isdigit())
            )
            among = after_and or preposition in ("مع", "بين", "far:مع", "far:بين")
            beside = self._named_after(i, high) if among else self.at[i + 1] if i + 1 < high else None
            if beside is not None and beside.kind in ("org", "other") and not w.clitic[i]:
                joined = after_and
                i += 1  # شركة بوينغ، صحيفة الراي: the class of the name that follows
                continue
            if preposition in _BY and w.norms[i + 1 : i + 2] == ["من"]:
                pass  # بمشاركة واسعة من، بدعوة رسمية من
            elif preposition is not None:
                # the noun of a prepositional phrase that is no phrase of ours: what follows is not ours either
                of_capital = w.norms[i - 1] == "العاصمه" and norm.startswith("ال")
                if not (preposition in ("في", "ب") and (norm in ("العاصمه", "مدينه", "مقر", "مبني") or of_capital)):
                    # but a word that is complete closes it: استقبل في مكتبه السفير، وصل بالطائرة الرئيس
                    closed = preposition in ("في", "ب", "إلى") and (
                        norm.startswith("ال") or norm.endswith(("ه", "ها", "هم"))
                    )
                    preposition, blocked = None, not closed
            elif not adjective:
                blocked = True
            if gap > 14:
                break
            i += 1
        frame.end = min(frame.end, i) if i > frame.last else frame.end

    def _forces(self, i: int, high: int) -> int:
        """Where those stand whose forces the words at ``i`` name: قوات من مصر، سفن حربية من السعودية؛ 0 where none do."""
        w = self.w
        if w.norms[i] not in _FORCES_OF:
            return 0
        i += 1
        while i < high and self.at[i] is None and w.norms[i].endswith("ه"):
            i += 1
        return i + 1 if i + 1 < high and w.norms[i] == "من" and self.at[i + 1] is not None else 0

    @staticmethod
    def _after_place(frame: Frame, phrase: Phrase) -> bool:
        """Whether somebody behind a place and a comma is the verb's own again: استقبل الوزير، في مكتبه بالرياض، السفير."""
        last = frame.arguments[-1].phrase if frame.arguments else None
        placed = last is not None and (last.kind == "place" or frame.arguments[-1].relation in ("في", "إلى"))
        return placed and phrase.kind in ("person", "post")

    def _lists(self, frame: Frame, phrase: Phrase) -> bool:
        """Whether a state behind a comma is one of the group told before it: القوى الست، بريطانيا وفرنسا …"""
        return phrase.kind == "country" and self._members(frame) and phrase.first - frame.arguments[-1].phrase.last <= 3

    def _members(self, frame: Frame) -> bool:
        """Whether what was told last has states for members: القوى الست، دول الخليج، مجموعة السبع."""
        last = frame.arguments[-1].phrase if frame.arguments else None
        return last is not None and (last.kind == "group" or self.w.bare[last.first] in _COLLECTIVES)

    def _states(self, first: int, last: int) -> list[Phrase]:
        """The states between two tokens, where these hold two or more."""
        found = [p for p in self.phrases if first <= p.first < last and p.kind == "country"]
        return found if len(found) > 1 else []

    def _adjective_of_name(self, phrase: Phrase) -> bool:
        """Whether a country's name is the adjective of the name before it: شركة "أرامكو" السعودية."""
        i = phrase.first - 1
        while i > 0 and self.w.texts[i] in _QUOTES:
            i -= 1
        before = self.at[i] if i >= 0 else None
        return (
            phrase.kind == "country"
            and self.w.bare[phrase.first] == "سعوديه"
            and before is not None
            and before.kind == "org"
        )

    def _names(self, i: int) -> bool:
        """Whether somebody's name or post begins at token ``i``."""
        phrase = self.at[i] if i < len(self.w) else None
        return phrase is not None and phrase.first == i and phrase.kind in ("person", "post")

    def _named_after(self, i: int, high: int) -> Phrase | None:
        """The phrase behind token ``i``, also in quotes: شركة "تقنية"."""
        i += 1
        if i < high and self.w.texts[i] in _QUOTES:
            i += 1
        return self.at[i] if i < high else None

    def _past_duration(self, i: int, high: int) -> int:
        """End of the duration at ``i``: ثلاثة أيام، 10 أشهر، يوما واحدا."""
        w = self.w
        while i < high and (
            w.norms[i][:1].isdigit() or w.norms[i] in _DURATIONS or (w.norms[i] == "ل" and w.clitic[i])
        ):
            i += 1
        return i

    def _opens_clause(self, phrase: Phrase, high: int) -> bool:
        """Whether a phrase behind a comma and و is the subject of the next clause: …، والصحيفة تنشر الخبر."""
        w = self.w
        left = w.spaced_left(phrase.first)
        if w.norms[left - 1] not in ("،", ",") or phrase.last >= high:
            return False
        return w.is_verb(phrase.last) and w.norms[phrase.last] not in _PREPOSITIONS

    def _adding(self, i: int) -> int:
        """End of the words at ``i`` that add another: إلى جانب، بالإضافة إلى؛ 0 where there are none."""
        return next((i + len(words) for words in _ADDING if self.w.norms[i : i + len(words)] == words), 0)

    def _relative(self, frame: Frame, i: int) -> bool:
        """Whether the verb at ``i`` opens a relative clause about an event noun: لقاء … عقد في، الذي أجراه."""
        w = self.w
        form = w.verbs[i]
        if frame.entry.kind != "noun" or frame.relative or form is None or i - frame.last > 9:
            return False
        gathers = frame.type == "dialogue" and form.lemma in ("جمع", "ضم")
        if not gathers and form.lemma not in CARRIERS and form.lemma not in self._support(frame.rule):
            return False
        left = w.spaced_left(i)
        linked = w.norms[left - 1] in _RELATIVES
        if not linked and (frame.definite or (left < i and w.norms[left] in "وف")):
            return False
        between = range(frame.last, left - 2 if linked and w.norms[left - 2] in ("،", ",") else left)
        return not any(
            w.is_verb(k) or w.norms[k] in ("،", ",", ":") or w.norms[k] in _BREAKS or k in self.trigger_at
            for k in between
        )

    def _dated_aside(self, comma: int, high: int) -> int | None:
        """The comma that closes a date told between commas: يزور الوزير، مساء الأربعاء، موسكو."""
        w = self.w
        i, dated = comma + 1, False
        while i < high and i < comma + 9:
            date = self.date_at[i]
            if date is not None:
                i, dated = max(date[1], i + 1), True
            elif w.norms[i] in _PARTS_OF_DAY:
                i += 1
            else:
                return i if dated and w.norms[i] in ("،", ",") else None
        return None

    def _parenthesis(self, comma: int, high: int) -> int | None:
        """The comma that closes an aside opened by the one at ``comma``: سيلتقي الأمير، البالغ من العمر 32 عاما، الرئيس."""
        w = self.w
        first = comma + 1
        if first >= high or self.at[first] is not None or w.clitic[first] or w.norms[first] in _PREPOSITIONS:
            return None
        for i in range(first, min(first + 9, high)):
            if w.norms[i] in ("،", ","):
                return i if i > first + 1 else None
            if w.is_verb(i) or w.norms[i] in _BREAKS:
                return None
        return None

    def _support(self, rule: Rule) -> dict[str, str]:
        """Role by lemma of the verbs that govern the rule's nouns."""
        cached = _SUPPORT.get(rule.id)
        if cached is None:
            cached = {fold(lemma): role for role, lemmas in rule.support.get("subject", {}).items() for lemma in lemmas}
            _SUPPORT[rule.id] = cached
        return cached

    def _govern(self, frame: Frame) -> None:
        """The light verb to the left of a noun, and its subject."""
        w = self.w
        low, _ = w.bounds[w.sentence[frame.first]]
        support = self._support(frame.rule)
        i = w.spaced_left(frame.first) - 1
        steps = 0
        seen: list[Phrase] = []
        while i >= low and steps < 18:
            phrase = self.at[i]
            if phrase is not None:
                seen.append(phrase)
                i = phrase.first - 1
                continue
            form = w.verbs[i]
            other = self.trigger_at.get(i)
            if form is None and other is not None and other is not frame and not self._joined_to(frame, i):
                return  # ألغى اجتماعا … بسبب المناورات: the verb has its object
            masdar = MASDARS.get(w.bare[i])
            if masdar is not None and (form is None or not self._verbal(i)):
                if masdar in support:
                    frame.governor, frame.governor_role = i, support[masdar]
                    carrier = w.verbs[i - 1] if i > low and not w.clitic[i - 1] else None
                    if carrier is not None and carrier.lemma in ("تم", "جري"):
                        frame.governor, frame.governor_form = i - 1, carrier
                    break
                form = None
            if form is not None and form.lemma == "علق" and w.norms[w.spaced_left(frame.first) - 1] == "علي":
                return  # علق الوزير على المفاوضات: he commented on them
            if form is not None and form.lemma in support:
                frame.governor, frame.governor_form, frame.governor_role = i, form, support[form.lemma]
                break
            if (
                form is not None
                and form.lemma in CARRIERS
                and (form.lemma in ("تم", "جري") or all(self.governed(p) for p in seen))
                and (form.tense != "present" or steps < 5)
            ):
                frame.governor, frame.governor_form = i, form
                break
            if w.is_verb(i) and any(w.norms[k] in _RELATIVES for k in range(max(low, i - 2), i)):
                i -= 2  # a relative clause inside: عقد الوزير، الذي سلمه رسالة، اجتماعا
                continue
            if (w.is_verb(i) and w.norms[i] not in ("يكون",)) or w.norms[i] in _WALLS:
                return
            steps += 1
            i -= 1
        if frame.governor is None:
            return
        governor = frame.governor
        noun_governor = frame.governor_form is None or (
            frame.governor_form.lemma in CARRIERS and frame.governor_role is None
        )
        relation = f"support-{frame.governor_role}" if frame.governor_role in _OWN_SUPPORT else "support-subject"
        subjects = self.direct(governor + 1, w.spaced_left(frame.first))
        subjects = [p for p in subjects if p.acting in _SUBJECTS or relation in ("support-host", "support-location")]
        carried = frame.definite and frame.governor_form is not None and frame.governor_form.lemma in CARRIERS
        if carried and w.spaced_left(frame.first) - governor <= 2 and frame.entry.owner is None:
            subjects = []  # تعقد القمة، انطلق هذا الحوار: the noun is the subject
        elif not subjects and frame.governor_role and not noun_governor:
            subjects = self.left_subject(governor)
        elif not subjects and frame.governor_form is None:
            before = self.at[w.spaced_left(governor) - 1] if w.spaced_left(governor) else None
            said = before is not None and before.first > low and w.is_verb(before.first - 1)  # نفى الوزير توقيع اتفاق
            if before is not None and not said and w.spaced_left(governor) == governor and before.acting in _SUBJECTS:
                subjects = [before]  # عرض الكويت استضافة مؤتمر
        for phrase in subjects:
            frame.arguments.append(Argument(relation, phrase))
        # a place between the verb and its noun belongs to the frame: عقد في جدة اجتماع
        for argument in self._prepositional(governor + 1, w.spaced_left(frame.first)):
            frame.arguments.append(argument)

    def _joined_to(self, frame: Frame, i: int) -> bool:
        """Whether و joins the noun to the event noun at ``i`` or the first governs the second: جولة مباحثات."""
        left = self.w.spaced_left(frame.first)
        return frame.first - i <= 2 or (left < frame.first and self.w.norms[left] == "و")

    def direct(self, first: int, last: int) -> list[Phrase]:
        """Phrases between two tokens that no preposition governs, the first and those joined to it."""
        w = self.w
        out: list[Phrase] = []
        i, governed, joined = first, False, False
        while i < last:
            phrase = self.at[i]
            norm = w.norms[i]
            if self.date_at[i]:
                i = max(self.date_at[i][1], i + 1)  # type: ignore[index]
                continue
            if phrase is not None:
                if (not governed and (not out or joined)) or (joined and out and not governed):
                    out.append(phrase)
                elif out and not joined and not governed:
                    break
                governed = joined = False
                i = phrase.last
                continue
            if out and w.bare[i] in _ACTING_THROUGH and w.norms[i + 1 : i + 2] == ["ب"] and i + 2 < last:
                i, joined = i + 2, True  # الكويت ممثلة بوزارة الدفاع وإيطاليا
                continue
            if norm in ("كل", "كلا") and w.norms[i + 1 : i + 2] == ["من"]:
                i += 2  # يضم كلا من فلان وفلان
                continue
            if norm == "و" and w.clitic[i]:
                joined = True
            elif norm in _PREPOSITIONS or (norm in "بل" and w.clitic[i]):
                if out:
                    break
                governed = True
            elif norm in ("،", ","):
                if out:
                    joined = False
            elif not (norm in _SKIP or norm in _QUOTES):
                # a word that is complete closes what the preposition governs: وصل إلى البلاد الوزير
                governed = governed and not (norm in _RELATIVES or norm.startswith("ال"))
                joined = False
            i += 1
        return out

    def _prepositional(self, first: int, last: int) -> list[Argument]:
        w = self.w
        out: list[Argument] = []
        for i in range(first, last):
            phrase = self.at[i]
            if phrase is not None and phrase.first == i and i > first - 1:
                before = w.norms[i - 1]
                relation = (
                    _PREPOSITIONS.get(before)
                    or ("ب" if before == "ب" and w.clitic[i - 1] else None)
                    or ("ل" if before == "ل" and w.clitic[i - 1] else None)
                )
                if relation in ("في", "ب", "مع", "إلى"):
                    out.append(Argument(relation, phrase))
        return out

    def left_subject(self, verb: int) -> list[Phrase]:
        """The subject that stands before a verb, with those joined to it: محمد بن سلمان يزور الكويت."""
        w = self.w
        low, _ = w.bounds[w.sentence[verb]]
        i = verb - 1
        if i >= low and w.clitic[i] and w.norms[i] == "س":
            i -= 1
        joined = i >= low and w.clitic[i] and w.norms[i] in "وف"
        if joined:
            i -= 1
            # a verb joined by و to an earlier clause has the subject of that clause
        gap = 0
        commas = 0
        pronoun = ""  # قال الوزير لنظيره إنه سيزور: the subject of the saying
        while i >= low:
            phrase = self.at[i]
            if (
                phrase is not None
                and pronoun
                and (self.governed(phrase) or (pronoun == "انه" and phrase.kind not in ("person", "post")))
            ):
                i = phrase.first - 1
                continue
            if phrase is not None:
                # مع الرئيس الذي زار؛ روسيا والصين، التي وقعت
                relative = (
                    gap == 0 and commas <= 1 and not _RELATIVES.isdisjoint(w.norms[phrase.last : phrase.last + 2])
                )
                near = relative or (gap == 0 and commas == 0)
                if (
                    phrase.acting == "country"
                    and not pronoun
                    and (not near or joined or (phrase.first > low and w.is_verb(phrase.first - 1)))
                ):
                    i = phrase.first - 1
                    gap += 1
                    continue
                if phrase.acting in _SUBJECTS and (relative or not self.governed(phrase)):
                    return self._chain_left(phrase)
                if commas == 0 and gap == 0 and phrase.kind == "place":
                    return []
                i = phrase.first - 1
                gap += 1
                if gap > 4:
                    return []
                continue
            norm = w.norms[i]
            if norm == ":":
                return []  # who said it is not who did it
            if (
                self.date_at[i]
                or norm in _SKIP
                or norm in _RELATIVES
                or norm in _QUOTES
                or norm in ("،", ",", "ان", "قد", "لم", "لن", "سوف")
            ):
                commas += norm in ("،", ",")
                i -= 1
                continue
            if gap == 0 and norm in ("انه", "انها"):
                pronoun = norm
                i -= 1
                continue
            if w.is_verb(i) and pronoun and gap == 0:
                i -= 1
                continue
            if w.is_verb(i) and gap > 0:
                before = w.spaced_left(i) - 1
                if before < low or w.norms[before] not in _RELATIVES:
                    return []
                i, gap, commas = before - 1, 0, 0  # الرئيس الذي يتوجه إلى كينيا، لن يزور
                continue
            gap += 1
            if gap > 7:
                return []
            i -= 1
        return []

    def governed(self, phrase: Phrase) -> bool:
        """Whether a preposition stands right before a phrase."""
        w = self.w
        i = phrase.first - 1
        if i < 0:
            return False
        norm = w.norms[i]
        if norm == "ل" and w.norms[i - 1] == "سبق":
            return False  # سبق للوزير أن زار
        return norm in _PREPOSITIONS or (w.clitic[i] and norm in "بلك")

    def _chain_left(self, phrase: Phrase) -> list[Phrase]:
        out = [phrase]
        i = phrase.first - 1
        w = self.w
        while i > 0 and w.clitic[i] and w.norms[i] == "و":
            if w.norms[i - 1] in ("،", ",") and i > 1:
                i -= 1
            before = self.at[i - 1]
            if before is None or before.acting not in _SUBJECTS:
                break
            out.insert(0, before)
            i = before.first - 1
        return out

    def _subject(self, frame: Frame) -> None:
        """The subject of a verb trigger: after it, else before it, else the subject of the clause before."""
        spec = next((s for s in frame.rule.roles.values() if "subject" in s.relations), None)
        if spec is None:
            return
        kinds = set(spec.kinds)
        form = frame.entry.verb
        subjects = [a for a in frame.arguments if a.relation == "subject"]
        if subjects and subjects[0].phrase.acting in kinds and (form is None or form.number == "s"):
            others = [r for r, s in frame.rule.roles.items() if "object" in s.relations]
            after = {a.relation for a in frame.arguments}
            if others and "object" not in after and not after & {"إلى", "مع", "ب"}:
                left = self.left_subject(frame.first)
                if (
                    left
                    and left[0].kind in kinds
                    and (left[0].entity is None or left[0].entity != subjects[0].phrase.entity)
                    and not self._opens(frame)
                ):
                    for a in subjects:
                        a.relation = "object"
                    frame.arguments.extend(Argument("subject", p) for p in left)
            return
        for a in subjects:
            a.relation = "object"
        left = [p for p in self.left_subject(frame.first) if p.acting in kinds]
        if (
            frame.type == "agreement"
            and form is not None
            and form.number != "s"
            and len(left) == 1
            and left[0].kind in ("person", "post")
        ):
            left = []  # التقى الرئيس ضيفه واتفقا: not one of them alone
        frame.arguments.extend(Argument("subject", p) for p in left)

    def _opens(self, frame: Frame) -> bool:
        """Whether the trigger opens its clause, so that the subject of a verb must follow it."""
        w = self.w
        left = w.spaced_left(frame.first)
        low, _ = w.bounds[w.sentence[frame.first]]
        return (
            left == low or w.norms[left - 1] in ("،", ",", ".", ":") or (left < frame.first and w.norms[left] in "وف")
        )

    # --- names and ordinals -----------------------------------------------------------------------------------

    def _name(self, frame: Frame) -> None:
        """A quoted or bracketed name, or a name that the entity stage found, right behind the noun; and the ordinal."""
        w = self.w
        i = frame.last
        _, high = w.bounds[w.sentence[frame.first]]
        steps = 0
        while i < high and steps < 5:
            norm = w.norms[i]
            told = self._ordinal(frame, i)
            if told is not None:
                frame.ordinal = frame.ordinal or told[0]
                i, steps = told[1], steps + 1
                continue
            if norm == "ال" and i + 1 < high and w.norms[i + 1].isdigit():
                frame.ordinal = frame.ordinal or int(w.norms[i + 1])
            if w.texts[i] in _QUOTES and frame.type == "exercise":
                k = i + 1
                while k < high and k < i + 8 and w.texts[k] not in _QUOTES:
                    k += 1
                aside = w.texts[i] == "(" and k == i + 2 and w.is_definite(i + 1)  # المناورات (المشتركة)
                if k < high and k < i + 8 and k > i + 1 and not aside:
                    frame.name = (i + 1, k)
                    return
            phrase = self.at[i]
            if phrase is not None and not (phrase.first <= frame.first < phrase.last):
                if phrase.kind == "other" and frame.type == "exercise":
                    last = phrase.last
                    while last + 1 < high and w.norms[last] in ("-", "–") and w.norms[last + 1].isdigit():
                        last += 2
                    if last < high and w.norms[last].isdigit():
                        last += 1
                    frame.name = (phrase.first, last)
                return
            if norm in ("،", ",", ".", ":") or (
                w.is_verb(i) or norm in ("هي", "هو", "التي", "الذي") or norm in _PREPOSITIONS
            ):
                return
            if (
                i + 2 < high
                and w.norms[i + 1] in ("-", "–")
                and w.norms[i + 2].isdigit()
                and frame.type == "exercise"
                and not w.is_definite(i)
            ):
                frame.name = (i, i + 3)
                return
            steps += 1
            i += 1

    def _ordinal(self, frame: Frame, i: int) -> tuple[int, int] | None:
        """The ordinal that begins at a token and where it ends: الثاني، الثاني عشر، الثانية والعشرون، العشرون."""
        w = self.w
        unit = 1 if w.bare[i] in _FIRST else _ORDINALS.get(w.bare[i])
        after = w.bare[i + 1 : i + 3]
        number, last = _ORDINALS.get(w.bare[i]), i + 1
        if self.date_at[i] is not None or w.bare[i - 1] == "ساعه":
            return None  # الاجتماع الساعة العاشرة: when, not which
        if unit is not None and after[:1] and after[0] in _TEEN:
            number, last = unit + 10, i + 2
        elif unit is not None and after[:1] == ["و"] and after[-1] in _TENS:
            number, last = unit + _TENS[after[-1]], i + 3
        elif w.bare[i] in _TENS and w.is_definite(i) and (frame.definite if i == frame.last else w.is_definite(i - 1)):
            number = _TENS[w.bare[i]]  # not قمة العشرين، مجموعة العشرين
        if number is None or (frame.definite and not w.is_definite(i)):
            return None
        return number, last


# Verbs of which an event noun is the subject: they tell its status, not who takes part.
CARRIERS = word_list("carriers")
# Verbal nouns of the verbs that govern event nouns, with the lemma whose role they give.
MASDARS = verbal_nouns()
_PRONOUNS = ("", "ه", "ها", "هم", "هما", "نا", "ي")
_NOUN_FOLLOWS = frozenset(_PREPOSITIONS) | word_list("noun_follows")
_ANOTHER = word_list("another")
_TOPICAL = word_list("topical")
_WALLS = word_list("governor_walls")
_SUPPORT: dict[str, dict[str, str]] = {}
_ORDINALS = ordinals()
_FIRST = word_list("ordinal_first")
_TEEN = word_list("ordinal_teen")
_TENS = ordinal_tens()
_FORCES_OF = word_list("forces_of")
_FORCES = frozenset(word for word, kind in body_kinds().items() if kind == "military")
