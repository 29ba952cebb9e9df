"""Whether it happened: status of a mention from tense, modality, negation and dates.

Cues are read in the clause around the trigger or the verb that governs it; of several the nearest counts. Names and
posts between do not count, so that a cue is as near to its verb before a long name as before a short one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from kwus_extract.entities.phrases import Phrase
from kwus_extract.entities.words import Words
from kwus_extract.events.frames import Frame
from kwus_extract.events.rules import cues
from kwus_extract.lexicon.closed import word_list

_ORDER = ("cancelled", "hypothetical", "planned", "ongoing")
_REACH = {"cancelled": 4, "hypothetical": 6, "planned": 6, "ongoing": 4}
_WEAK = 0.3
_LONGEST = 31  # days of an interval in which something is still said to go on
_WEEK = 6  # days from the first of a week to its last
_FRESH = 7  # days after which what started is no longer taken to go on

_NO = word_list("negation")
_DENIED = word_list("denial")
_SPREADS = tuple(sorted(word_list("spreading")))
_RUMOURS = word_list("rumours")
_ABOUT = word_list("about")
_BASELESS = word_list("baseless")
_FAILED = word_list("failing")
_WITHOUT = word_list("without")
_CANCELS = word_list("cancelling")
_COMMENTS = word_list("commenting")
_WITHDRAWS = tuple(sorted(word_list("withdrawing")))
_DUE = tuple(sorted(word_list("due")))
_WAS = word_list("was")
_RELATIVES = word_list("relatives")
_STILL = word_list("still")
_STARTS = word_list("starting")
_GOES_ON = word_list("going_on")
_GOING = word_list("going")
_THREATS = tuple(sorted(word_list("threatening")))
_RUNS = word_list("running")
_OPENS = word_list("opening")
_HAPPENS = word_list("happening")
_DURATIONS = word_list("durations")
_UNITS = word_list("time_units")
_EARLIER = word_list("earlier")
_SAYS = word_list("saying")
_REACHING = word_list("reaching")
_GLAD = tuple(sorted(word_list("reactions")))
_RUNNING_ON = word_list("running_on")
_ENDING = tuple(sorted(word_list("ending")))
_ENDS = word_list("ends")
_ATTENDS = word_list("attending")
_MOVES = word_list("moving")
_PREPARES = word_list("preparing")
_DISCLOSES = word_list("disclosing")
_POSSIBLE = word_list("possibility")
_ASIDE = word_list("status_walls")
_MAKING = word_list("making")
_KEEPING = word_list("keeping")
_FOLLOWING = word_list("following")
_OUTCOMES = word_list("outcomes")
_SUSPENDED = word_list("suspended")
_ON_MARGIN = frozenset(("هامش",))
_PREPOSITIONS = frozenset(("في", "من", "منذ", "بعد", "قبل", "عقب", "اثر", "حتي", "الي", "ب", "ل", "علي", "و", "خلال"))
_HOPES = word_list("hoping")
_REFUSALS = frozenset(("رفض", "رفضه", "رفضها"))
_THAT = word_list("that")
_PICTURES = word_list("of_an_event")
_SIGNING = frozenset(("توقيع", "ابرام"))
_NOW = frozenset(("الان", "حاليا"))
_DECIDED = frozenset(("قرر", "قررت"))  # who decides to leave has left
_DURING = frozenset(("خلال", "اثناء"))
_OF_IT = frozenset(("منه", "منها", "عنه", "عنها"))
_BREAKS = frozenset((".", "؛", "؟", ":", "حيث", "فيما", "بينما"))
_IF = (("اذا",), ("في", "حال"), ("في", "حاله"), ("شريطه",), ("بشرط",), ("لو",))
_SOUGHT = {"ل": 0.7, "الي": 0.6, "اجل": 0.6, "علي": 0.6, "نحو": 0.6}
_HELD = ("يعقد", "تعقد", "يتم", "تتم", "ينعقد", "تنعقد", "يحصل", "تحصل", "يحدث", "تحدث", "تجر", "يجر", "يقام", "تقام")


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known around a mention: the day of publication, its own date, whether it stands in the title, whether
    its date calls itself coming, and the phrases by token."""

    published: str | None
    when: str | None
    title: bool
    ahead: bool
    at: Sequence[Phrase | None]


class _Cue(NamedTuple):
    """A cue that was found: the status it speaks for, its words, and where in its window they begin."""

    status: str
    words: tuple[str, ...]
    at: int


def judge(frame: Frame, words: Words, situation: Situation) -> tuple[str, float]:
    """Status of one mention and how much it weighs against other mentions of the event.

    A mention in the title weighs little, since titles put past and future alike in the present tense.
    """
    status, weight = _Mention(frame, words, situation).judge()
    return status, weight * (0.35 if situation.title else 1.0)


class _Mention:
    """One mention with the words around it: left of its verb, between the verb and its noun, and right of it."""

    def __init__(self, frame: Frame, words: Words, now: Situation) -> None:
        self.frame, self.words, self.now = frame, words, now
        self.at = frame.governor if frame.governor is not None and frame.governor < frame.first else frame.first
        self.anchor = words.spaced_left(self.at)
        self.noun = frame.entry.kind == "noun"
        form = frame.governor_form or frame.entry.verb
        if form is not None and self.at < frame.first and self._after_preposition():
            form = None  # في توصل الأطراف إلى: a verbal noun that looks like its verb
        self.form = form
        self.lemma = form.lemma if form is not None else ""
        self.outer_future = False
        self.left = self._leftward()
        if self.at < frame.first and form is None:
            self.left.append(words.norms[self.at])  # إلغاء زيارة: the governing noun is itself a cue
        self.inside = [words.norms[i] for i in range(self.at + 1, frame.first) if not self._named(i)]
        self.right = self._rightward()
        self.will = form is not None and (words.future[self.at] or self.left[-1:] == ["سوف"])
        self.carried = self._carried()
        if self.carried == "planned" and form is not None:
            self.will = True  # سيلتقي … ويوقع
        self.past = form is not None and form.tense in ("past", "passive") and not self.will
        self.present = form is not None and form.tense == "present" and not self.will
        done = self.past and (not self.noun or self.lemma in _HAPPENS)
        self.coming = after(now.when, now.published) or (now.ahead and not done)  # اتفقا على قمة الشهر المقبل
        self.gone = before(now.when, now.published)

    # --- the words around -------------------------------------------------------------------------------------

    def _after_preposition(self) -> bool:
        w = self.words
        before = w.norms[self.anchor - 1] if self.anchor else ""
        joined = w.norms[self.anchor : self.at]
        return before in ("في", "الي", "علي", "من", "بعد", "قبل", "عن", "دون", "بدون") or any(
            n in "بلك" for n in joined
        )

    def _named(self, i: int) -> bool:
        """Whether a token stands inside a name or a post; المقرر by itself is no rapporteur."""
        phrase = self.now.at[i]
        if phrase is None:
            return False
        norm = self.words.norms[i]
        return phrase.last - phrase.first > 1 or not (norm in _NO or norm.removeprefix("ال").startswith(_DUE))

    def _leftward(self) -> list[str]:
        """Folded words of the clause to the left, those inside names and posts left out.

        A past verb ends them, since what stands before it is another clause (قال إنه يأمل … وزار), and so does what
        tells of an earlier time (بعد توقيع).
        """
        w = self.words
        if self.anchor >= len(w):
            return []
        low, _ = w.bounds[w.sentence[self.anchor]]
        out: list[str] = []
        for i in range(self.anchor - 1, low - 1, -1):
            norm = w.norms[i]
            if norm in _BREAKS or len(out) >= 12:
                break
            if self._named(i) or not norm.strip() or norm in ("و", "ف", "،", ",", "ب", "س"):
                continue
            if norm == "دعوه" and w.clitic[i - 1]:
                continue  # بدعوة من: the host, not a wish
            if norm == "بعد" and w.norms[max(low, i - 2)] == "لم":
                continue  # لم يتم بعد
            if norm == "اجل" and w.norms[i - 1] == "من":
                continue  # من أجل: no أجّل
            if norm in _ASIDE:
                break  # في إطار زيارة، بسبب المناورات: what is done there is not said of the event
            if norm in _EARLIER and not (i + 1 < len(w) and w.norms[i + 1] in _DURATIONS):
                break
            out.append("س" + norm if w.future[i] and w.clitic[i - 1] else norm)
            form = w.verbs[i]
            if form is None or not w.is_verb(i):
                continue
            if w.future[i] and form.lemma in _HAPPENS and len(out) <= 4:
                self.outer_future = True
            if form.tense == "past" and form.lemma not in ("كان", "زال", *_CANCELS) and not w.future[i]:
                break
        return out[::-1]

    def _rightward(self) -> list[str]:
        """Folded words of the sentence to the right of the trigger, those inside names and posts left out."""
        w = self.words
        _, high = w.bounds[w.sentence[self.frame.first]]
        out: list[str] = []
        for i in range(self.frame.last, high):
            if w.norms[i] in (".", "؛", "؟") or len(out) >= 16:
                break
            if not self._named(i) and w.norms[i] not in ("،", ",", '"', "«", "»"):
                out.append(w.norms[i])
        return out

    def _carried(self) -> str | None:
        """What a verb joined by و takes over from the one before, and a noun from the verb of its clause.

        سيلتقي نظيره ويوقع، من المنتظر أن تشهد الزيارة إجراء مباحثات والتوقيع، سيصل إلى بغداد حيث يلتقي.
        """
        w, start = self.words, self.words.spaced_left(self.at)
        low, _ = w.bounds[w.sentence[self.at]]
        there = False
        if self.form is None:
            known = self.frame.definite and self.at == self.frame.first
            joined = not known and w.norms[start] == "و" and start < self.at
        else:
            there = start > low and w.norms[start - 1] == "حيث" and self.lemma not in _RUNS
            joined = self.form.tense == "present" and (there or w.norms[start : self.at] == ["و"])
        if not joined:
            return None
        for i in range(start - 1 - there, low - 1, -1):
            norm, form = w.norms[i], w.verbs[i]
            if norm in _BREAKS or (self.form is None and norm in _EARLIER - _DURING):
                return None
            if form is None or not w.is_verb(i) or self._named(i):
                continue
            head = w.spaced_left(i)
            before = w.norms[head - 1] if head > low else ""
            if before in _RELATIVES:
                continue  # بغداد التي تستضيف القمة: of the noun
            if w.future[i] or before == "سوف":
                return "planned"
            if form.tense == "present" and before == "ان":
                cue = next(_cues_before(w.norms[low : head - 1][-3:]), None)
                return cue.status if cue and cue.status in ("planned", "hypothetical") else None
            if form.tense != "present" or w.norms[head:i] != ["و"]:
                return None
        return None

    # --- judgement --------------------------------------------------------------------------------------------

    def judge(self) -> tuple[str, float]:
        """Status and weight."""
        return self._unreal() or self._told() or self._beside() or self._cued() or self._plain()

    def _unreal(self) -> tuple[str, float] | None:
        """What is denied, left open or called off."""
        left = self.left
        near = left[-7:]
        if any(a in ("لا", "لم") and b in ("يستبعد", "تستبعد") for a, b in pairwise(near)):
            return "hypothetical", 1.5
        called_off = self._called_off()
        if self._said_not() and not called_off:
            if any(w in _POSSIBLE for w in near):
                return "hypothetical", 1.5  # لا إمكانية لإجراء مفاوضات: a doubt about what nobody has held
            if any(_has(self.right, cue, 12) for cue in (*_IF, ("ان", "كان"), ("ان", "كانت"))):
                return "hypothetical", 1.5  # لن توقع اتفاقا إن كان لا يخدمها
            if (self.will or left[-1:] == ["لن"]) and any(
                a == "كان" and b.startswith(_DUE) for a, b in pairwise(self.right)
            ):
                return "cancelled", 2.0  # لن يزور … كما كان مقررا
            if self._kept():
                return "occurred", 1.5
            return ("hypothetical", 1.2) if any(w in ("اذا", "حال") for w in left[-5:]) else ("negated", 2.0)
        if called_off:
            return called_off
        if any(_has(self.right, cue, 12) for cue in _IF) and (self.will or self.present):
            return "hypothetical", 1.6
        if self.lemma == "رفض" and self.frame.type == "agreement":
            return ("occurred", 0.5) if self.frame.article else ("hypothetical", 1.0)
        return None

    def _called_off(self) -> tuple[str, float] | None:
        """ألغى زيارته، إلغاء القمة، القمة الملغاة; to ask for it or to deny it leaves the event as it was."""
        before = self.words.norms[self.words.spaced_left(self.frame.first) - 1]
        found = (
            self.lemma in _CANCELS and self._withdrawn(self.lemma) and not (self.lemma in _COMMENTS and before == "علي")
        )
        window = self.left
        if not found:
            if self.form is not None and self.at < self.frame.first:
                window = [*self.left, self.words.norms[self.at], *self.inside]  # قررت الوزارة تعليق زيارته
            cue = next((c for c in _cues_before(window) if c.status == "cancelled"), None)
            # what was called off in the clause before (بعد إلغاء … التقى) is something else
            if cue is not None and self.past and cue.at < len(window) - 2 and cue.words[0] not in _WAS:
                cue = None
            if cue is not None and self._withdrawn(cue.words[-1].removeprefix("ال")):
                found, window = True, window[: cue.at]
                if cue.words[0] in _WAS:
                    return None  # كان من المقرر: told below
        reach = 14 if self.noun else 4
        if not found and not self.past:
            after = (*_cues_after(self.inside, 12), *_cues_after(_before_clause(self.right), reach))
            found = any(c.status == "cancelled" and (c.at < 4 or not c.words[0].startswith("الم")) for c in after)
        if self.frame.type == "agreement" and not found and self._left_since():
            return "cancelled", 2.0
        if not found:
            return None
        treaty = self.frame.type == "agreement"
        standing = ("occurred", 0.5) if treaty else ("planned", 1.0)
        surely = ("occurred", 1.6) if treaty else standing
        near = window[-4:]
        if near[-1:] == ["ل"]:
            return standing
        if any(w in _NO or w in _DENIED for w in near) or any(c.status == "hypothetical" for c in _cues_before(near)):
            return surely
        faced = window[-1:] in (["علي"], ["رغم"], ["ازاء"]) and not self.words.is_definite(self.at)
        if treaty and not faced:  # الرد المرتقب على انسحاب واشنطن: they have left
            if any(w.startswith(_THREATS) for w in window[-8:]):
                return surely  # يتوقع انسحاب واشنطن: it stands as long as nobody has left
            if (
                self.will
                or any(_has(self.right, cue, 12) for cue in _IF)
                or any(
                    c.status in ("planned", "hypothetical") and c.words[0] not in _DECIDED
                    for c in _cues_before(window[-8:])
                )
            ):
                return standing
        if window[-2:] in (["بعد", "ما"], ["بعد", "ان"]) or window[-1:] == ["بعدما"]:
            return "cancelled", 0.6  # سيجتمع به بعد أن ألغى اللقاء: taken back since
        return "cancelled", 2.0

    def _left_since(self) -> bool:
        """الاتفاق … الذي انسحبت منه واشنطن: a relative clause tells who has left it."""
        right = self.right
        for k, word in enumerate(right):
            if word in _OF_IT:
                verb = next((j for j in range(max(0, k - 3), k) if right[j].startswith(_WITHDRAWS)), None)
                if verb is not None:
                    before = right[max(0, verb - 3) : verb]
                    return any(w in _RELATIVES for w in before) and not any(w.startswith(_THREATS) for w in before)
        return False

    def _withdrawn(self, word: str) -> bool:
        """Whether a withdrawal is one from the event itself."""
        before = self.words.norms[max(0, self.anchor - 1) : self.frame.first]
        return not word.startswith(_WITHDRAWS) or "من" in before or "عن" in before

    def _told(self) -> tuple[str, float] | None:
        """اللقاء الذي عقد أمس، الزيارة التي يقوم بها: a relative clause says it of the noun."""
        w = self.words
        if not self.noun:
            return None
        if self.lemma in _ENDS and (self.will or self.present) and self.now.when and not self.now.title:
            return "ongoing", 1.2  # تختتم الزيارة غدا
        for i in range(self.frame.last, min(self.frame.last + 12, len(w) - 1)):
            if w.norms[i] in _BREAKS or w.norms[i] == "ان":
                return None
            form = w.verbs[i + 1]
            if w.norms[i] in _RELATIVES and form is not None and form.lemma in _HAPPENS - _STARTS - {"كان"}:
                if form.tense != "present":
                    return "occurred", 1.2
                if form.lemma == "قام" and not self.coming and not self.gone and not w.future[i + 1]:
                    return "ongoing", 1.0
                return None
        return None

    def _beside(self) -> tuple[str, float] | None:
        """بعد اجتماعه، عشية القمة، على هامش القمة: an event that another is told to come before, after or beside."""
        w, before = self.words, self.words.norms[self.anchor - 1] if self.anchor else ""
        if not self.noun or self.coming or any(c.status == "planned" for c in _cues_after(self.right, 6)):
            return None
        apart = self.frame.apart
        if before == "قبيل" or (apart and apart.later):
            return None if self.gone else ("planned", 1.7 if apart and apart.days else 1.4)
        if before not in _FOLLOWING and before not in _ON_MARGIN and not apart:
            return None
        start = apart.at if apart else self.anchor - 1
        low, _ = w.bounds[w.sentence[self.at]]
        verb = next((i for i in range(start - 1, low - 1, -1) if w.is_verb(i) and not self._named(i)), None)
        form = w.verbs[verb] if verb is not None else None
        if form is None or verb is None:
            return None
        told = w.norms[max(low, verb - 3) : start]
        cue = next(_cues_before(told), None)
        if before in _ON_MARGIN:
            ahead = w.future[verb] or w.norms[verb - 1] == "سوف" or (cue is not None and cue.status == "planned")
            return ("planned", 1.5) if ahead else None
        return ("occurred", 1.5) if form.tense != "present" and not w.future[verb] and cue is None else None

    def _cued(self) -> tuple[str, float] | None:
        """The nearest cue on the left, then those on the right, that the verb's tense allows."""
        if self._prepared():
            return "planned", 0.8
        left = sorted(_cues_before(self.left), key=lambda c: c.status == "ongoing")  # يستعد لبدء زيارته
        if self.form is not None and self.at < self.frame.first:
            # يستعد البلدان لقمة، يعتزم زيارة: the verb that governs the noun is a cue itself
            own = next(_cues_before([self.words.norms[self.at]]), None)
            if own is not None and own.status in ("planned", "hypothetical"):
                return own.status, 1.2
        right = (*_cues_after(self.inside, 8), *_cues_after(self.right, 6))
        told = ((c, False) for c in right if c.status != "cancelled")  # بعد تأجيلها: what was called off before
        for cue, on_left in (*((c, True) for c in left), *told):
            found = self._allows(cue, on_left=on_left)
            if found:
                return found
        return None

    def _allows(self, cue: _Cue, *, on_left: bool) -> tuple[str, float] | None:
        status, words, left = cue.status, cue.words, self.left
        if words == ("قد",) and not self._might():
            return None
        if status == "cancelled" and words[0] not in _WAS:
            return None  # weighed before
        if status == "cancelled":
            # كان من المقرر أن: it did not come to pass, unless its day is still to come
            return ("planned", 0.9) if self.coming else ("cancelled", 1.6)
        if (
            on_left
            and status == "planned"
            and words[-1].removeprefix("ال").startswith(_DUE)
            and any(w in _WAS for w in left[: cue.at])
            and (self.past or not self.coming)
        ):
            return "cancelled", 1.6
        if self.past and not (on_left and cue.at >= len(left) - 2 and words != ("قد",)):
            return None
        if status == "ongoing" and self.past and words[0] in _NOW:
            return None
        if status == "ongoing" and on_left and not _THAT.isdisjoint(left[cue.at :]):
            return None  # أقول حاليا إنهم يريدون الاجتماع
        if status == "ongoing" and self.frame.type == "agreement" and not _SIGNING.intersection((*left, *self.inside)):
            return None  # an agreement stands, it does not go on
        if self.will and status == "hypothetical" and not (on_left and cue.at >= len(left) - 3):
            return None
        treaty = self.frame.type == "agreement"
        known = self.frame.definite and self.form is None
        known = known and (
            self.at == self.frame.first or (treaty and self.words.norms[self.at].removeprefix("ال") not in _MAKING)
        )
        if status == "planned" and known and treaty and on_left:
            return None  # يؤدي إلى انهيار الاتفاق
        if status == "hypothetical" and on_left and (known or self._hoped_of(words)):
            return ("planned", 0.9) if self._hoped_of(words) else None  # دعا إلى احترام الاتفاق
        if on_left and cue.at and left[cue.at - 1] in _NO:
            return "negated", 1.4  # لا يعتزم زيارة
        if status == "planned" and self.gone and not self.coming:
            return None
        if status == "ongoing" and not on_left and any(w.startswith(_ENDING) for w in (*left[-3:], *self.right)):
            return None  # طوت يومها الأخير
        if status == "ongoing" and self.gone and _is_day(self.now.when) and words[0].startswith("ال"):
            return None  # الاجتماع المنعقد أمس
        if status == "ongoing" and self.coming and words[0] not in _STILL:
            return "planned", 1.2
        return status, 1.2

    def _hoped_of(self, words: tuple[str, ...]) -> bool:
        """يأمل أن تمثل المحادثات خطوة إلى الأمام: who hopes that talks will do something takes them for certain."""
        if (
            words[0] not in _HOPES
            or self.form is not None
            or self.at < self.frame.first
            or self.frame.type == "agreement"
        ):
            return False
        verb = self.words.verbs[self.anchor - 1] if self.anchor else None
        its = self.frame.definite or self.now.at[min(self.frame.last, len(self.words) - 1)] is not None
        return its and verb is not None and verb.tense == "present" and verb.lemma not in _HAPPENS - {"كان"}

    def _might(self) -> bool:
        """Whether قد makes it uncertain, which it does before a present verb and not before a past one."""
        left = self.left
        at = len(left) - 1 - left[::-1].index("قد") if "قد" in left else -1
        after = left[at + 1 :]
        return after[0].startswith(("ي", "ت")) if at >= 0 and after else self.present

    def _plain(self) -> tuple[str, float]:
        """Tense and dates, where no cue says more."""
        frame, now = self.frame, self.now
        if self.carried and not self.will and not self.gone:
            return self.carried, 1.0
        if self.will and self.left[-1:] in (["كان"], ["كانت"]) and not self.coming:
            return "cancelled", 1.0  # كان الوفد سيزور
        if self.will and self.lemma in _ATTENDS and self.noun:
            return "planned", 1.0
        if self.will and frame.type == "agreement" and frame.article and self.lemma in _GOES_ON:
            return "occurred", 0.5  # سنستمر في تنفيذ الاتفاق
        if self.will:
            if self.lemma in _GOES_ON and self.noun and self.frame.first - self.at <= 3 and not self.coming:
                return "ongoing", 0.9
            return "planned", 1.5
        if self.lemma in _GOES_ON and self.noun and not self.coming:
            return "ongoing", 1.4
        if (
            self.past
            and self.lemma in _STARTS
            and self.noun
            and frame.type != "agreement"
            and not _long_gone(now.when, now.published)
        ):
            if any(w.startswith(_ENDING) for w in self.right):
                return "occurred", 1.3
            return ("occurred", 0.5) if frame.type == "visit" and frame.article else ("ongoing", 1.3)
        if self._aim() and (now.when is None or now.when == now.published) and (self.past or self.present):
            return "planned", 0.7
        if self.noun and self.form is None and self.left[-1:] in (["ستكون"], ["سيكون"]):
            return "planned", 1.0  # ستكون المحادثات صعبة
        known = self.noun and self.anchor and self.words.norms[self.anchor - 1] in _OUTCOMES and not self.coming
        if known and self.right[:1] not in (["الذي"], ["التي"]):
            return "occurred", 1.2  # ستنشر نتائج الاجتماع: they are known
        if self.outer_future and self.form is None and not (frame.definite and self.at == frame.first):
            return "planned", 1.3
        if self.noun and self.form is None and self._heads_future():
            return "planned", 1.0
        if self.coming:
            return "planned", 1.3
        if not self.past and now.when == now.published and self._lasts():
            return "ongoing", 1.1
        if not self.past and _within(now.when, now.published):
            if _is_week(now.when) and not self.present:
                return "planned", 0.6  # زيارة هذا الأسبوع
            start = (now.when or "").split("/")[0]
            return ("planned", 1.0) if self.present and start == now.published else ("ongoing", 1.2)
        if self.past:
            return "occurred", 1.2
        if self.present:
            return self._present()
        if self.noun and frame.type == "dialogue" and frame.definite and self._runs():
            return "ongoing", 1.2
        return self._purpose() or ("occurred", _WEAK)

    def _present(self) -> tuple[str, float]:
        if self.gone or self.left[-1:] in (["كان"], ["كانت"]):
            return "occurred", 1.0  # كانت تجري محادثات
        carried = self.noun and not any(a.relation.startswith("support") for a in self.frame.arguments)
        if self.frame.type == "exercise" and self.lemma not in _STARTS:
            return "ongoing", 0.9
        if self.lemma in _RUNS or (carried and self.lemma == "اجري"):  # تجري في جنيف محادثات
            return "ongoing", 0.9
        if self.now.when or (self.noun and self.lemma in (*_OPENS, *_STARTS)):
            return "planned", 0.8
        if not self.now.title and self.lemma in _GOING:
            return "ongoing", 0.6  # تجري واشنطن محادثات، يزور الوفد دمشق
        return "occurred", 0.4

    def _runs(self) -> bool:
        """المحادثات مع الجانب الكوري تجري بشكل جيد: the noun is the subject of a verb that says so."""
        w = self.words
        _, high = w.bounds[w.sentence[self.frame.first]]
        for i in range(self.frame.last, min(self.frame.last + 12, high)):
            form = w.verbs[i]
            if form is not None and not self._named(i) and w.is_verb(i):
                return form.lemma in ("اجري", *_RUNS) and form.tense == "present" and not w.future[i]
            if w.norms[i] in _BREAKS or w.norms[i] in _RELATIVES or w.norms[i] in ("ان", "،"):
                return False
        return False

    def _lasts(self) -> bool:
        """ويستمر حتى الغد: what has begun today goes on."""
        pairs = pairwise(self.right)
        return any(a in _RUNNING_ON and b == "حتي" for a, b in pairs)

    def _aim(self) -> bool:
        """وصل ليلتقي الرئيس، توجه للقاء نظيره: the event is what the verb before it is done for."""
        w, first = self.words, self.frame.first
        joined = first > 0 and w.clitic[first - 1] and w.norms[first - 1] == "ل"
        return joined and (not self.noun or (self.at < first and self.lemma in _MOVES))

    def _purpose(self) -> tuple[str, float] | None:
        """لتوقيع اتفاقية، للتوصل إلى اتفاق، متوجها للقاء: what is meant to be done."""
        w, frame = self.words, self.frame
        if self.now.when is not None and not self.coming:
            return None
        before = w.norms[self.anchor - 1] if self.anchor else ""
        if before == "قبل" and not self.past:
            return "planned", 0.5
        if frame.article or frame.demonstrative or not self.noun:
            return None
        joined = "ل" if "ل" in w.norms[self.anchor : self.at] else before
        if joined == "ل" and (before.startswith(_GLAD) or self._possessed(before)):
            return None  # ارتياحها لتوصل، صورة للقاء
        weight = _SOUGHT.get(joined)
        if weight is None or any(
            (v := w.verbs[i]) is not None and v.lemma in _SAYS for i in range(max(0, self.anchor - 3), self.anchor)
        ):
            return None
        if self.at < frame.first or w.bare[self.at] in _REACHING:
            return ("hypothetical" if w.bare[self.at] in _REACHING else "planned"), weight
        return ("planned", 0.6) if joined == "ل" and frame.type in ("visit", "dialogue") else None

    def _possessed(self, before: str) -> bool:
        """Whether ل says of what the noun before it is: الأهداف السياسية لزيارته، المحطة الأولى لجولته."""
        w, i = self.words, self.anchor - 1
        plain = self.now.at[i] is None and w.verbs[i] is None and before[:1].isalpha()
        return before in _PICTURES or (plain and len(before) > 3 and not before.endswith("ا"))

    def _said_not(self) -> bool:
        """Whether a particle right before the verb, or a denial before the noun, says that it did not happen."""
        left, frame = self.left, self.frame
        is_verb = self.form is not None
        bare_definite = frame.definite and not is_verb
        if is_verb and left[-1:] != ["هو"] and not self._prepared():
            for k, n in enumerate(left[-2:]):
                after = left[-2:][k + 1 :]
                if n in _NO and not any(a in _STILL for a in after) and (n != "ما" or (self.past and not after)):
                    return n != "ما" or left[-2:-1] not in (["هو"], ["هي"])  # وهو ما تم الاتفاق عليه
        if left[-3:-1] == ["لم", "يسبق"] or ("يسبق" in left[-3:] and "لم" in left[-4:]):
            return True
        if self._rumoured() or any(a in _NO and b in _BASELESS for a, b in pairwise(left[-4:])):
            return True
        reach = 2 if bare_definite and self.at == frame.first else 5
        if (
            any(n in _DENIED for n in left[-reach:])
            and not (bare_definite and "عدم" in left[-5:])
            and not (bare_definite and frame.type == "agreement" and any(n in _REFUSALS for n in left[-reach:]))
            and not any(n.removeprefix("ال") in _DISCLOSES for n in left[-3:])
        ):
            return True  # رفض التعليق على زيارته denies nothing; حث النواب على رفض الاتفاق leaves it as it is
        # failed talks took place; a failure to reach or to sign is what did not
        if any(n in _FAILED for n in left[-reach:]) and (self.at < frame.first or frame.type == "agreement" or is_verb):
            return True
        if any(n in _WITHOUT for n in left[-2:]) and (not frame.article or self.at < frame.first):
            return True
        if not is_verb and any(a in ("لم", "لن", "لا") and b.startswith(_HELD) for a, b in pairwise(left[-4:])):
            return True
        if not is_verb and left[-2:] in (["ليست", "هناك"], ["ليس", "هناك"], ["لا", "يوجد"], ["لا", "توجد"]):
            return True
        return bare_definite and any(a in ("لم", "لن") and b.startswith(_HELD) for a, b in pairwise(self.right))

    def _kept(self) -> bool:
        """لم تلتزم بالاتفاق، فشل تنفيذ الاتفاق: who does not keep an agreement leaves it standing."""
        near = (self.words.bare[self.at], *(n.removeprefix("ال") for n in (*self.left[-2:], *self.inside)))
        return self.frame.type == "agreement" and self.noun and not _KEEPING.isdisjoint((self.lemma, *near))

    def _rumoured(self) -> bool:
        """نفت ما تداولته الصحف عن لقاء، لا صحة للأنباء حول زيارة: what was told about the event is denied."""
        w = self.words
        low, _ = w.bounds[w.sentence[min(self.anchor, len(w) - 1)]]
        if self.anchor == low or w.norms[self.anchor - 1] not in _ABOUT:
            return False
        told = False
        for i in range(self.anchor - 2, low - 1, -1):
            norm, before = w.norms[i], w.norms[i - 1] if i > low else ""
            if norm in _BREAKS:
                return False
            if self._named(i):
                continue
            if norm in _BASELESS and before in _NO:
                return True
            if told and norm in _DENIED:
                return before not in _NO
            if (norm.startswith(_SPREADS) and before in ("ما", "لما")) or norm.removeprefix("ال") in _RUMOURS:
                told = True
            elif w.is_verb(i) and w.verbs[i] is not None and before not in _RELATIVES:
                return False
        return False

    def _prepared(self) -> bool:
        """يجري الإعداد لاجتماع، يجري العمل على تفاصيل القمة: what goes on are preparations."""
        return self.lemma in ("جري", "اجري", "تم") and any(n.removeprefix("ال") in _PREPARES for n in self.inside)

    def _heads_future(self) -> bool:
        """Whether the noun is the subject of a future verb that tells of its course: الزيارة … ستشهد، القمة … ستعقد."""
        w = self.words
        first = self.frame.last
        high = w.bounds[w.sentence[self.frame.first]][1]
        for i in range(first, min(first + 16, high - 1)):
            form = w.verbs[i]
            if w.norms[i] in _BREAKS or w.norms[i] == "ان" or (w.is_verb(i) and not w.future[i]):
                return False
            if (
                w.future[i]
                and w.norms[w.spaced_left(i) - 1] in _THAT
                and not (
                    w.norms[i].removeprefix("س").startswith(_HELD) or (form is not None and form.lemma in _HAPPENS)
                )
            ):
                return False  # خلال الزيارة إلا أنها ستصدر بيانا: of somebody else
            if w.future[i]:
                return self.frame.type in ("visit", "dialogue", "exercise") or (
                    form is not None and form.lemma in _HAPPENS
                )
        return False


# --- cues --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _cue_index(side: str) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Cues of one side by their nearest word to the trigger, each with its status, in the order of the file."""
    out: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    table = cues()
    for status in _ORDER:
        for cue in table[status][side]:
            out.setdefault(cue[-1] if side == "before" else cue[0], []).append((status, cue))
    for rows in out.values():
        rows.sort(key=lambda row: -len(row[1]))
    return out


def _forms(word: str) -> Iterator[str]:
    """The word as it stands, without article, without the ending of the accusative."""
    yield word
    bare = word[2:] if word.startswith("ال") and len(word) > 6 else word
    if bare is not word:
        yield bare
    if bare.endswith("ا") and len(bare) > 5:
        yield bare[:-1]


def _cues_before(left: Sequence[str]) -> Iterator[_Cue]:
    """Cues in what stands to the left, the nearest first."""
    index = _cue_index("before")
    for k in range(len(left) - 1, -1, -1):
        will = left[k][1:] if left[k].startswith(("سي", "ست")) else ""
        for form in (*_forms(left[k]), will):
            for status, cue in index.get(form, ()):
                if form is will and status != "cancelled":
                    continue
                at = k - len(cue) + 1
                if len(left) - k > _REACH[status] or at < 0 or tuple(left[at:k]) != cue[:-1]:
                    continue
                if cue[0] == "اجل" and at and left[at - 1] == "من":
                    continue  # من أجل
                if cue[-1] in _COMMENTS and (left[-1] == "علي" or left[k + 1 : k + 2] in (["علي"], ["من"], ["حول"])):
                    continue  # تعليق على، تعليق من متحدث
                if cue == ("وقف",) and k < len(left) - 1:
                    continue  # وقف إطلاق النار
                if at >= 2 and left[at - 2 : at] == ["بناء", "علي"]:
                    continue  # بناء على طلب
                if cue[-1] in _NOW and k and left[k - 1] == "حتي":
                    continue  # حتى الآن
                yield _Cue(status, cue, at)


def _cues_after(right: Sequence[str], reach: int) -> Iterator[_Cue]:
    """Cues in what stands to the right, the nearest first."""
    index = _cue_index("after")
    for k, word in enumerate(right[:reach]):
        for form in _forms(word):
            for status, cue in index.get(form, ()):
                if tuple(right[k + 1 : k + len(cue)]) != cue[1:]:
                    continue
                if cue[-1] in _SUSPENDED and not (
                    k <= 6 and right[k - 1] not in _RELATIVES and _PREPOSITIONS.issuperset(right[k + 1 : k + 2])
                ):
                    continue  # جمدت أرصدة، علق الوزير
                if status == "ongoing" and (
                    (k and right[k - 1] in _UNITS) or _DURATIONS.intersection(right[k + 1 : k + 2])
                ):
                    continue  # الشهر الجاري، يستمر يومين
                if status == "planned" and any(
                    w.startswith(("تنته", "ينته", "تختتم", "يختتم")) for w in right[max(0, k - 4) : k]
                ):
                    continue  # تنتهي يوم الجمعة المقبل
                yield _Cue(status, cue, k)


def _before_clause(right: Sequence[str]) -> Sequence[str]:
    """What stands before a clause of its own: سيجتمع به بعد أن ألغى اللقاء."""
    for k, word in enumerate(right):
        if word == "بعدما" or (word == "بعد" and right[k + 1 : k + 2] in (["ما"], ["ان"])):
            return right[:k]
    return right


def _has(window: Sequence[str], cue: tuple[str, ...], reach: int) -> bool:
    near = window[:reach]
    return any(tuple(near[k : k + len(cue)]) == cue for k in range(len(near)))


# --- dates -------------------------------------------------------------------------------------------------------


def after(when: str | None, published: str | None) -> bool:
    """Whether a date begins after the day of publication."""
    if not when or not published or "XXXX" in when:
        return False
    start = when.split("/")[0]
    return bool(start) and start != ".." and start.replace("X", "9") > published[: len(start)]


def before(when: str | None, published: str | None) -> bool:
    """Whether a date ended before the day of publication."""
    if not when or not published or "XXXX" in when:
        return False
    end = when.split("/")[-1]
    return bool(end) and end != ".." and end.replace("X", "0") < published[: len(end)]


def _is_day(when: str | None) -> bool:
    return when is not None and len(when) == 10 and "X" not in when


def _is_week(when: str | None) -> bool:
    start, _, end = (when or "").partition("/")
    return _is_day(start) and _is_day(end) and (date.fromisoformat(end) - date.fromisoformat(start)).days == _WEEK


def _long_gone(when: str | None, published: str | None) -> bool:
    """Whether the date ended more than a week before publication."""
    if not before(when, published):
        return False
    end = (when or "").split("/")[-1]
    if not _is_day(end) or not _is_day(published):
        return True
    return (date.fromisoformat(published or "") - date.fromisoformat(end)).days > _FRESH


def _within(when: str | None, published: str | None) -> bool:
    """Whether an interval of days holds the day of publication."""
    if not when or not published or "/" not in when or "X" in when or ".." in when:
        return False
    start, end = when.split("/")
    if not _is_day(start) or not _is_day(end) or not start < end:
        return False
    short = (date.fromisoformat(end) - date.fromisoformat(start)).days <= _LONGEST
    return short and start <= published[:10] <= end
