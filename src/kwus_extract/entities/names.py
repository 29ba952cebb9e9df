"""The names of an article: what a NER backend found together with what the lexicon knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kwus_extract.entities.vocabulary import vocabulary
from kwus_extract.entities.words import PROCLITICS, Words
from kwus_extract.lexicon.closed import complements, ordinals, word_list
from kwus_extract.lexicon.gazetteer import Known, adjectives, find_known, lookup, papers
from kwus_extract.text.clitics import WordLexicon


class Name(NamedTuple):
    """A settled name: token range, NER label, and what the lexicon knows of it."""

    first: int
    last: int  # token after the last
    label: str
    known: Known | None


def settle(words: Words, spans: Iterable[tuple[int, int, str]]) -> list[Name]:
    """The NER backend's token spans together with the lexicon's, none overlapping.

    The model rules on people; a known name replaces the model's where it is longer or the model is silent.
    """
    spans = _apart(words, list(spans))
    whole = {words.joined(a, b)[-1] for a, b, label in spans if label == "PER" and b - a > 1 and words.joined(a, b)}

    def keeps(first: int, last: int, label: str) -> bool:
        """Whether the letter a name was found with belongs to it: لاندو, unless the name stands elsewhere without it."""
        joined = words.joined(first, last)
        if _in_quotes(words, first, last):
            return True  # "وام"
        if label == "PER" and words.norms[first] == "و" and first:
            before = first - 1  # nothing is joined to a preposition or a verb: مع ويستلر
            if words.norms[before] in _LEADING or words.verbs[before]:
                return True
        if label != "PER":
            rest = words.norms[first + 1 : last]
            return words.norms[first] not in "وف" and not rest[0].startswith("ال") and lookup(rest) is None
        if len(joined) > 1 or joined[-1] in whole:
            return words.norms[first] != "و" or (len(joined) == 1 and joined[0] in whole)
        return words.norms[first] != "و" and words.norms[first + 1] not in whole

    names = []
    for first, last, label in spans:
        while first < last and (
            not words.norms[first][:1].isalnum() or (words.clitic[first] and not keeps(first, last, label))
        ):
            first += 1
        while first < last and not words.norms[last - 1][:1].isalnum():
            last -= 1
        first, last = trim(words, first, last, label)
        if label == "PER" and 0 < first < last and words.norms[first - 1] in _NAMING | _INSTITUTIONS:
            label = "ORG"  # نادي هجر، متوسطة حسان بن ثابت
            first -= words.norms[first - 1] in _INSTITUTIONS
        if last - first == 1 and (words.bare[first] in vocabulary().sides or len(words.norms[first]) < 2):
            continue  # الجانبان؛ a letter
        if label == "PER" and first < last and _no_person(words, first, last, whole):
            continue
        if label == "PER" and last - first == 1 and words.norms[first] not in whole and _placed(words, first):
            label = "LOC"
        elif label == "LOC" and _in_quotes(words, first, last) and tuple(words.norms[first:last]) in papers():
            label = "ORG"
        if label == "ORG" and words.bare[first] in _SEVERAL and lookup(words.norms[first:last]) is None:
            continue  # دول الخليج، حكومتي البلدين
        if first < last and not (
            label != "PER" and (_common(words, first, last, label) or _something_else(words, first, last))
        ):
            paper = papers().get(tuple(words.norms[first:last])) if label == "ORG" else None
            names.append(Name(first, last, label, lookup(words.norms[first:last]) or paper))
    names = [n for k, n in enumerate(names) if not _title_of(words, n, names[k + 1] if k + 1 < len(names) else None)]
    taken = [False] * len(words)
    out: list[Name] = []
    known = [_read(words, a, b, k) for a, b, k in find_known(words.norms) if not _something_else(words, a, b)]
    person = [False] * len(words)
    for name in names:
        if name.label == "PER":
            for i in range(name.first, name.last):
                person[i] = True
    longer = []
    for k in known:
        if any(person[k.first : k.last]):
            continue
        rivals = [m for m in names if m.first < k.last and k.first < m.last]
        if all(k.first <= m.first and m.last <= k.last for m in rivals):
            longer.append(k)
    for name in (*longer, *names):
        if not any(taken[name.first : name.last]):
            for i in range(name.first, name.last):
                taken[i] = True
            out.append(name)
    out.sort()
    return out


def _apart(words: Words, spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The spans with those cut in two that hold a person and the city he is in: زار [سوه] [طوكيو].

    Who he is must be told elsewhere, and the city be one that the lexicon knows.
    """
    people = {
        norm for a, b, label in spans if label == "PER" and b - a > 1 for norm in words.norms[a:b] if len(norm) > 2
    }
    out: list[tuple[int, int, str]] = []
    for first, last, label in spans:
        cut = last - 1
        known = lookup(words.norms[cut:last]) if last - first > 1 and label in ("ORG", "LOC") else None
        verb = first > 0 and words.verbs[first - 1] is not None
        if verb and known and known.kind == "city" and people.issuperset(words.norms[first:cut]):
            out += [(first, cut, "PER"), (cut, last, known.label)]
        else:
            out.append((first, last, label))
    return out


def trim(words: Words, first: int, last: int, label: str) -> tuple[int, int]:
    """A name without what stands at its edges and is no part of it; an empty range where nothing is left."""
    bare, norms = words.bare, words.norms
    if label == "PER":
        while last - first > 1 and norms[last - 1] in _BEHIND_NAMES:
            last -= 1  # أجرى الوزير ماتيس مكالمة
        if last - first > 2 and words.clitic[first] and norms[first + 1] in _ACTING:
            first += 2  # وزير الداخلية بالوكالة فهد اليوسف
        if last - first > 2 and words.clitic[last - 2] and bare[last - 1] in vocabulary().groups:
            last -= 2  # ليو هي ووفد
        if last - first > 1 and norms[first].startswith("ال") and norms[first][2:] in adjectives():
            first += 1  # الغاني مونتاري
        if last - first > 1 and words.is_verb(first) and norms[first + 1] in _PARTICLES:
            first += 1  # زار بن علوي
        if 0 < first < last < len(words) and _numbered(words, first, last):
            last += 1
        if last - first == 1 and norms[first] in _PARTICLES:
            follows = last < len(words) and words.texts[last].isalpha() and not words.clitic[last]
            return (first, last + 1) if follows else (first, first)
    elif label == "ORG" and lookup(norms[first:last]) is None:
        k = next((k for k in range(first + 1, last) if bare[k - 1] in _PARTS and lookup(norms[k:last])), first)
        if all(bare[i] in _PARTS for i in range(first, k)):
            first = k  # قاعدة خفر السواحل
        if first and bare[first - 1] in _MINISTERS:
            return first, first  # وزير الحرب الأميركي: the adjective is the minister's
        if last - first > 1 and bare[first] in _NO_BODIES:
            return first, first  # الشراكة الكويتية الأميركية
        if last - first > 1 and bare[first] in _SENT and norms[first + 1].endswith("ي"):
            return first, first  # المفوض الأوروبي للطاقة
        if last - first > 1 and _of_a_kind(words, first):
            return first, first  # شركة فرنسية
        nationality = (
            words.is_definite(last - 1) and bare[last - 1] in adjectives() and not bare[last - 1].endswith("ه")
        )
        # مجلس التنمية البحريني: the adjective is the head's
        idafa = bare[first] in _MASCULINE and not words.is_definite(first)
        if last - first > 1 and nationality and norms[last - 2].endswith(("ه", "ات", "اركان")) and not idafa:
            last -= 1  # مدير المخابرات المصري
        first = _open_quote(words, first, last)
        last = _rounded(words, first, last)
        if _product(words, first, last) or _agreed_name(words, first, last):
            return first, first
    return first, last


def _rounded(words: Words, first: int, last: int) -> int:
    """Where a body's name ends that a model has broken off, or read on with what is said of it.

    A name takes the complement that its verbal noun asks for (الرقابة على الأسلحة، الحوار بين الأديان) and the second of a
    pair of quotation marks; it never ends in a preposition, and stops before a time: الهيئة [بنهاية العام].
    """
    norms, n = words.norms, len(words)
    for k in range(first + 1, last):
        time = k + 1 < n and (words.clitic[k] or norms[k] == "في") and words.bare[k + 1] in _TIMES
        if norms[k] in _ABOUT or (time and norms[k] in ("ب", "في")):
            last = k
            break
    while last - first > 1 and (
        norms[last - 1] in _LEADING or (words.clitic[last - 1] and norms[last - 1] in PROCLITICS)
    ):
        last -= 1
    marks = sum(words.texts[i] in _QUOTES for i in range(first, last))
    if marks % 2 and last < n and words.texts[last] in _QUOTES:
        return last + 1
    verbal = last
    if verbal + 1 < n and norms[verbal] == "ل" and words.clitic[verbal]:
        verbal += 2  # المجلس البابوي [للحوار بين الأديان]
    if verbal < n and norms[verbal] in _COMPLEMENTS.get(words.bare[verbal - 1], ()):
        end = _noun_phrase(words, verbal + 1)
        return end if end > verbal + 1 else last
    governed = last - first > 2 and norms[last - 2] in _COMPLEMENTS.get(words.bare[last - 3], ())
    return max(_noun_phrase(words, last - 1), last) if governed else last


def _noun_phrase(words: Words, i: int) -> int:
    """End of the nouns of one construct state from token ``i`` and the adjectives behind them; ``i`` if none stands there."""
    j, n = i, len(words)
    while j < n and j < i + 3 and _plain(words, j) and not words.is_definite(j):
        j += 1  # [جميع أشكال] التمييز العنصري
    if j >= n or not words.is_definite(j) or not _plain(words, j):
        return i
    j += 1
    feminine = words.norms[j - 1].endswith(("ه", "ات"))
    while j < n and words.is_definite(j) and _plain(words, j) and words.norms[j].endswith("ه" if feminine else "ي"):
        j += 1
    return j


def _plain(words: Words, i: int) -> bool:
    """Whether a word can stand within a name: no verb, particle or sign."""
    norm = words.norms[i]
    return norm[:1].isalpha() and not words.clitic[i] and not words.is_verb(i) and norm not in _NO_PART


def _product(words: Words, first: int, last: int) -> bool:
    """Whether a word that no lexicon knows is the model of an aircraft or missile: طائرات رافال."""
    return last - first == 1 and first > 0 and words.norms[first - 1] in _MODELS and not words.is_definite(first)


def _agreed_name(words: Words, first: int, last: int) -> bool:
    """Whether a short name stands in brackets behind that of an agreement, which it is: اتفاقية التجارة الحرة (نافتا)."""
    if not (first and last < len(words) and words.norms[first - 1] == "(" and words.norms[last] == ")"):
        return False
    for i in range(first - 2, max(words.bounds[words.sentence[first]][0], first - 10) - 1, -1):
        body = words.bare[i] in vocabulary().construct_nouns and not words.is_definite(i)
        if body or not words.norms[i][:1].isalpha() or words.verbs[i]:
            return False
        if words.bare[i] in _NO_BODIES:
            return True
    return False


def _no_person(words: Words, first: int, last: int, whole: set[str]) -> bool:
    """Whether what a model took for a person is a participle, a verb or the one whose bridge or street is told of."""
    norm, v = words.norms[first], vocabulary()
    if words.norms[last - 1 : last + 2] == ["جنبا", "الي", "جنب"]:
        return True  # ترامب وكيم وسارا جنبا إلى جنب
    if norm in whole or last - first > 1:
        return False
    before = first - 1
    while before >= 0 and words.bare[before] in v.courteous:
        before -= 1
    if 0 <= before < first - 1 and words.norms[before] in _NAMED_AFTER:
        return True  # جسر الملك فهد
    if before >= 0 and (words.bare[before] in v.heads or words.bare[before] in v.ranks or before < first - 1):
        return False
    if norm in _PREDICATES or (first > 0 and words.norms[first - 1] == "من" and norm in _IMPERSONAL):
        return True
    if norm.startswith("م") and norm.endswith("ي") and len(norm) > 4:  # منتهكي حقوق الإنسان
        return last + 1 < len(words) and _plain(words, last) and _noun_phrase(words, last) > last + 1
    stem, counts = norm[:-2], WordLexicon.load().counts
    participle = norm.endswith(("ون", "ين")) and len(stem) > 3 and (stem[0] == "م" or stem[1] == "ا")
    return participle and all(counts.get(form, 0) >= _SEEN for form in (stem, stem + "ين"))  # رافضون


def _numbered(words: Words, first: int, last: int) -> bool:
    """Whether the ordinal behind a person counts the rulers of the name: الملكة إليزابيث [الثانية].

    It agrees with the title; behind a noun it may count that: لقاء الملك فلان الأول.
    """
    title, ordinal = words.bare[first - 1], words.bare[last]
    feminine = ordinal == "اولي" or ordinal.endswith("ه")
    if title not in _NUMBERED or ordinal not in _ORDINALS or not words.is_definite(last):
        return False
    before = words.norms[first - 2] if first > 1 and words.verbs[first - 2] is None else ""
    noun = (
        before.isalpha() and not before.startswith("ال") and before not in vocabulary().courteous | _STOP | PROCLITICS
    )
    return title.endswith("ه") == feminine and not (noun and before.endswith("ه") == feminine)


def _of_a_kind(words: Words, i: int) -> bool:
    """Whether a class noun and the adjective behind it, both indefinite, say only what kind of body it is."""
    kind, adjective = words.norms[i], words.norms[i + 1]
    if kind not in vocabulary().construct_nouns or kind.startswith("ال"):
        return False
    return adjective.endswith("يه") if kind.endswith("ه") else adjective in adjectives() or adjective in _ORDINALS


def _open_quote(words: Words, first: int, last: int) -> int:
    """Where a name starts whose opening quotation mark was left out: مجموعة "أو إم في" النمساوية."""
    marks = sum(words.texts[i] in _QUOTES for i in range(first, last))
    if marks % 2 and first and words.texts[first - 1] in _QUOTES:
        return first - 2 if first > 1 and words.bare[first - 2] in vocabulary().construct_nouns else first - 1
    return first


def _common(words: Words, first: int, last: int, label: str) -> bool:
    """Whether a name that is no person's is made of words that name nothing by themselves (وكالة أنباء، محافظ، السبت)."""
    v = vocabulary()
    plain = v.place_nouns | v.construct_nouns | v.groups | v.heads | v.ranks | _NAMING
    if label == "ORG" and last - first == 1:
        norm, bare = words.norms[first], words.bare[first]
        if norm in _STOP or (bare in adjectives() and lookup([norm]) is None):
            return True
    if last - first > 1 and label != "ORG":
        return False
    return all(not words.is_definite(i) and words.bare[i] in plain for i in range(first, last))


def _title_of(words: Words, name: Name, following: Name | None) -> bool:
    """Whether one word read as a body is the title of the person right behind it: الكابتن خليل."""
    if name.label != "ORG" or name.last - name.first > 1 or following is None:
        return False
    v = vocabulary()
    title = words.bare[name.first] in v.heads | v.ranks or words.bare[name.first] in v.honorifics
    return title and following.label == "PER" and following.first == name.last


def _read(words: Words, first: int, last: int, known: Known) -> Name:
    """A known name; in quotation marks the paper that is called so."""
    if known.label == "LOC" and _in_quotes(words, first, last):
        known = papers().get(tuple(words.norms[first:last]), known)
    return Name(first, last, known.label, known)


def _something_else(words: Words, first: int, last: int) -> bool:
    """Whether the words of a known name mean something else: مسقط رأسه، السياسة الخارجية الأميركية."""
    if words.norms[first] == "مسقط":
        return last < len(words) and words.norms[last] in _BIRTHPLACES
    if words.norms[first] == "الرياسه" and first and words.norms[first - 1] in _CONTESTED:
        return True  # انتخابات الرئاسة الأميركية: the office
    if words.norms[first] in ("الخارجيه", "الداخليه") and first:
        before = words.bare[first - 1]
        return before in _MINISTERS or (words.is_definite(first - 1) and before not in _MINISTERS)
    return False


def _placed(words: Words, i: int) -> bool:
    """Whether the word at ``i``, read as a person, is a city or country that the lexicon knows: قمة هلسنكي."""
    v = vocabulary()
    known = lookup([words.norms[i]])
    titled = i > 0 and (words.bare[i - 1] in v.heads | v.ranks or words.bare[i - 1] in v.honorifics)
    return known is not None and known.kind in ("city", "country") and not titled


def _in_quotes(words: Words, first: int, last: int) -> bool:
    """Whether a name stands alone in quotation marks."""
    around = words.texts[first - 1 : first] + words.texts[last : last + 1]
    return len(around) == 2 and all(mark in _QUOTES for mark in around)


_SEVERAL = frozenset(("قوي", "دول", "بلدان", "حكومتا", "حكومتي", "حكومات"))
_SEEN = 5  # in 59,000 articles: no name, but a participle of the language
_LEADING = word_list("prepositions_before_names")
_ABOUT = word_list("busied_with")
_TIMES = word_list("times_told")
_MASCULINE = word_list("masculine_bodies")
_COMPLEMENTS = complements()
_MODELS = word_list("models")
_NAMED_AFTER = word_list("named_after")
_CONTESTED = word_list("contested")
_PREDICATES = word_list("predicates")
_IMPERSONAL = word_list("impersonal")
_BEHIND_NAMES = word_list("behind_names")
_BIRTHPLACES = frozenset(("راسه", "راسها", "راسهم", "راسي", "راس"))  # مسقط رأسه
_PARTICLES = frozenset(("بن", "ابن", "ابو", "ابي", "ال"))
_QUOTES = frozenset('"“”«»')
_PARTS = word_list("parts_of_bodies")
_MINISTERS = word_list("ministers")
_NO_BODIES = word_list("no_bodies")
_SENT = word_list("envoys") | frozenset(("شيخ",))
_ORDINALS = frozenset(ordinals())
_ACTING = word_list("acting_for")
_NUMBERED = word_list("numbered_rulers")
_NAMING = word_list("naming_nouns")
_INSTITUTIONS = word_list("institutions")
_STOP = word_list("phrase_stops")
_NO_PART = _STOP | _LEADING
