"""When it happened: which date of a sentence is told of which event.

An adverb of time belongs to the predicate of its clause. A date is therefore weighed for every event of its sentence by
how far it stands from it, names counted as one word, and is denied to those that another predicate stands before it: the
day of the saying (قال الخميس إن …), of another verb (انتقد اليوم الزيارة), of a relative clause about somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from kwus_extract.entities.phrases import Phrase
from kwus_extract.entities.words import Words
from kwus_extract.events.frames import Apart, Frame
from kwus_extract.events.status import after, before
from kwus_extract.lexicon.closed import word_list

_HELD = word_list("held")
_HAPPENS = word_list("happening")
_STARTS = word_list("starting")
_RUNS = word_list("running")
_ENDS = word_list("ends")
_SAYS = word_list("saying")
_CANCELS = word_list("cancelling")
_CALLED_OFF = word_list("called_off")
_SIGNS = word_list("signing")
_ISSUED = word_list("issued")
_RELATIVES = word_list("relatives")
_SENTENCE_WALLS = frozenset((".", "؛", ":", "و", "حيث"))
_THAT = word_list("that")
_WALLS = word_list("date_walls")
_AHEAD_OF = word_list("ahead_of")
_DEADLINES = word_list("deadlines")
_MEANT_FOR = word_list("meant_for")
_DURING = word_list("during")
_JOINING = frozenset(("و", "مع", "بين", "في", "الي", "ل", "ب", "من"))
_BEGINNING = ("دخوله", "توقيعه", "ابرامه", "انطلاقه")
_NEXT_DAY = "غداه"  # the day after
_EVE = "عشيه"
_DAYS_APART = {"يوم": 1, "يومين": 2, "اسبوع": 7, "اسبوعين": 14}
_SPANS = word_list("durations") | word_list("of_hours") | _DAYS_APART.keys()
_HOURS = word_list("of_hours")
_FAR = 32.0  # words beyond which a date is no longer of an event
_NEAR = 12  # words within which light mentions of one happening share a date
_COURSE = _HAPPENS | _STARTS | _RUNS | _ENDS | _SIGNS | word_list("carriers")


class Dating:
    """Gives the dates of an article to its frames.

    ``spans`` are the tokens of each date and ``values`` what it resolves to; ``at`` holds the phrase at each token.
    """

    def __init__(
        self,
        words: Words,
        at: Sequence[Phrase | None],
        spans: Sequence[tuple[int, int]],
        values: Sequence[str | None],
        published: str | None,
    ) -> None:
        self.w = words
        self.at = at
        self.spans = spans
        self.values = values
        self.published = published
        dated = {i for first, last in spans for i in range(first + 1, last)}
        counts = (
            0 if i in dated or not norm[:1].isalnum() or ((p := at[i]) is not None and p.first != i) else 1
            for i, norm in enumerate(words.norms)
        )
        self.upto = [0, *accumulate(counts)]  # words before each token, a name or a date being one

    def attach(self, frames: Sequence[Frame]) -> None:
        """Fill ``dates`` of the frames."""
        by_sentence: dict[int, list[Frame]] = {}
        for frame in frames:
            by_sentence.setdefault(self.w.sentence[frame.first], []).append(frame)
            frame.apart = self._apart(frame)
        self.triggers = {i for frame in frames for i in range(frame.first, frame.last)}
        for number, (first, _) in enumerate(self.spans):
            value = self.values[number]
            if first < len(self.w) and value is not None and any(c.isdigit() for c in value):
                self._give(number, by_sentence.get(self.w.sentence[first], []))
        for row in by_sentence.values():
            self._share(row)
        for frame in frames:
            if frame.apart and frame.apart.days and not frame.dates:
                frame.shifted = self._shifted(frame.apart)

    def _apart(self, frame: Frame) -> Apart | None:
        """Whether the event is told to come so long before or after the clause: غداة اجتماعهم، بعد أيام من القمة."""
        w = self.w
        first = min(frame.first, frame.governor) if frame.governor is not None else frame.first
        at = w.spaced_left(first) - 1
        low, _ = w.bounds[w.sentence[frame.first]]
        if at < low:
            return None
        if w.norms[at] in (_NEXT_DAY, _EVE):
            return Apart(at, later=w.norms[at] == _EVE, days=1)
        start = next((i for i in range(at - 1, max(low, at - 5) - 1, -1) if w.norms[i] in ("بعد", "قبل")), None)
        span = w.norms[start + 1 : at] if start is not None else []
        if start is None or w.norms[at] != "من" or not span or not any(n in _SPANS for n in span):
            return None
        days = 0 if any(n in _HOURS for n in span) else _DAYS_APART.get(span[0]) if len(span) == 1 else None
        return Apart(start, later=w.norms[start] == "قبل", days=days)

    def _shifted(self, apart: Apart) -> tuple[int, int] | None:
        """The date of the clause that the event stands apart from, and how many days."""
        sentence = self.w.sentence[apart.at]
        told = [
            n for n, (_, last) in enumerate(self.spans) if last <= apart.at and self.w.sentence[last - 1] == sentence
        ]
        return (told[-1], apart.days if apart.later else -apart.days) if told and apart.days else None

    def _give(self, number: int, frames: Sequence[Frame]) -> None:
        """Give one date to the frame it stands nearest to, and to light frames beside that one."""
        costs = [(cost, frame) for frame in frames if (cost := self._cost(frame, number)) is not None and cost < _FAR]
        if not costs:
            return
        _, best = min(costs, key=lambda pair: pair[0])
        best.dates.append(number)
        if self.w.bare[self.spans[number][0] - 1] in _HELD:
            return
        for _, frame in costs:
            a, b = sorted((frame, best), key=lambda f: f.first)
            if frame is not best and frame.type == "visit" and self._in_aside(frame):
                frame.dates.append(number)  # التقى الضيف، الذي يزور البلاد، أمس: he was there on that day
            elif (
                frame is not best
                and frame.type == best.type
                and self._words(a.last, b.first) <= _NEAR
                and not self._walls(a.last, b.first)
            ):
                frame.dates.append(number)

    def _words(self, first: int, last: int) -> int:
        return self.upto[max(last, first)] - self.upto[first]

    def _walls(self, first: int, last: int) -> int:
        """How many words between two tokens begin another clause."""
        return sum(w in _WALLS for w in self.w.norms[first:last])

    # --- one frame and one date -------------------------------------------------------------------------------

    def _cost(self, frame: Frame, number: int) -> float | None:
        """How far a date stands from a frame, or None where it cannot be told of it."""
        first, last = self.spans[number]
        anchor = min(frame.first, frame.governor) if frame.governor is not None else frame.first
        if self._against_tense(frame, self.values[number]) or self._since(frame, first):
            return None
        if first >= frame.last:
            return self._behind(frame, number)
        if self.w.bare[first - 1] in _HELD:
            return None  # المبرم عام 2015: of the noun before it and no other
        if last <= anchor:
            return self._ahead(frame, anchor, first, last)
        return None if self._called_off(frame) else 0.0

    def _against_tense(self, frame: Frame, value: str | None) -> bool:
        """Whether the verb has happened and the date is still to come, or the other way round."""
        at = frame.governor if frame.governor is not None else frame.first
        form = frame.governor_form or frame.entry.verb
        if form is None or not (frame.entry.kind == "verb" or form.lemma in _COURSE):
            return False
        if self.w.future[at]:
            return before(value, self.published)
        return form.tense == "past" and self.w.norms[at - 1] not in ("ما", "ان") and after(value, self.published)

    def _since(self, frame: Frame, first: int) -> bool:
        """منذ 2010: when a state began, which is no date of an event unless it goes on since."""
        if "منذ" not in self.w.norms[min(frame.last, first - 2) : first][-20:]:
            return False
        if any(n.startswith(_BEGINNING) for n in self.w.norms[max(frame.last, first - 6) : first]):
            return False  # منذ دخولها حيز التنفيذ عام 2011
        form = frame.governor_form
        return form is None or form.lemma not in _RUNS

    def _called_off(self, frame: Frame) -> bool:
        """Whether what governs the event takes it back: the day on which somebody left is no date of the treaty."""
        form = frame.governor_form
        if form is None:
            return frame.governor is not None and self.w.bare[frame.governor] in _CALLED_OFF
        return form.lemma in _CANCELS

    def _behind(self, frame: Frame, number: int) -> float | None:
        """A date behind the event: its own unless another predicate comes between."""
        w = self.w
        first, _ = self.spans[number]
        if w.bare[first - 1] in _ISSUED:
            return None  # الصحف الصادرة أمس
        cost = float(self._words(frame.last, first))
        closed = w.norms[first - 1] in ("،", ",")
        deadline = any(n in _DEADLINES for n in w.norms[max(frame.last, first - 2) : first])
        if closed and self._in_aside(frame):
            cost += 12  # التقى الوزير، الذي كان في زيارة لباكستان، أمس
        i = frame.last
        while i < first:
            norm = w.norms[i]
            if norm in ("؛", ":"):
                return None
            if norm in _RELATIVES:
                about = self._relative(frame, i, first, self.values[number])
                aside = closed and w.norms[w.spaced_left(i) - 1] in ("،", ",")
                if about is None and not aside:
                    return None
                cost += about or 0
                if aside:
                    cost -= self._words(i, first)
                i += 3  # its verb has been looked at
                continue
            elif norm in _WALLS:
                cost += 9
            elif norm in ("مع", "وسط") and w.norms[i - 1] in ("،", ",") and self.at[i + 1] is None:
                return None  # ، مع استعداد لندن للخروج العام المقبل: a circumstance of its own
            elif self._another_clause(i) or (i > frame.last + 1 and self._about_another(i)):
                return None
            i += 1
        if deadline and self._foreign_noun(frame, first):
            return None
        if frame.type == "agreement" and frame.article and not self._signed(frame) and not self._own(frame, first):
            return None
        return cost

    def _in_aside(self, frame: Frame) -> bool:
        """Whether the event is told in a relative clause between commas."""
        w = self.w
        for i in range(frame.first - 1, max(0, frame.first - 8), -1):
            if w.norms[i] in ("،", ","):
                return False
            if w.norms[i] in _RELATIVES:
                return w.norms[w.spaced_left(i) - 1] in ("،", ",")
        return False

    def _relative(self, frame: Frame, i: int, first: int, value: str | None) -> float | None:
        """What a relative clause between an event and a date adds to its distance; None if it is about something else.

        It is about the event where its verb tells of happening (التي عقدت أمس), or where nothing but adjectives of the
        event stands before it (الاتفاق النووي الذي أعلن عنه أمس).
        """
        w = self.w
        verb = next((k for k in range(i + 1, min(i + 4, first)) if w.verbs[k] is not None and self.at[k] is None), None)
        form = w.verbs[verb] if verb is not None else None
        agrees = self._agrees(frame, w.norms[i])
        next_to = agrees and self._next_to(frame, i)
        if form is None or verb is None:
            return 0 if next_to else 9 if agrees else None
        if form.tense != "present" and not w.future[verb] and after(value, self.published):
            return None
        if form.lemma in _COURSE:
            other = self.at[verb + 1] is None and w.is_definite(verb + 1)  # القاعدة التي بدأ العمل فيها
            return 0 if next_to else None if other else 9
        if not next_to or form.lemma in _CANCELS:
            return None
        return None if form.lemma in _SAYS and w.norms[verb + 1] not in ("عنه", "عنها") else 0

    def _agrees(self, frame: Frame, relative: str) -> bool:
        """Whether a relative pronoun can stand for the event noun."""
        feminine = self.w.norms[frame.first].endswith(("ه", "ات", "تها", "ته", "تهما", "تهم"))
        return relative == ("التي" if feminine else "الذي") and frame.entry.kind == "noun"

    def _next_to(self, frame: Frame, relative: int) -> bool:
        """Whether nothing that the relative could be about stands between it and the event noun."""
        w, own = self.w, self.at[frame.first]
        masculine = w.norms[relative] == "الذي"
        for k in range(frame.last, relative):
            phrase = self.at[k]
            if phrase is not None and phrase is not own:
                if (phrase.kind in ("country", "place", "org")) != masculine:
                    return False
            elif w.norms[k][:1].isalpha() and not w.is_definite(k) and w.norms[k] not in _JOINING:
                return False
        return True

    def _another_clause(self, i: int) -> bool:
        """Whether a verb of saying stands here with a subject of its own: …، وقال أمس."""
        w = self.w
        form = w.verbs[i]
        return (
            form is not None and form.lemma in _SAYS and self.at[i] is None and i not in self.triggers and w.is_verb(i)
        )

    def _about_another(self, i: int) -> bool:
        """Whether a verb with a pronoun tells of the indefinite noun right before it: خلال تصويت يجريه في أيلول."""
        form, before = self.w.verbs[i], self.w.norms[i - 1]
        return (
            form is not None
            and form.enclitic
            and self.at[i - 1] is None
            and len(before) > 3
            and not self.w.is_definite(i - 1)
            and i - 1 not in self.triggers
            and self.w.verbs[i - 1] is None
            and before not in _THAT
        )

    def _foreign_noun(self, frame: Frame, first: int) -> bool:
        """Whether a deadline stands behind a noun of its own: اتفاق على انتخابات قبل نهاية العام."""
        return any(
            self.at[i] is None
            and self.w.norms[i][:1].isalpha()
            and not self.w.clitic[i]
            and len(self.w.norms[i]) > 3
            and self.w.norms[i] not in _DEADLINES
            for i in range(frame.last + 1, first)
        )

    def _signed(self, frame: Frame) -> bool:
        """Whether the clause of a known agreement tells of its signing."""
        w = self.w
        form = frame.governor_form
        if form is not None:
            return form.lemma in _COURSE
        return any(w.bare[i] in ("توقيع", "ابرام", "توصل") for i in range(max(0, frame.first - 3), frame.first))

    def _own(self, frame: Frame, first: int) -> bool:
        """Whether the date stands in the noun's own attributes: الاتفاق النووي لعام 2015، المبرم في فيينا، الذي وقع في."""
        w = self.w
        between = w.bare[frame.last : first]
        if any(b in _HELD for b in between):
            return True
        if any(n in _RELATIVES for n in w.norms[frame.last : first]):
            return True
        return self._words(frame.last, first) <= 4 and not any(
            n in ("،", ",") or (w.is_verb(k) and not ((v := w.verbs[k]) and v.lemma in _COURSE))
            for k, n in enumerate(w.norms[frame.last : first], frame.last)
        )

    def _ahead(self, frame: Frame, anchor: int, first: int, last: int) -> float | None:
        """A date before the event: of the verb that governs both, or of another."""
        w = self.w
        between = w.norms[last:anchor]
        if any(n in _THAT or n in (":", "؛") for n in between) and not self._announced(frame, first, anchor):
            return None  # قالت الوزارة الخميس إن …: the day of the saying
        if any(n in _AHEAD_OF or n in _RELATIVES for n in between):
            return None  # غادر اليوم قبيل قمة، التقى أمس الوفد الذي يزور
        if self._called_off(frame) or self._of_another(frame, first):
            return None
        if frame.apart and frame.apart.days != 0:
            return None  # وصل الأربعاء بعد أيام من القمة
        low, _ = w.bounds[w.sentence[first]]
        if w.norms[anchor - 1] == "و" and w.clitic[anchor - 1] and self._words(low, first) > 2:
            return None  # التقى نظيره أمس وبحثا: of the clause before و, which shares it
        if frame.type == "agreement" and frame.article and not self._signed(frame):
            return None
        cost = self._words(last, anchor) * 1.2 + 2 + 20 * sum(n in _WALLS for n in between)
        if w.clitic[anchor - 1] and w.norms[anchor - 1] == "ل" and frame.entry.kind == "verb":
            return None  # وصل أمس ليلتقي: of the verb
        if w.clitic[anchor - 1] and w.norms[anchor - 1] == "ل" and frame.governor is None:
            cost += 6  # يزور … الأحد لمواصلة المشاورات: of the verb
        return cost

    def _announced(self, frame: Frame, first: int, anchor: int) -> bool:
        """أعلنت الشركة اليوم أنها توصلت إلى اتفاق: what is announced was agreed on that day."""
        w = self.w
        form = frame.governor_form or frame.entry.verb
        if frame.type != "agreement" or form is None or form.tense != "past" or w.future[anchor]:
            return False
        low, _ = w.bounds[w.sentence[first]]
        return (
            any((v := w.verbs[i]) is not None and v.lemma == "اعلن" for i in range(low, first))
            and self._words(first, anchor) <= 4
        )

    def _of_another(self, frame: Frame, first: int) -> bool:
        """Whether a date before an event tells of another verb: انتقد اليوم الزيارة، الذي يحكم منذ 2010 يأمل."""
        w = self.w
        low, _ = w.bounds[w.sentence[first]]
        noun = frame.entry.kind == "noun"
        for i in range(first - 1, low - 1, -1):
            if self.at[i] is not None:
                continue  # the و of وزير الداخلية والدفاع begins no clause
            if w.norms[i] in _SENTENCE_WALLS:
                return False
            verb = w.verbs[i]
            if verb is not None and w.is_verb(i):
                if i in self.triggers or i == frame.governor or verb.lemma in _COURSE:
                    return False
                if w.norms[i - 1] in _RELATIVES:
                    return True
                if verb.lemma == "اعلن" and frame.type == "agreement":
                    return False  # أعلنت الشركة اليوم توقيع اتفاقية
                return noun
            if noun and w.bare[i] in _CALLED_OFF:
                return True
        # no verb that is known: an event that another verb has for its object (وبثت القنوات أمس صورا لزيارته)
        return noun and frame.governor is None and self._words(low, first) > 2

    # --- dates of one event told of another ---------------------------------------------------------------------

    def _share(self, frames: Sequence[Frame]) -> None:
        """Verbs joined by و share the date of the first; what is done during an event has its date."""
        w = self.w
        dated: Frame | None = None
        for frame in frames:
            if frame.dates:
                dated = frame
            elif dated is None:
                continue
            elif frame.entry.verb and w.norms[frame.first - 1] == "و" and frame.first - dated.last < 25:
                frame.dates = list(dated.dates)  # زار … في أبريل 2010 والتقى …
            elif (
                dated.type == "visit"
                and frame.type == "dialogue"
                and 0 < self._words(dated.last, frame.first) < 12
                and _MEANT_FOR.intersection(w.norms[dated.last : frame.first])
            ):
                frame.dates = list(dated.dates)  # يتوجه الأسبوع المقبل للمشاركة في قمة
        for frame, other in pairwise(frames):
            between = w.norms[frame.last : other.first]
            if (
                not frame.dates
                and other.dates
                and (_DURING.intersection(between[-2:]) or (frame.type == "agreement" and between[-1:] == ["في"]))
                and self._words(frame.last, other.first) <= _NEAR
                and _THAT.isdisjoint(between)
                and not self._against_tense(frame, self.values[other.dates[0]])
            ):
                frame.dates = list(other.dates)  # توقيع اتفاقيات خلال زيارته الأسبوع المقبل
