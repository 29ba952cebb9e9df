"""Phrases that can take part in an event: named people with their posts, posts without a name, bodies, places, groups.

The NER backend gives names. Around them this module reads ranks, honorifics and posts, and finds the phrases that
stand for people without naming them (``وزير الخارجية القطري``, ``وفد من الحرس الثوري``, ``الجانبان``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from kwus_extract.entities.names import Name
from kwus_extract.entities.vocabulary import vocabulary
from kwus_extract.entities.words import Words
from kwus_extract.lexicon.closed import word_list
from kwus_extract.lexicon.gazetteer import adjectives, capitals, nationality

PhraseKind = Literal["person", "post", "group", "org", "country", "place", "side", "other"]


@dataclass(slots=True, eq=False)
class Phrase:
    """One phrase: ``first:last`` the whole of it, ``head`` the tokens that fill a role."""

    kind: PhraseKind
    first: int
    last: int
    head: tuple[int, int]
    entity: str | None = None
    country: str | None = None
    post: tuple[int, int] | None = None
    rank: tuple[int, int] | None = None
    honorific: tuple[int, int] | None = None
    extra_posts: list[tuple[int, int]] = field(default_factory=list)
    dual: bool = False
    capital: bool = False  # a capital, which may stand for its government
    inner: list[Phrase] = field(default_factory=list)  # people named within: المتحدث باسم [الرئيس فلان]

    @property
    def acting(self) -> PhraseKind:
        """The kind as one that acts: a capital acts as its country (اتفقت بغداد وأنقرة)."""
        return "country" if self.capital else self.kind


def between(phrases: list[Phrase], first: int, last: int) -> list[Phrase]:
    """Those of an article's phrases, in order, that begin at ``first`` or behind it and before ``last``."""
    low = bisect_left(phrases, first, key=lambda p: p.first)
    return phrases[low : bisect_left(phrases, last, lo=low, key=lambda p: p.first)]


_CONCERNING = word_list("concerning")
_LONGEST_POST = 18
_DEEPEST = 12


class Reader:
    """Reads the phrases of one article, left to right."""

    def __init__(self, words: Words, names: Iterable[Name]) -> None:
        self.w = words
        self.v = vocabulary()
        self.names = [n for n in names if words.usable[n.first] and not (n.label == "PER" and self._names_a_thing(n))]
        n = len(words)
        self.at: list[Name | None] = [None] * n
        for name in self.names:
            for i in range(name.first, name.last):
                self.at[i] = name
        self.bare = words.bare
        self.adjectives = adjectives()
        self.courtesies: dict[int, int] = {}  # where honorifics end that have been read
        self.depth = 0  # of titles before titles that are being read
        self.apposed = False  # reading a post behind a name, where و joins a further post of the same person

    def _names_a_thing(self, name: Name) -> bool:
        """Whether a personal name in quotes is that of the ship, school or street before it: زورق … “جون شويرمان”."""
        w = self.w
        if not (name.first and w.texts[name.first - 1] in _OPENING):
            return False
        low, _ = w.bounds[w.sentence[name.first]]
        return any(w.bare[i] in _THINGS for i in range(max(low, name.first - 7), name.first - 1))

    # --- pieces -----------------------------------------------------------------------------------------------

    def _is_name(self, i: int, *labels: str) -> bool:
        name = self.at[i] if i < len(self.w) else None
        return name is not None and (not labels or name.label in labels)

    def rank(self, i: int) -> int:
        """End of the rank that starts at token ``i`` (``i`` when none does)."""
        w, v = self.w, self.v
        j = i
        if i + 1 < len(w) and w.norms[i] == "نايب" and not self.at[i] and self.bare[i + 1] in _ADMIRALS:
            j = i + 1
        if j >= len(w) or self.at[j] or self.bare[j] not in v.ranks:
            return i
        j += 1
        while j < len(w) and not self.at[j] and (self.bare[j] in v.rank_modifiers or w.norms[j] in v.ranks):
            j += 1  # الفريق أول ركن، الكولونيل جنرال
        return j

    def honorific(self, i: int) -> int:
        """End of the honorifics that start at token ``i``."""
        end = self.courtesies.get(i)
        if end is None:
            if self.depth > _DEEPEST:
                return i  # one title after the other, without end
            self.depth += 1
            begun, end = [i], self._courtesy(i)
            while end > begun[-1] and end not in self.courtesies:
                begun.append(end)
                end = self._courtesy(end)
            end = self.courtesies.get(end, end)
            self.courtesies.update(dict.fromkeys(begun, end))  # each only once, however many there are
            self.depth -= 1
        return end

    def _courtesy(self, i: int) -> int:
        """End of the one honorific that starts at token ``i`` (``i`` when none does)."""
        w, v = self.w, self.v
        if i >= len(w) or (self.at[i] and self.at[i].label != "PER"):  # type: ignore[union-attr]
            return i
        if (
            self.bare[i] in v.heads
            and not self._is_name(i + 1, "PER")
            and self.honorific(i + 1) == i + 1
            and self.post(i) > i + 1
        ):
            return i  # أمير البلاد is a post, الأمير فلان a courtesy
        for words in v.honorifics.get(self.bare[i], ()):
            end = i + len(words)
            if tuple(self.bare[i:end]) == words and not any(self.at[i:end]):
                slash = end < len(w) and w.norms[end] == "/"
                point = end < len(w) and w.norms[end] == "." and words[0] in ("د", "م", "ا")
                return end + (slash or point)
        return i

    def _adjective(self, i: int) -> str | None:
        return nationality(self.bare, i)

    def _stops(self, i: int) -> bool:
        """Whether token ``i`` cannot be part of a post or group phrase."""
        w = self.w
        norm = w.norms[i]
        if norm in _TIME_UNITS and norm != "العام":
            return True
        if (
            self.bare[i] == "عام"
            and i + 1 < len(w)
            and (w.norms[i + 1].isdigit() or self.bare[i + 1] in _TIME_QUALIFIERS)
        ):
            return True  # العام الماضي, not الأمين العام
        return not w.usable[i] or w.clitic[i] or not norm[:1].isalpha() or w.is_verb(i) or norm in _STOP

    def post(self, i: int) -> int:
        """End of the post that starts at token ``i`` (``i`` when none does).

        A post is a head word and what qualifies it: definite words, adjectives of nationality, nouns of the construct
        state, names of bodies and places, also behind ل، في، لدى، ب; and coordinated nouns of a ministry's name.
        """
        w, v = self.w, self.v
        n = len(w)
        if i >= n or (self.at[i] is not None and self.at[i].label == "PER"):  # type: ignore[union-attr]
            return i
        if w.norms[i] in v.counterparts:
            j = i + 1
            while j < n and not self.at[j] and (self._adjective(j) or self.bare[j] in v.post_modifiers):
                j += 1
            return j
        owned = w.norms[i] in v.owned and not w.texts[i].endswith("ة")  # مندوبها الدائم, not مديرة
        appointed = self.apposed and self._predicative(i)
        if not (owned or appointed or self.bare[i] in v.heads) or not w.usable[i] or self.at[i] is not None:
            return i
        if (self.bare[i] == "قائمه" and w.norms[i + 1 : i + 2] != ["ب"]) or (
            self.bare[i] == "امر" and "أ" in w.texts[i]
        ):
            return i  # القائمة بالأعمال, not a list; أمر is no آمر
        if w.norms[i] in _STOP or (self.bare[i] in _ACTING_THROUGH and w.norms[i + 1 : i + 2] in (["ب"], ["في"])):
            return i  # الأمر is no آمر; الكويت ممثلة بوزارة الدفاع
        if self._adjectival(i):
            return i  # الحوار السياسي: an adjective, not a politician
        if self.bare[i] == "سيده" and "اولي" not in self.bare[i + 1 : i + 5]:
            return i  # السيدة فلانة, but السيدة الأميركية الأولى
        if self.bare[i] in ("كبير", "كبيره") and not self._several(i + 1):
            return i  # جنرال كبير، but كبير المفاوضين
        j, complete = i + 1, owned or w.is_definite(i)
        while j < min(n, i + 2 * _LONGEST_POST) and w.sentence[j] == w.sentence[i]:
            name = self.at[j]
            if name is not None and name.label != "PER":
                joined_on = w.is_definite(j - 1) or self._adjective(j - 1) is not None or self.at[j - 1] is not None
                if name.first != j or (
                    complete and joined_on and not (name.label == "ORG" and w.bare[j - 1] in v.post_modifiers)
                ):
                    break  # زار القائد الأميركي الكويت: a new phrase
                j, complete = name.last, True
                continue
            held = self._holding(j, i)
            if held > j:
                j, complete = held, True
                continue
            if name is not None or (self._stops(j) and self.bare[j] not in v.post_modifiers):
                # a preposition or conjunction may lead on
                nxt = self._lead(j, i)
                if nxt > j:
                    j, complete = nxt, self.bare[nxt - 1] not in v.construct_nouns or w.is_definite(nxt - 1)
                    continue
                break
            bare = self.bare[j]
            if appointed and bare[-1:] == "ا" and bare[:-1] in v.post_modifiers:
                j += 1  # مديراً عاماً
                continue
            if self._is_name(self.rank(j), "PER"):
                break
            if self._person_follows(j):
                break
            if w.is_definite(j) or self._adjective(j) or bare in v.post_modifiers:
                if (
                    complete
                    and bare in v.heads
                    and not self._adjectival(j)
                    and not self._adjective(j)
                    and bare not in v.post_modifiers
                    and (bare not in v.construct_nouns or (bare in _TITLES and not w.is_definite(i)))
                ):
                    break  # يلتقي ولي العهد الرئيس الأميركي
                if (
                    complete
                    and w.is_definite(j)
                    and self._adjective(j - 1)
                    and not self._adjective(j)
                    and bare not in v.post_modifiers
                ):
                    break  # زار القائد الأميركي السفينة
                j, complete = j + 1, complete or bare != "عام" or w.is_definite(j)  # مدير عام [شؤون كذا]
                continue
            if not complete and (
                bare in v.construct_nouns
                or bare in v.heads
                or (j + 1 < n and (w.is_definite(j + 1) or self._is_name(j + 1)))
            ):
                j += 1
                continue
            if bare in v.heads and complete and j + 1 < n and not w.is_definite(j):
                # a second post in apposition without a comma: عضو مجلس الوزراء رئيس الديوان
                break
            break
        while j > i + 1 and (w.clitic[j - 1] or w.norms[j - 1] in ("في", "لدي", "عن")):
            j -= 1
        return j

    def _several(self, j: int) -> bool:
        """Whether a word for several people stands at token ``j``: كبير [المفاوضين]."""
        w = self.w
        if j >= len(w) or self.at[j] is not None:
            return False
        return self.bare[j] in self.v.groups or (len(w.norms[j]) > 4 and w.norms[j].endswith(("ين", "ي", "اء")))

    def _holding(self, j: int, head: int) -> int:
        """Where a post goes on behind a name that belongs to it from token ``j``; ``j`` when none does.

        That is one in quotation marks (رئيس حزب "الغد") or brackets, and the person whose spokesman, adviser or official
        somebody is (المتحدث باسم هولاند، مسؤول في إدارة أوباما).
        """
        w = self.w
        if w.norms[j] in _ENCLOSING and j + 2 < len(w):
            name, end = self.at[j + 1], min(j + 7, w.bounds[w.sentence[j]][1])
            close = next((k for k in range(j + 2, end) if w.norms[k] in _ENCLOSING[w.norms[j]]), None)
            if close is None or any(self.at[k] is not None and self._is_name(k, "PER") for k in range(j, close)):
                return j
            whole = name is not None and name.last == close
            if w.norms[j] == "(":
                return close + 1 if whole and self._holder_comes(close + 1) else j
            return (
                close + 1 if whole or (not w.is_definite(j - 1) and self.bare[j - 1] in self.v.construct_nouns) else j
            )
        owner = self.bare[j - 1] in _BODIES_OF_PEOPLE | _AIDES and not w.is_definite(j - 1)
        adviser = self.apposed and j == head + 1 and self.bare[head] in _RELATIONAL and not w.is_definite(head)
        if not (owner or adviser):
            return j
        k = self._title_end(j)
        if not self._is_name(k, "PER"):
            k = self._title_end(self.post(j)) if self.bare[j] in self.v.heads and w.is_definite(j) else j
            k += k < len(w) and k > j and w.norms[k] in ("،", ",")
        name = self.at[k] if k < len(w) else None
        return name.last if name is not None and name.label == "PER" and name.first == k else j

    def _holder_comes(self, j: int) -> bool:
        """Whether the name of a post's holder stands at token ``j``, or behind the comma there."""
        j += j < len(self.w) and self.w.norms[j] in ("،", ",")
        return self._is_name(self._title_end(j), "PER")

    def _person_follows(self, j: int) -> bool:
        """Whether ranks or honorifics from token ``j`` lead to a name."""
        end = j
        for _ in range(4):
            step = self.rank(end)
            step = self.honorific(step)
            if step == end:
                break
            end = step
        return end > j and self._is_name(end, "PER")

    def _holder_follows(self, j: int) -> bool:
        """Whether a post with the name of its holder starts at token ``j``."""
        end = self.post(j) if self.bare[j] in self.v.heads else j
        return end > j and self._is_name(self._title_end(end), "PER")

    def _adjectival(self, i: int) -> bool:
        """Whether a definite word that could open a post follows a definite one: المستشار [الدبلوماسي]."""
        w = self.w
        if not (i and w.is_definite(i) and w.is_definite(i - 1)) or w.bare[i] in _NOUNS_IN_I:
            return False
        if all(norm.endswith("ه") for norm in w.norms[i - 1 : i + 1]) and w.bare[i].startswith("م"):
            return self.at[i - 1] is None and w.bare[i - 1] not in self.v.heads  # القمة المقررة
        return w.norms[i].endswith(("ي", "يه", "ض"))

    def _drawn_out(self, head: int, end: int) -> int:
        """End of a post whose further words lead right up to a name: المشرف العام على الفريق الأول [فلان]; else ``end``.

        What lies between must be words of one noun phrase, closed by a definite word, without another post in it.
        """
        w, v = self.w, self.v
        j, governed = end, False  # governed: behind a preposition or a noun of the construct state
        while j < len(w) and j - head <= _LONGEST_POST and w.sentence[j] == w.sentence[head]:
            if j > end and self._is_name(self._title_end(j), "PER"):
                return end if governed else j
            name, norm, bare = self.at[j], w.norms[j], self.bare[j]
            if name is not None:
                if name.label == "PER" or (name.label != "ORG" and not governed):
                    return end
                j, governed = name.last, False
                continue
            if norm in ("في", "علي", "ل", "ب", "و") and (w.clitic[j] or norm in ("في", "علي")):
                if governed or (norm == "علي" and bare not in v.heads and self.bare[head] not in _OVERSEERS):
                    return end
                if j + 1 >= len(w) or self.bare[j + 1] in _CONCERNING:
                    return end  # أبلغ الرئيس الفلبيني بشأن اعتقال اللبناني فلان
                place = self.bare[j + 1] in v.place_nouns or self._is_name(j + 1, "LOC", "FAC")
                if place and norm in ("في", "ب") and self._receives(head):
                    return end  # استقبل أمير البلاد في قصر بيان الشيخ فلان
                j, governed = j + 1, True
                continue
            if self._stops(j) or (
                bare in v.heads and not governed and not self._adjective(j) and not self._adjectival(j)
            ):
                return end
            if w.is_definite(j) or self._adjective(j) or bare in v.post_modifiers:
                j, governed = j + 1, False
            elif governed:
                j += 1
            else:
                return end
        return end

    def _receives(self, i: int) -> bool:
        """Whether token ``i`` opens the subject of a verb of meeting, so that a place may be where they met."""
        w = self.w
        while i and self.bare[i - 1] in self.v.courteous:
            i -= 1  # استقبل [حضرة صاحب السمو] أمير البلاد
        form = w.verbs[i - 1] if i else None
        return form is not None and form.lemma in _RECEIVING

    def _predicative(self, i: int) -> bool:
        """Whether an indefinite accusative opens a post that somebody is given: عُين فلان [سفيراً] لدى كذا."""
        bare = self.bare[i]
        return bare[-1:] == "ا" and bare[:-1] in self.v.heads and not self.w.is_definite(i)

    def _lead(self, j: int, head: int) -> int:
        """Where a post goes on behind the preposition or conjunction at ``j``; ``j`` when it does not."""
        w, v = self.w, self.v
        n = len(w)
        norm = w.norms[j]
        if j + 1 >= n:
            return j
        if norm == "ل" and w.bare[head] not in _OF_MEDIA and self._media(j + 1):
            return j  # قال الوزير لوكالة رويترز
        if (
            (norm in ("ل", "ب") and w.clitic[j])
            or norm in ("في", "لدي", "عن", "علي")
            or (norm == "الي" and w.bare[head] in _SENT)
        ):
            k = j + 1
            name = self.at[k]
            if norm == "ب" and w.norms[k] in _IN_HIS_NAME and w.bare[head] in _SPOKESMEN:
                return k + 1  # الجيش … الناطق باسمه
            if name is not None and name.label != "PER":
                closed = name.label == "LOC" and w.bare[head] not in _SENT and self._country(head, j)
                if norm in ("ل", "في") and closed:
                    return j  # زيارة وزير الخارجية الإيراني لبغداد
                met = norm in ("في", "ب") and name.label == "FAC" and self._receives(head)
                return j if met else name.last  # استقبل أمير البلاد في قصر بيان فلانا
            if norm == "لدي" and w.is_definite(k) and not self._stops(k):
                return k + 1  # السفير الياباني لدى البلاد
            if norm == "ل" and self.bare[k] in v.heads and self.at[k] is None:
                speaks = w.is_definite(k) and w.is_definite(head)  # قال الوزير للرئيس, but المستشار الدبلوماسي للرئيس
                return j if speaks and not (w.bare[head] in _AT_HAND and j > head + 1) else max(self.post(k), j)
            if (
                norm == "ل"
                and not self._stops(k)
                and k + 1 < n
                and w.is_definite(k + 1)
                and not w.is_definite(k)
                and self.at[k] is None
            ):
                return k + 1
            if (
                norm in ("ل", "ب", "في")
                and (w.is_definite(k) or self.bare[k] in v.construct_nouns or w.norms[k] in ("انابه", "نيابه"))
                and not self._stops(k)
            ):
                if norm == "في" and self.bare[k] not in v.construct_nouns:
                    return j
                if norm in ("في", "ب") and self.bare[k] in v.place_nouns and self._country(head, j):
                    return j  # التقى الوزير القطري في مدينة كذا: where they met
                return k + 1
            return j
        if norm == "و" and w.clitic[j]:
            k = j + 1
            if (
                w.is_definite(k)
                and not w.is_verb(k)
                and self.at[k] is None
                and self.bare[k] not in v.heads
                and self.bare[k] not in v.groups
                and not self._person_follows(k)
                and (w.is_definite(j - 1) or w.bare[head].startswith("وزير"))
                and self.bare[k] not in v.place_nouns
            ):
                return k + 1
            if w.bare[head].startswith("وزير") and self.bare[k] == "شوون" and k + 1 < n and w.is_definite(k + 1):
                return k + 2
            if self.bare[k] in v.heads and self.at[k] is None and (self.apposed or not w.is_definite(k)):
                end = self.post(k)
                one, two = self._country(head, j), self._country(k, end)
                if (
                    end > k + 1
                    and not (one and two and one != two)
                    and (self.apposed or self._is_name(self._title_end(end), "PER"))
                ):
                    return end
        return j

    def _media(self, i: int) -> bool:
        """Whether token ``i`` is a medium that somebody talks to: لصحيفة كذا."""
        name = self.at[i]
        return self.bare[i] in _MEDIA or (name is not None and name.known is not None and name.known.kind == "media")

    def _title_end(self, i: int) -> int:
        for _ in range(4):
            step = self.honorific(self.rank(i))
            if step == i:
                return i
            i = step
        return i

    # --- the whole --------------------------------------------------------------------------------------------

    def read(self) -> list[Phrase]:
        """All phrases, in order, not overlapping."""
        out: list[Phrase] = []
        i, n = 0, len(self.w)
        while i < n:
            if not self.w.usable[i] or (self.w.clitic[i] and self.at[i] is None):
                i += 1
                continue
            phrase = self._person(i) or self._group(i) or self._named(i) or self._side(i)
            if phrase is None:
                i += 1
                continue
            phrase.inner = self._inner(phrase)
            out.append(phrase)
            i = max(phrase.last, i + 1)
        return out

    def _inner(self, phrase: Phrase) -> list[Phrase]:
        """People named within a phrase beside the one it stands for, with the posts before their names."""
        named = [
            n for n in self.at[phrase.first + 1 : phrase.last] if n and n.label == "PER" and n.first != phrase.head[0]
        ]
        found: list[Phrase] = []
        i = phrase.first + 1
        held = {first for first, _ in (phrase.post or (i, i), *phrase.extra_posts)}
        while named and i < named[-1].first:
            reads = self.at[i] is None and not self.w.clitic[i] and i not in held  # مستشار [الرئيس فلان]
            inner = self._person(i) if reads else None
            if inner and inner.kind == "person" and inner.head[0] != phrase.head[0] and inner.head[1] <= phrase.last:
                inner.last, inner.extra_posts = inner.head[1], []  # what follows is told of the one outside
                inner.post = inner.post if inner.post and inner.post[1] <= inner.head[0] else None
                found.append(inner)
                i = inner.last
            else:
                i += 1
        return found

    def _person(self, i: int) -> Phrase | None:
        """A person with what stands around the name, or a post without a name, from token ``i``."""
        w = self.w
        start = i
        if self.bare[i] in self.v.sides and self._two_named(i + 1):
            i += 1  # الرئيسان فلان وفلان
        posts: list[tuple[int, int]] = []
        rank: tuple[int, int] | None = None
        honor: tuple[int, int] | None = None
        j = i
        while True:
            end = self.honorific(j)
            after = self._enclosed(end) or self.rank(end) > end or self.post(end) > end
            if end > j and (self._is_name(end, "PER") or after):
                if posts and j == posts[-1][1] and w.is_definite(j - 1) and self.post(end) > end + 1:
                    post = (posts[0][0], j)  # استقبل ولي العهد معالي وزير المالية: another one is addressed
                    return Phrase("post", start, j, post, post=post, country=self._country(*post))
                if not posts and self.bare[end - 1] in _BY_TITLE and self._met(end - 1, (end, self.post(end))):
                    return Phrase("post", start, end, (end - 1, end), post=(end - 1, end))  # سمو الأمير, not named
                honor = honor or (j, end)
                j = end
                continue
            end = self.rank(j)
            if end > j and (self._is_name(end, "PER") or self.honorific(end) > end):
                rank = rank or (j, end)
                j = end
                continue
            end = self.post(j)
            if end > j and not self._is_name(self._title_end(end), "PER"):
                end = self._drawn_out(j, end)
            if end > j:
                joined = bool(posts) and not rank and j == self.honorific(posts[-1][1])
                if joined and self._two_people((posts[0][0], posts[-1][1]), (j, end), start < posts[0][0]):
                    post = (posts[0][0], posts[-1][1])
                    return Phrase("post", start, post[1], post, post=post, country=self._country(*post))
                if posts and j > posts[-1][1]:
                    posts[-1] = (posts[-1][0], end) if j - posts[-1][1] <= 1 else posts[-1]
                else:
                    posts.append((j, end))
                j = end
                # a comma or bracket may stand between the post and the name
                k = j
                if k + 1 < len(w) and w.norms[k] in _THEN and w.norms[k + 1] in ("،", ","):
                    k += 1  # رئيس الوزراء آنذاك، فلان
                if self._enclosed(k):
                    j = k + 1  # الرئيس (فلان)، الرئيس «فلان»
                    break
                if k < len(w) and w.norms[k] in ("،", ",", "-", "/"):
                    m = self._title_end(k + 1)
                    if self._is_name(m, "PER"):
                        if m > k + 1:
                            j = k + 1
                            continue
                        j = m
                        break
                    m = self.post(k + 1)
                    if (
                        m > k + 1
                        and m < len(w)
                        and w.norms[m] in ("،", ",", "-")
                        and self._is_name(self._title_end(m + 1), "PER")
                    ):
                        posts[-1] = (posts[-1][0], m)  # رئيس الأركان، كبير مستشاري الرئيس، الجنرال فلان
                        j = m + 1
                        continue
                continue
            break
        if honor and honor[1] == j and self._enclosed(j):
            j += 1  # السيد (فلان)
        if posts and posts[-1][1] - posts[0][0] == 1 and self._kin_of_one_named(posts[0][0]):
            posts = []  # ابنه محمد: his son, not a post
        if self._is_name(j, "PER"):
            name = self.at[j]
            assert name is not None
            if name.first != j:
                return None
            last = name.last
            if (
                posts
                and posts[-1] == (j - 1, j)
                and len(posts) == 1
                and j - 1 == start
                and not w.is_definite(start)
                and w.bare[start] in _RELATIONAL
            ):
                to = last + 1 if w.norms[last : last + 1] == ["الي"] and self._is_name(last + 1, "LOC") else last
                post = (start, self.at[to].last if to > last else last)  # type: ignore[union-attr]
                if w.norms[post[1] : post[1] + 1] not in (["،"], [","]) or not self._holder_comes(post[1]):
                    return Phrase("post", *post, post, post=post)  # مستشار ترامب: somebody else
                posts, j = [post], self._title_end(post[1] + 1)  # مستشار ترامب، فلان
            elif posts and self._held_with(posts[0][0], last):
                j = self._title_end(last + 1)
            last = self.at[j].last  # type: ignore[union-attr]
            phrase = Phrase("person", start, last, (j, last), post=self._span(posts), rank=rank, honorific=honor)
            self._apposition(phrase)
            return phrase
        if not posts and j == i and w.norms[i] in _PRONOMINAL:
            return Phrase("post", i, i + 1, (i, i + 1), post=(i, i + 1))
        if posts:
            first, last = posts[0][0], posts[-1][1]
            if honor and honor[1] == first:
                first = honor[1]
            if last - first == 1 and not w.is_definite(first) and w.norms[first] not in self.v.counterparts:
                return None
            return Phrase("post", start, last, (first, last), post=(first, last), country=self._country(first, last))
        return None

    def _enclosed(self, i: int) -> bool:
        """Whether the name of a person, and no more, stands in the brackets or quotation marks that open at token ``i``."""
        w = self.w
        if i + 1 >= len(w) or w.norms[i] not in _ENCLOSING or not self._is_name(i + 1, "PER"):
            return False
        last = self.at[i + 1].last  # type: ignore[union-attr]
        return last < len(w) and w.norms[last] in _ENCLOSING[w.norms[i]]

    def _kin_of_one_named(self, i: int) -> bool:
        """Whether a word of kinship has its pronoun, or is part of the name: ابنه محمد، ابن سلمان; not والد [فلان]."""
        w = self.w
        return w.norms[i] in _KIN and (w.texts[i].endswith("ه") or w.norms[i] == "ابن" or w.norms[i] not in _RELATIONAL)

    def _two_named(self, i: int) -> bool:
        """Whether two names joined by و stand from token ``i``."""
        name = self.at[i] if self._is_name(i, "PER") else None
        joined = name is not None and self.w.norms[name.last : name.last + 1] == ["و"]
        return joined and self._is_name(self._title_end(name.last + 1), "PER")  # type: ignore[union-attr]

    def _two_people(self, post: tuple[int, int], after: tuple[int, int], courteous: bool) -> bool:
        """Whether of two posts side by side the second is somebody else's: التقى السفير الأميركي محافظ البنك.

        ``courteous``: a courtesy stands before the first.
        """
        w = self.w
        if not w.is_definite(post[0]) and self._met(post[0], after):
            return True
        if courteous or after[0] > post[1]:
            return False
        if w.norms[after[0]] in self.v.counterparts:
            return True  # التقى وزير الخارجية القطري نظيره التركي
        if not w.is_definite(post[0]):
            return False
        if w.is_definite(after[0]):
            if after[1] - after[0] == 1:
                own = w.bare[after[0]] in _WITH_POSTS and "ل" in w.norms[slice(*post)] and not self._receives(post[0])
                return bool(self._country(*post)) and not own  # المبعوث الخاص لوزير الخارجية الكويتي السفير فلان
            return post[1] - post[0] == 1  # استقبل المحافظ القائم بأعمال السفارة
        # القائد العام للقوات المسلحة وزير الدفاع فلان: two posts of one man
        named = self._is_name(self._title_end(after[1]), "PER")
        return not (named and any(w.norms[k] == "ل" for k in range(*post)))

    def _met(self, head: int, after: tuple[int, int]) -> bool:
        """Whether a post is the object of the verb of receiving before the post that opens at ``head``.

        It is where the verb has no other: استقبل أمير البلاد [رئيس الوزراء العراقي فلان] في قصر بيان, but
        استقبل نائب رئيس الوزراء وزير الخارجية فلان السفير الفرنسي is one man with two posts who receives another.
        """
        first, last = after
        if last == first or not self._receives(head):
            return False
        if last - first == 1 and self.bare[first] not in _BY_TITLE:
            return False  # نائب وزير الخارجية السفير فلان
        deputy = self.bare[head] in _DEPUTIES and not any(b in _PORTFOLIOS for b in self.bare[head:first])
        if deputy and self.bare[first] in _PORTFOLIOS:
            return False  # نائب رئيس مجلس الوزراء وزير الخارجية فلان
        return not self._object_behind(self._whole(last))

    def _whole(self, i: int) -> int:
        """End of the posts, titles and the name of one person from token ``i``."""
        while (end := self._title_end(self.post(i))) > i:
            i = end
        return self.at[i].last if self._is_name(i, "PER") else i  # type: ignore[union-attr]

    def _object_behind(self, i: int) -> bool:
        """Whether a noun from token ``i`` up to the next verb is the object of a verb of meeting whose subject ends there.

        At once, behind a comma or a time any noun is, elsewhere one that people go by; also with مع، ب before it.
        """
        w, v = self.w, self.v
        k, end = i, w.bounds[w.sentence[i - 1]][1]
        while k < end:
            norm, bare, before = w.norms[k], self.bare[k], w.norms[k - 1]
            if w.is_verb(k) or bare in _RELATIVES or bare == "حضور":
                return False
            person = bare in v.heads or bare in v.groups or bare in v.ranks or bare in v.honorifics
            person = (person and not self._adjectival(k)) or norm in v.counterparts | _EACH
            if person and (before == "مع" or (before == "ب" and norm in v.counterparts)):
                return True  # التقى وزير الخارجية رئيس الوفد فلان مع نظيره
            if w.clitic[k]:
                k = max(self._whole(k + 1), k + 1) if norm == "و" else k + 1
                continue
            if norm[:1].isalpha() and not w.clitic[k - 1] and bare not in _TIMES and norm not in _STOP - _EACH:
                closed = w.is_definite(k - 1) or self.at[k - 1] is not None or w.texts[k - 1].endswith("ه")
                if k == i or before in ("،", ",") or before in _TIMES or (person and closed):
                    return True
            k += 1
        return False

    @staticmethod
    def _span(posts: list[tuple[int, int]]) -> tuple[int, int] | None:
        return (posts[0][0], posts[-1][1]) if posts else None

    def _apposition(self, phrase: Phrase) -> None:
        """Posts behind the name: over a comma or a bracket, or at once."""
        w = self.w
        n = len(w)
        j = phrase.last
        j += phrase.head[0] > 0 and self._enclosed(phrase.head[0] - 1)  # (فلان) رئيس كذا
        j += j + 1 < n and w.texts[j] in _QUOTES and w.norms[j + 1] in ("،", ",")  # a quotation mark too many
        closing = ""
        while j < n:
            k = j
            if w.norms[k] in ("،", ",", "(", "-", "–"):
                closing = ")" if w.norms[k] == "(" else ""
                k += 1
            if w.norms[k : k + 2] in (["و", "هو"], ["و", "هي"]):
                k += 2  # فلان، وهو رئيس الوفد
            if k > j and k + 2 < n and (w.bare[k] in _RELATIVES or k > j + 1):
                k = self._held_by(k)
            if k >= n or not w.usable[k] or (w.clitic[k] and w.norms[k] == "و"):
                break
            self.apposed = True
            end = self.post(k)
            if k > j:
                end = self._of_one_named(k, end)
            while (after := self.post(end)) > end and not self._is_name(self._title_end(after), "PER"):
                end = after  # أمير المنطقة رئيس اللجنة العليا
            self.apposed = False
            if (
                end == k
                or (end - k == 1 and not w.is_definite(k) and not closing)
                or self._is_name(self._title_end(end), "PER")
                or (k == j and end < n and self.bare[end] in _WITH_POSTS and self._holder_follows(end))
            ):
                break  # زار فلان رئيسة اللجنة النائبة فلانة
            if k == j and phrase.post and phrase.post[1] <= phrase.head[0] and self._holder_comes(end):
                break  # هاجم النائب فلان الرئيس السابق، فلانا
            if (
                k > j
                and not closing
                and end < n
                and w.is_verb(end) is False
                and phrase.post
                and w.norms[end] not in (".", "،", ",")
            ):
                break
            # نائب الرئيس الأمريكي[، فلان]: the other's name is told beside the post
            told = next((m for m in range(end - 1, k, -1) if w.norms[m] in ("،", ",") and self._holder_comes(m)), end)
            if phrase.post is None:
                phrase.post = (k, told)
            elif phrase.post[0] >= phrase.head[1] and k - phrase.post[1] <= 1:
                phrase.post = (phrase.post[0], told)  # ولي العهد، وزير الدفاع
            else:
                phrase.extra_posts.append((k, told))
            phrase.last = end
            if closing and end < n and w.norms[end] == ")":
                phrase.last = end + 1
                break
            j = phrase.last

    def _held_with(self, i: int, last: int) -> bool:
        """Whether two names stand behind the post of somebody's kin or aide: زوجة الرئيس السوري، [فلان]، [فلانة]."""
        w = self.w
        if w.norms[i] not in _KIN | _RELATIONAL or w.is_definite(i) or self.bare[i + 1] not in self.v.heads:
            return False
        comma = last < len(w) and w.sentence[i] == w.sentence[last] and w.norms[last] in ("،", ",")
        return comma and self._is_name(self._title_end(last + 1), "PER")

    def _held_by(self, i: int) -> int:
        """Where the post starts that somebody is said to hold: الذي يشغل حاليا منصب [مدير كذا]; else ``i``."""
        w = self.w
        k = i + (self.bare[i] in _RELATIVES)
        if k >= len(w) or w.norms[k] not in _HOLDING:
            return i
        office = next((m for m in range(k + 1, min(k + 4, len(w) - 1)) if w.norms[m] in ("منصب", "مهام")), None)
        return i if office is None else office + 1

    def _of_one_named(self, i: int, end: int) -> int:
        """End of a post behind a comma that is held with somebody named: ليو هي، المستشار الاقتصادي للرئيس [فلان].

        The one of the post stands before the comma already, so the name is the other's.
        """
        w = self.w
        aide = self.bare[i] in _RELATIONAL | _AT_HAND
        if not aide or not any(self.bare[k] in _BY_TITLE | _PORTFOLIOS for k in range(i + 1, end)):
            return end
        k = end + (end < len(w) and w.norms[end] in ("،", ","))
        k = self._title_end(k)
        if not self._is_name(k, "PER"):
            return end
        last = self.at[k].last  # type: ignore[union-attr]
        closed = last >= len(w) or w.sentence[last] != w.sentence[i] or not w.norms[last][:1].isalpha()
        return last if closed or w.clitic[last] else end

    def _country(self, first: int, last: int) -> str | None:
        for i in range(first, last):
            name = self.at[i]
            if name and name.known and name.known.country:
                return name.known.country
            code = self._adjective(i)
            if code:
                return code
        return None

    def _group(self, i: int) -> Phrase | None:
        """A phrase for several people: وفد من وزارة الدفاع، كبار المسؤولين، قادة خفر السواحل."""
        w, v = self.w, self.v
        n = len(w)
        if self.at[i] is not None or w.is_verb(i):
            return None
        if w.norms[i].isdigit() or self.bare[i] in _NUMBERS:
            return self._headcount(i)
        if self.bare[i] in _NAMING and self._is_name(i + 1, "ORG"):
            body = self.at[i + 1]
            assert body is not None
            country = body.known.country if body.known else None
            return Phrase("org", i, body.last, (body.first, body.last), country=country)  # شركة أرامكو is the one body
        j = i
        if self.bare[i] in v.quantifiers:
            j = i + 1
            if j < n and w.norms[j] == "من":
                j += 1
            if j >= n or self.at[j] is not None or self.bare[j] not in v.groups:
                return None
        elif self.bare[i] not in v.groups:
            return None
        k = j + 1
        while k < n and w.sentence[k] == w.sentence[i]:
            name = self.at[k]
            aides = k == j + 1 and self.bare[j] in _AIDES
            held = self._holding(k, i) if k > j + 1 or aides else k
            if aides and held > k and w.norms[held : held + 1] == ["و"] and self._is_name(held + 1, "PER"):
                held = self.at[held + 1].last  # type: ignore[union-attr]  # مساعدي ترامب وكيم
            if held > k:
                k = held
                continue
            if name is not None and name.label == "PER":
                break
            if name is not None:
                if name.label in ("LOC", "FAC", "ORG") and w.is_definite(k - 1):
                    break  # زار الوفد مطار …، زار الوفد البنتاغون: what has the article governs no noun
                k = name.last
                continue
            norm = w.norms[k]
            if norm == "ب" and k + 1 < n and self.bare[k + 1] in _HEADED:
                break  # وفد برئاسة فلان
            if (
                norm in ("من", "في", "ب", "ل")
                and k + 1 < n
                and (
                    self._is_name(k + 1, "ORG")
                    or (self._is_name(k + 1, "LOC", "FAC") and (norm != "في" or self._is_name(k - 1, "ORG")))
                    or (
                        norm in ("من", "ب", "ل")
                        and (
                            self.bare[k + 1] in v.construct_nouns
                            or self.bare[k + 1] in v.groups
                            or self.bare[k + 1] in v.sides
                        )
                    )
                )
            ):
                k += 1
                continue
            if (
                norm == "و"
                and w.clitic[k]
                and k + 1 < n
                and self._adjective(k + 1)
                and not self._is_name(k + 1)  # وفود من مصر والأردن: the second state is another of those who come
                and k > j + 1
            ):
                k += 1
                continue
            if self._stops(k) or self._person_follows(k) or self._holder_follows(k):
                break
            if all(w.is_definite(m) for m in range(j, k)) and self.bare[k] in (v.construct_nouns | v.place_nouns):
                break  # تفقد الوفد القوات الأميركية، زار الوفد مصنع كذا
            if (
                w.is_definite(k)
                or self._adjective(k)
                or self.bare[k] in v.construct_nouns
                or self.bare[k] in v.groups
                or self.bare[k] in _GROUP_WORDS
            ):
                k += 1
                continue
            if (
                k == j + 1
                and not w.is_definite(j)
                and k + 1 < n
                and w.is_definite(k + 1)
                and self.at[k + 1] is None
                and not self._stops(k + 1)
            ):
                k += 1  # مسؤولي سياسة الإنترنت
                continue
            break
        while k > j + 1 and (w.clitic[k - 1] or w.norms[k - 1] in ("من", "في")):
            k -= 1
        if k == j + 1 and not w.is_definite(j) and i == j:
            return None
        return Phrase("group", i, k, (i, k), country=self._country(i, k))

    def _headcount(self, i: int) -> Phrase | None:
        """So many soldiers, also of so many states: 18 ألف جندي من 19 دولة."""
        w = self.w
        j = i
        while (
            j < len(w) and j < i + 4 and (w.norms[j].isdigit() or self.bare[j] in _NUMBERS or w.norms[j] in ("و", "من"))
        ):
            j += 1
        if j >= len(w) or self.bare[j] not in _HEADS_COUNTED or self.at[j] is not None:
            return None
        j += 1
        if (
            j + 2 < len(w)
            and w.norms[j] == "من"
            and (w.norms[j + 1].isdigit() or self.bare[j + 1] in _NUMBERS)
            and self.bare[j + 2] in ("دوله", "دول", "بلد", "بلدا", "بلدان")
        ):
            j += 3
        return Phrase("group", i, j, (i, j))

    def _named(self, i: int) -> Phrase | None:
        """A named body or place; the class noun before a place belongs to it (قاعدة علي السالم)."""
        w, v = self.w, self.v
        name = self.at[i]
        if self.bare[i] in v.sides and w.is_definite(i):
            return None  # الكوريتان
        if name is not None and name.first == i and name.label != "PER":
            kind: PhraseKind = "org" if name.label == "ORG" else "place" if name.label in ("LOC", "FAC") else "other"
            country = name.known.country if name.known else None
            if name.known and name.known.kind == "country":
                kind = "country"
            if name.known and name.known.kind == "media":
                kind = "other"  # who reports takes no part
            capital = bool(name.known and name.known.kind == "city" and name.known.name in capitals())
            return Phrase(kind, i, name.last, (i, name.last), country=country, capital=capital)
        if name is None and self.bare[i] in v.place_nouns and i + 1 < len(w):
            j = i + 1
            if w.norms[j] in ('"', "«", "“", "”", "(", "'"):
                j += 1
            while (
                j < len(w)
                and self.at[j] is None
                and j <= i + 2
                and (
                    self._adjective(j) or self.bare[j] in ("عاصمه", "مدينه", "عسكريه", "بحريه", "جويه", "دوليه", "دولي")
                )
            ):
                j += 1
            found = self.at[j] if j < len(w) else None
            if found is None and self.bare[i] in _SITES:
                end = i + 1
                while (
                    end < len(w)
                    and end <= i + 4
                    and self.at[end] is None
                    and not self._stops(end)
                    and self.bare[end] not in v.heads  # في المطار السفير …: somebody, no part of the place
                    and (w.is_definite(end) or self._adjective(end) or self.bare[end] in v.construct_nouns)
                ):
                    end += 1
                if end > i + 1 and (w.is_definite(end - 1) or self._adjective(end - 1)):
                    return Phrase("place", i, end, (i, end), country=self._country(i, end))
            if found is not None and found.first == j and found.label in ("LOC", "FAC", "ORG", "MISC"):
                known = found.known
                if known and known.kind == "country" and self.bare[i] in ("جمهوريه", "مملكه", "دوله", "سلطنه", "اماره"):
                    return Phrase("country", i, found.last, (i, found.last), country=known.country)
                last = self._quoted(found.last)
                return Phrase("place", i, last, (i, last), country=known.country if known else None)
        return None

    def _quoted(self, i: int) -> int:
        """End of the quoted name that starts at token ``i`` (a ship's name behind its class), else ``i``."""
        w = self.w
        if i < len(w) and w.norms[i] in ("“", "«", '"'):
            for j in range(i + 2, min(i + 6, len(w))):
                if w.norms[j] in ("”", "»", '"'):
                    return j + 1
        return i

    def _side(self, i: int) -> Phrase | None:
        w = self.w
        if self.bare[i] in self.v.sides and w.is_definite(i):
            j = i + 1
            while j < len(w) and not self.at[j] and self._adjective(j):
                j += 1
            return Phrase("side", i, j, (i, j), dual=True)
        if (
            self.bare[i] in ("جانب", "طرف", "وفد", "مسوول")
            and w.is_definite(i)
            and i + 1 < len(w)
            and self._adjective(i + 1)
            and not self.at[i + 1]
        ):
            return Phrase("side", i, i + 2, (i, i + 2), country=self._adjective(i + 1))
        people = self._people(i)
        return Phrase("side", i, i + 1, (i, i + 1), country=people) if people else None

    def _people(self, i: int) -> str | None:
        """The country of a people as a side: بين الفلسطينيين والإسرائيليين."""
        w = self.w
        if not w.is_definite(i) or not w.norms[i].endswith(("يين", "يون")) or self.at[i] is not None:
            return None
        return None if i and w.is_definite(i - 1) else self.adjectives.get(self.bare[i][:-2])


_ADMIRALS = word_list("admirals")
_OVERSEERS = word_list("overseers")
_NOUNS_IN_I = word_list("nouns_in_i")
_STOP = word_list("phrase_stops")
_ACTING_THROUGH = word_list("acting_through")
_SENT = word_list("envoys")
_TIME_UNITS = word_list("time_units")
_AIDES = word_list("aides")
_MEDIA = word_list("media_nouns")
_OF_MEDIA = word_list("posts_in_media")
_TIME_QUALIFIERS = word_list("time_qualifiers")
_BODIES_OF_PEOPLE = word_list("bodies_of_people")
_HEADED = word_list("heading_a_group")
_ENCLOSING = {'"': '"', "“": "”“", "”": "”", "«": "»", "(": ")"}
_NAMING = word_list("naming_nouns")
_SITES = word_list("sites")
_NUMBERS = word_list("numbers")
_HEADS_COUNTED = word_list("counted")
_KIN = word_list("kin")
_RELATIONAL = word_list("posts_of_another")
_AT_HAND = word_list("posts_at_hand")
_WITH_POSTS = word_list("titles_with_posts")
_RECEIVING = word_list("receiving")
_THEN = word_list("then")
_BY_TITLE = word_list("known_by_title")
_DEPUTIES = word_list("deputies")
_PORTFOLIOS = word_list("portfolios")
_TITLES = _BY_TITLE | _PORTFOLIOS | _WITH_POSTS
_RELATIVES = word_list("relatives")
_EACH = word_list("each")
_TIMES = (word_list("parts_of_day") | word_list("coming")) - frozenset(("في", "من"))
_OPENING = frozenset("“«\"”'(")
_QUOTES = frozenset('“”«»"')
_THINGS = word_list("named_things")
_SPOKESMEN = word_list("spokesmen")
_IN_HIS_NAME = frozenset(("اسمه", "اسمها", "اسمهم"))
_HOLDING = word_list("holding_posts")
_PRONOMINAL = word_list("pronominal_titles")
_GROUP_WORDS = word_list("group_qualifiers")
