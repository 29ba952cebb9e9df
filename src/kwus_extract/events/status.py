"""Whether it happened: status of a mention from tense, modality, negation and dates."""

from __future__ import annotations

from kwus_extract.entities.words import Words
from kwus_extract.events.frames import Frame
from kwus_extract.events.rules import cues
from kwus_extract.text.fold import fold

_ORDER = ("cancelled", "negated", "hypothetical", "planned", "ongoing")
_REACH = {"cancelled": 4, "negated": 4, "hypothetical": 6, "planned": 6, "ongoing": 4}
_WEAK = 0.3


def _left_cue(words: Words, low: int, first: int, cue: tuple[str, ...], reach: int) -> bool:
    start = max(low, first - reach)
    norms = words.norms[start:first]
    for k in range(len(norms) - 1, -1, -1):
        if norms[k] in (".", "؛", "؟", ":", "حيث", "فيما", "بينما"):
            norms = norms[k + 1 :]
            break
    if len(cue) == 1:
        return cue[0] in norms or (cue[0] in [n.removeprefix("ال") for n in norms] and len(cue[0]) > 4)
    return any(tuple(norms[k : k + len(cue)]) == cue for k in range(len(norms)))


def judge(
    frame: Frame, words: Words, *, published: str | None, when: str | None, title: bool, ahead: bool = False
) -> tuple[str, float]:
    """Status of one mention and how much it weighs against other mentions of the event.

    ``when`` is the EDTF value of the mention's own date, ``published`` the article's; a mention in the title weighs
    little, since titles put past and future alike in the present tense; ``ahead`` says that its date is called coming.
    """
    low, high = words.bounds[words.sentence[frame.first]]
    anchor = (
        frame.governor
        if frame.governor is not None and frame.governor < frame.first
        else words.spaced_left(frame.first)
    )
    table = cues()
    form = frame.governor_form or frame.entry.verb
    future = ahead or _after(when, published)
    at = frame.governor if frame.governor is not None else frame.first
    will = words.future[at] or words.norms[max(0, at - 1)] == "سوف"
    is_verb = form is not None
    past = form is not None and form.tense in ("past", "passive") and not will
    scale = 0.35 if title else 1.0
    for status in _ORDER:
        if status == "negated":
            if _negated(words, at, frame, is_verb=is_verb):
                return status, 2.0 * scale
            continue
        found = any(_left_cue(words, low, anchor, cue, _REACH[status]) for cue in table[status]["before"])
        if frame.governor is not None and status in ("cancelled", "planned", "hypothetical"):
            found = found or any(
                _left_cue(words, frame.governor, frame.first, cue, 12)
                for cue in table[status]["before"]
                if status == "cancelled"
            )
        tail = tuple(words.norms[frame.last : frame.last + 4])
        found = found or any(tail[k : k + len(cue)] == cue for cue in table[status]["after"] for k in range(3))
        if not found:
            continue
        if past and is_verb and status in ("planned", "ongoing", "hypothetical") and not _immediate(words, at, status):
            continue
        if status == "hypothetical" and frame.definite and not is_verb:
            continue
        if status == "planned" and when and published and not future and _before(when, published):
            continue
        if status == "ongoing" and future:
            return "planned", 1.2 * scale
        if status == "hypothetical" and future and frame.type != "agreement":
            return "planned", 1.0 * scale
        return status, (2.0 if status in ("cancelled", "negated") else 1.2) * scale
    if will:
        return "planned", 1.5 * scale
    if past and form is not None and form.lemma in _STARTS and frame.entry.kind == "noun":
        return "ongoing", 1.3 * scale
    if form is None and frame.entry.kind == "noun" and _heads_future(words, frame.last, high):
        return "planned", 1.0 * scale
    if future:
        return "planned", 1.3 * scale
    if past:
        return "occurred", 1.2 * scale
    if form is not None and form.tense == "present":
        if when and published and _before(when, published):
            return "occurred", 1.0 * scale
        if frame.type == "exercise":
            return "ongoing", 0.9 * scale
        if when or (frame.entry.kind == "noun" and form.lemma in _OPENS):
            return "planned", 0.8 * scale
        return "occurred", 0.4 * scale
    return "occurred", _WEAK * scale


_OPENS = frozenset(map(fold, ["التأم", "عقد", "انعقد", "انطلق", "بدأ", "أقام", "افتتح", "تم", "جرى", "استضاف", "قام"]))
_STARTS = frozenset(map(fold, ["انطلق", "بدأ", "ابتدأ", "استهل", "تواصل", "استمر"]))
_NO = frozenset(["لم", "لن", "ما", "لا", "ليس", "ليست"])
_DENIED = frozenset(
    [
        "نفي",
        "نفت",
        "ينفي",
        "تنفي",
        "نفوا",
        "نافيا",
        "نافيه",
        "عدم",
        "استبعد",
        "استبعدت",
        "رفض",
        "رفضت",
        "يرفض",
        "ترفض",
        "رفضه",
        "رفضها",
    ]
)


def _negated(words: Words, at: int, frame: Frame, *, is_verb: bool) -> bool:
    """Whether a particle right before the verb, or a denial right before the noun, says that it did not happen."""
    if is_verb and any(n in _NO for n in words.norms[max(0, at - 2) : at]):
        return True
    left = words.spaced_left(frame.first)
    near = words.norms[max(0, left - 4) : left]
    return any(n in _DENIED for n in near) and not (frame.definite and not is_verb and "عدم" in near)


def _heads_future(words: Words, first: int, high: int) -> bool:
    """Whether the noun before ``first`` is the subject of a future verb: الزيارة … ستشهد، القمة … ستعقد."""
    for i in range(first, min(first + 16, high - 1)):
        if words.norms[i] in ("ان", "حيث", ".", "؛") or (words.is_verb(i) and not words.future[i]):
            return False
        if words.future[i]:
            return True
    return False


def _immediate(words: Words, verb: int, status: str) -> bool:
    """Whether a cue stands right before a past verb (قد يكون، من المقرر أن) rather than somewhere in the clause."""
    left = words.norms[max(0, verb - 2) : verb]
    return any(cue[0] in left for cue in cues()[status]["before"] if len(cue) == 1) and not (
        status == "hypothetical" and "قد" in left
    )


def _key(value: str) -> str:
    return value.split("/")[0].replace("..", "").replace("X", "0")


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
