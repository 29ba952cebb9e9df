"""Whether it happened: status of a mention from tense, modality, negation and dates.

Cues are read in the clause around the trigger or the verb that governs it. Names and posts between do not count, so
that a cue is as near to its verb before a long name as before a short one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kwus_extract.entities.phrases import Phrase
from kwus_extract.entities.words import Words
from kwus_extract.events.frames import Frame
from kwus_extract.events.rules import cues
from kwus_extract.lexicon.closed import word_list

_ORDER = ("cancelled", "hypothetical", "planned", "ongoing")
_REACH = {"cancelled": 4, "hypothetical": 6, "planned": 6, "ongoing": 4}
_WEAK = 0.3

_NO = word_list("negation")
_DENIED = word_list("denial")
_WITHOUT = word_list("without")
_WITHDRAWS = tuple(sorted(word_list("withdrawing")))
_DUE = tuple(sorted(word_list("due")))
_WAS = word_list("was")
_IF = (("اذا",), ("في", "حال"), ("في", "حاله"), ("شريطه",), ("بشرط",), ("لو",))
_STARTS = word_list("starting")
_GOES_ON = word_list("going_on")
_RUNS = word_list("running")
_OPENS = word_list("opening")


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known around a mention: the day of publication, its own date, whether it stands in the title, whether
    its date calls itself coming, and the phrases by token."""

    published: str | None
    when: str | None
    title: bool
    ahead: bool
    at: Sequence[Phrase | None]


def judge(frame: Frame, words: Words, situation: Situation) -> tuple[str, float]:
    """Status of one mention and how much it weighs against other mentions of the event.

    A mention in the title weighs little, since titles put past and future alike in the present tense.
    """
    status, weight = _judge(frame, words, situation)
    return status, weight * (0.35 if situation.title else 1.0)


def _judge(frame: Frame, words: Words, now: Situation) -> tuple[str, float]:
    at = frame.governor if frame.governor is not None and frame.governor < frame.first else frame.first
    anchor = words.spaced_left(at)
    left = _outside(words, now.at, anchor)
    if frame.governor is not None and frame.governor_form is None:
        left.append(words.norms[at])  # إلغاء زيارة: the governing noun is itself a cue
    right = _rightward(words, now.at, frame)
    between = words.norms[at + 1 : frame.first] if at < frame.first else []
    form = frame.governor_form or frame.entry.verb
    is_verb = form is not None
    will = words.future[at] or left[-1:] == ["سوف"]
    past = form is not None and form.tense in ("past", "passive") and not will
    present = form is not None and form.tense == "present" and not will
    coming = now.ahead or _after(now.when, now.published)
    gone = _before(now.when, now.published)
    lemma = form.lemma if form is not None else ""
    table = cues()

    if any(
        _ends_with(left, cue, 4) for cue in (("لم", "يستبعد"), ("لا", "يستبعد"), ("لم", "تستبعد"), ("لا", "تستبعد"))
    ):
        return "hypothetical", 1.5
    if _said_not(left, right, frame, words, is_verb=is_verb):
        return ("hypothetical", 1.2) if any(w in ("اذا", "حال") for w in left[-5:]) else ("negated", 2.0)
    if any(_has(right, cue, 12) for cue in _IF) and (will or present):
        return "hypothetical", 1.6
    for status in _ORDER:
        found = next((cue for cue in table[status]["before"] if _has(left, cue, _REACH[status], from_end=True)), None)
        if (
            found is not None
            and found[-1].removeprefix("ال").startswith(_WITHDRAWS)
            and words.norms[anchor - 1] != "من"
        ):
            found = None  # withdrawn from something else
        if found is None and status == "cancelled" and not past:
            found = next((cue for cue in table[status]["before"] if _has(between, cue, 12)), None)
        if found is None and not (status == "cancelled" and past):
            reach = 14 if status == "cancelled" and frame.entry.kind == "noun" else 4
            found = next((cue for cue in table[status]["after"] if _has(right, cue, reach)), None)
        if found is None or (found == ("قد",) and not _might(left, present=present)):
            continue
        if (
            status == "planned"
            and found[-1].removeprefix("ال").startswith(_DUE)
            and any(w in _WAS for w in left[-8:])
            and (past or not coming)
        ):
            return "cancelled", 1.6  # كان من المقرر أن
        if (
            past
            and status in ("planned", "ongoing", "hypothetical")
            and not (found[0] in left[-2:] and found != ("قد",))
        ):
            continue
        if status == "hypothetical" and frame.definite and not is_verb:
            continue
        if status == "planned" and gone and not coming:
            continue
        if status == "ongoing" and coming:
            return "planned", 1.2
        return status, 2.0 if status == "cancelled" else 1.2
    if will:
        return "planned", 1.5
    if lemma in _GOES_ON and frame.entry.kind == "noun" and not coming:
        return "ongoing", 1.4
    if past and lemma in _STARTS and frame.entry.kind == "noun":
        return ("ongoing", 1.3) if not any(w.startswith(("اختتم", "انته")) for w in right) else ("occurred", 1.3)
    if (
        not is_verb
        and frame.entry.kind == "noun"
        and _heads_future(words, frame.last, words.bounds[words.sentence[frame.first]][1])
    ):
        return "planned", 1.0
    if coming:
        return "planned", 1.3
    if not past and _within(now.when, now.published):
        return "ongoing", 1.2
    if past:
        return "occurred", 1.2
    if present:
        if gone:
            return "occurred", 1.0
        if frame.type == "exercise" or lemma in _RUNS:
            return "ongoing", 0.9
        if now.when or (frame.entry.kind == "noun" and lemma in _OPENS):
            return "planned", 0.8
        return "occurred", 0.4
    return "occurred", _WEAK


def _might(left: list[str], *, present: bool) -> bool:
    """Whether قد makes it uncertain, which it does before a present verb and not before a past one."""
    at = len(left) - 1 - left[::-1].index("قد") if "قد" in left else -1
    after = left[at + 1 :]
    return after[0].startswith(("ي", "ت")) if at >= 0 and after else present


def _outside(words: Words, at: Sequence[Phrase | None], end: int) -> list[str]:
    """Folded words of the clause to the left of token ``end``, those inside names and posts left out."""
    low, _ = words.bounds[words.sentence[end]] if end < len(words) else (0, 0)
    out: list[str] = []
    for i in range(end - 1, low - 1, -1):
        if words.norms[i] in (".", "؛", "؟", ":", "حيث", "فيما", "بينما") or len(out) >= 12:
            break
        if at[i] is None and words.norms[i] not in ("و", "ف", "،", ","):
            out.append(words.norms[i])
    return out[::-1]


def _rightward(words: Words, at: Sequence[Phrase | None], frame: Frame) -> list[str]:
    """Folded words of the sentence to the right of the trigger, those inside names and posts left out."""
    _, high = words.bounds[words.sentence[frame.first]]
    out: list[str] = []
    for i in range(frame.last, high):
        if words.norms[i] in (".", "؛", "؟") or len(out) >= 16:
            break
        if at[i] is None and words.norms[i] not in ("،", ",", '"', "«", "»"):
            out.append(words.norms[i])
    return out


def _has(window: Sequence[str], cue: tuple[str, ...], reach: int, *, from_end: bool = False) -> bool:
    near = window[-reach:] if from_end else window[:reach]
    if len(cue) == 1:
        return cue[0] in near or (len(cue[0]) > 4 and "ال" + cue[0] in near)
    return any(tuple(near[k : k + len(cue)]) == cue for k in range(len(near)))


def _ends_with(window: Sequence[str], cue: tuple[str, ...], reach: int) -> bool:
    return _has(window, cue, reach, from_end=True)


def _said_not(left: list[str], right: list[str], frame: Frame, words: Words, *, is_verb: bool) -> bool:
    """Whether a particle right before the verb, or a denial before the noun, says that it did not happen."""
    if is_verb and any(n in _NO for n in left[-2:]):
        return True
    if left[-3:-1] == ["لم", "يسبق"] or ("يسبق" in left[-3:] and "لم" in left[-4:]):
        return True
    reach = 2 if frame.definite and not is_verb else 5
    if any(n in _DENIED for n in left[-reach:]) and not (frame.definite and not is_verb and "عدم" in left[-5:]):
        return True
    if any(n in _WITHOUT for n in left[-2:]) and not frame.article:
        return True
    if not is_verb and left[-2:] in (["ليست", "هناك"], ["ليس", "هناك"], ["لا", "يوجد"], ["لا", "توجد"]):
        return True
    return (
        frame.definite
        and not is_verb
        and any(
            right[k] in ("لم", "لن")
            and right[k + 1].startswith(("يعقد", "تعقد", "يتم", "تتم", "ينعقد", "تنعقد", "يحصل", "تحصل", "تجر", "يجر"))
            for k in range(len(right) - 1)
        )
    )


def _heads_future(words: Words, first: int, high: int) -> bool:
    """Whether the noun before ``first`` is the subject of a future verb: الزيارة … ستشهد، القمة … ستعقد."""
    for i in range(first, min(first + 16, high - 1)):
        if words.norms[i] in ("ان", "حيث", ".", "؛") or (words.is_verb(i) and not words.future[i]):
            return False
        if words.future[i]:
            return True
    return False


def _after(when: str | None, published: str | None) -> bool:
    if not when or not published or "XXXX" in when:
        return False
    start = when.split("/")[0]
    return bool(start) and start != ".." and start.replace("X", "9") > published[: len(start)]


def _before(when: str | None, published: str | None) -> bool:
    if not when or not published or "XXXX" in when:
        return False
    end = when.split("/")[-1]
    return bool(end) and end != ".." and end.replace("X", "0") < published[: len(end)]


def _within(when: str | None, published: str | None) -> bool:
    """Whether an interval of days holds the day of publication."""
    if not when or not published or "/" not in when or "X" in when or ".." in when:
        return False
    start, end = when.split("/")
    return start < end and start <= published[: len(start)] and published[: len(end)] <= end
