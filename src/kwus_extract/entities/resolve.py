"""Who is who: mentions to people, bodies and places; short names to full ones; posts and titles to their holders."""

from __future__ import annotations

from dataclasses import dataclass, field

from rapidfuzz.distance import DamerauLevenshtein

from kwus_extract.entities.names import Name
from kwus_extract.entities.phrases import _PRONOMINAL, Phrase
from kwus_extract.entities.vocabulary import vocabulary
from kwus_extract.entities.words import Words
from kwus_extract.lexicon.closed import body_kinds, word_list
from kwus_extract.lexicon.gazetteer import adjectives, nationality

_PARTICLES = frozenset(("بن", "ابن", "ال", "بنت", "ولد", "ابو", "ابي", "ام", "عبد"))


@dataclass(slots=True, eq=False)
class Entity:
    """A person, body or place of the article, with the token ranges of its mentions."""

    id: str
    label: str
    mentions: list[tuple[int, int]] = field(default_factory=list)
    posts: list[tuple[int, int]] = field(default_factory=list)
    rank: tuple[int, int] | None = None
    honorific: tuple[int, int] | None = None
    country: str | None = None
    kind: str = "other"
    canonical: str | None = None
    organization: str | None = None
    key: tuple[str, ...] = ()

    def best(self) -> tuple[int, int]:
        """The fullest mention; of equals the first."""
        return max(self.mentions, key=lambda m: (m[1] - m[0], -m[0]))


def name_key(norms: list[str]) -> tuple[str, ...]:
    """The parts of a personal name that tell people apart: particles and articles off, عبد joined to what follows.

    >>> name_key(["محمد", "بن", "عبد", "الرحمن", "ال", "ثاني"])
    ('محمد', 'عبدرحمن', 'ثاني')
    """
    out: list[str] = []
    joined = ""
    for word in norms:
        if word == "عبد":
            joined = "عبد"
            continue
        if word in _PARTICLES or not word[:1].isalnum():
            continue
        bare = word[2:] if word.startswith("ال") and len(word) > 4 else word
        if word.startswith("عبدال"):
            rest = word[3:]
            bare = "عبد" + (rest[2:] if len(rest) > 4 else rest)
        out.append(joined + bare)
        joined = ""
    return tuple(out) or tuple(norms)


_FOREIGN_G = str.maketrans("جغقگ", "غغغغ")  # the g of foreign names, in four spellings: جونغ، جونج


def _spoken(key: tuple[str, ...]) -> str:
    """A name without its spaces, and g written one way: شي جين بينغ، شي جينبينج."""
    return "".join(key).translate(_FOREIGN_G)


def _same_word(a: str, b: str) -> bool:
    if a == b or (len(a) > 4 and len(b) > 4 and DamerauLevenshtein.distance(a, b, score_cutoff=1) <= 1):
        return True
    return len(a) > 3 and len(a) == len(b) and a.translate(_FOREIGN_G) == b.translate(_FOREIGN_G)


def _respelt(a: str, b: str) -> bool:
    """Whether two spellings of a foreign name differ by one long vowel: بوتن، بوتين."""
    short, long = sorted((a, b), key=len)
    return (
        len(short) > 3
        and len(long) == len(short) + 1
        and any(long[i] in "اوي" and long[:i] + long[i + 1 :] == short for i in range(1, len(long)))
    )


def _inside(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    """Whether the words of ``short`` stand in ``full`` in order."""
    rest = iter(full)
    return all(any(_same_word(a, b) for b in rest) for a in short)


def same_person(short: tuple[str, ...], full: tuple[str, ...], *, titled: bool = False) -> bool:
    """Whether a name may be a shorter (or equal) form of another.

    Two names of one surname but other first names are two people. A single word is a surname, or after a title
    (الشيخ صباح) a first name.

    >>> same_person(("باتلر",), ("ستيفن", "باتلر")), same_person(("خالد", "صباح"), ("احمد", "صباح"))
    (True, False)
    """
    if len(short) == 1:
        return (
            _same_word(short[0], full[-1])
            or _respelt(short[0], full[-1])
            or (titled and short[0] == full[0])
            or (len(full) > 2 and short[0] in full[1:])
        )
    if _spoken(short) == _spoken(full):
        return True
    if len(short) == len(full):
        return all(map(_same_word, short, full))
    return _inside(short, full) and (short[0] == full[0] or short[-1] == full[-1])


def _within(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    """Whether the words of a short form stand together in the full name, articles aside."""
    bare = [w.removeprefix("ال") for w in full]
    words = [w.removeprefix("ال") for w in short]
    return any(bare[k : k + len(words)] == words for k in range(len(bare) - len(words) + 1))


def _bare(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > 4 else word


def _join(entity: Entity, other: Entity) -> None:
    """Give an entity the mentions of another that is the same."""
    entity.mentions += other.mentions
    entity.canonical = entity.canonical or other.canonical
    entity.country = entity.country or other.country
    if entity.kind == "other":
        entity.kind = other.kind


class Resolver:
    """Groups the phrases of one article into entities and sets ``phrase.entity``."""

    def __init__(self, words: Words, names: list[Name], phrases: list[Phrase]) -> None:
        self.w = words
        self.names = names
        self.phrases = phrases
        self.people: list[Entity] = []
        self.bodies: list[Entity] = []
        self.places: list[Entity] = []
        self.adjectives = adjectives()
        self.by_phrase: dict[int, Entity] = {}
        countries = (n for n in names if n.label == "LOC" and n.known and n.known.kind == "country")
        self.in_countries = {i for n in countries for i in range(n.first, n.last)}

    def run(self) -> None:
        """Resolve everything; ids count up in the order of first mention."""
        self._people()
        self._bodies()
        self._places()
        for prefix, group in (("p", self.people), ("o", self.bodies), ("l", self.places)):
            group.sort(key=lambda e: min(e.mentions))
            for number, entity in enumerate(group, 1):
                entity.id = f"{prefix}{number}"
                entity.mentions.sort()
        for phrase in self.phrases:
            entity_of = self.by_phrase.get(phrase.head[0] if phrase.kind == "org" else phrase.first)
            if entity_of:
                phrase.entity = entity_of.id
        self._posts()

    def _norms(self, span: tuple[int, int]) -> list[str]:
        return self.w.norms[span[0] : span[1]]

    # --- people -----------------------------------------------------------------------------------------------

    def _people(self) -> None:
        persons = [p for p in self.phrases if p.kind == "person"]
        persons += [p for phrase in self.phrases for p in phrase.inner]
        heads = {p.head[0] for p in persons}
        # names inside other phrases (مستشار ترامب) are mentions too
        persons += [
            Phrase("person", n.first, n.last, (n.first, n.last))
            for n in self.names
            if n.label == "PER" and n.first not in heads
        ]
        keys = {id(p): name_key(self.w.joined(*p.head)) for p in persons}
        aliases = self._aliases(persons, keys)
        for phrase in sorted(persons, key=lambda p: (keys[id(p)] in aliases, -len(keys[id(p)]), p.first)):
            key = aliases.get(keys[id(phrase)], keys[id(phrase)])
            titled = phrase.honorific is not None or phrase.rank is not None
            fits = [
                e
                for e in self.people
                if key == e.key or (same_person(key, e.key, titled=titled) and not self._related(phrase, e.mentions))
            ]
            if len(key) == 1 and fits:
                surname = [e for e in fits if _same_word(key[0], e.key[-1])]
                first = [e for e in fits if phrase.honorific and key[0] == e.key[0]]  # الملك سلمان: not one بن سلمان
                fits = first or surname or fits
                if len(fits) > 1 and phrase.post:
                    # الرئيس ترامب: the one of that surname who is the president
                    head = self.w.bare[phrase.post[0]]
                    fits = [e for e in fits if any(head in self.w.bare[a:b] for a, b in e.posts)] or fits
            if len(key) == 1 and not fits:
                fits = [e for e in self.people if key[0] == e.key[0] and len(e.key) > 1]
                if key[0] not in _FAMILY_FIRST and not (len(fits) == 1 and len(key[0]) > 3):
                    fits = []
            if fits:
                before = [e for e in fits if min(e.mentions)[0] < phrase.first]
                entity = (
                    max(before, key=lambda e: max(m for m in e.mentions if m[0] < phrase.first)) if before else fits[0]
                )
            else:
                entity = Entity("", "PER", key=key)
                self.people.append(entity)
            entity.mentions.append(phrase.head)
            for post in (phrase.post, *phrase.extra_posts):
                if post:
                    entity.posts.append(post)
            entity.rank = entity.rank or phrase.rank
            entity.honorific = entity.honorific or phrase.honorific
            self.by_phrase[phrase.first] = entity
        for entity in self.people:
            entity.posts.sort()
            for post in entity.posts:
                entity.country = entity.country or self._country(post)

    def _aliases(
        self, persons: list[Phrase], keys: dict[int, tuple[str, ...]]
    ) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Names after a child that stand in brackets behind the full name, by key: محمود عباس (أبو مازن)."""
        w, found = self.w, {}
        at = {p.head[0]: p for p in persons}
        for phrase in persons:
            i = phrase.head[1]
            alias = at.get(i + 1) if w.norms[i : i + 1] == ["("] else None
            if alias and w.norms[i + 1].startswith("ابو") and w.norms[alias.head[1] : alias.head[1] + 1] == [")"]:
                found[keys[id(alias)]] = keys[id(phrase)]
        return found

    def _related(self, phrase: Phrase, mentions: list[tuple[int, int]]) -> bool:
        """Whether one is the other's kin in the same sentence: جورج بوش ونجله جورج دبليو بوش."""
        return any(
            self.w.sentence[first] == self.w.sentence[phrase.head[0]]
            and any(i and self.w.norms[i - 1] in _KIN for i in (first, phrase.head[0]))
            for first, _ in mentions
        )

    def _country(self, span: tuple[int, int]) -> str | None:
        for name in self.names:
            if span[0] <= name.first < span[1] and name.known and name.known.country:
                return name.known.country
        for i in range(*span):
            if code := nationality(self.w.bare, i):
                return code
        return None

    def position(self, entity: Entity) -> tuple[int, int] | None:
        """The post at its fullest mention; ``نظيره …`` only where nothing better stands."""
        v = vocabulary()
        posts = [p for p in entity.posts if self.w.norms[p[0]] not in v.counterparts]
        if all(b - a == 1 for a, b in posts):
            posts = [p for p in entity.posts if p[1] - p[0] > 1] or posts  # نظيره الكوري الجنوبي tells more than الوزير
        told = [p for p in posts if self.w.bare[p[0]] not in _DESCRIPTIONS]  # رئيس المجموعة tells more than الملياردير
        return max(told or posts, key=lambda p: (min(p[1] - p[0], 12), -p[0])) if posts else None

    # --- bodies and places ------------------------------------------------------------------------------------

    def _bodies(self) -> None:
        table: dict[tuple[str, ...] | str, Entity] = {}
        for name in self.names:
            if name.label != "ORG":
                continue
            key = tuple(n for n in self._norms((name.first, name.last)) if n[:1].isalnum())
            canonical = name.known.name if name.known else None
            entity = table.get(canonical or key) or table.get(key) or Entity("", "ORG", key=key)
            entity.canonical = entity.canonical or canonical
            table[canonical or key] = table[key] = entity
            if len(key) > len(entity.key):
                entity.key = key
            if name.known:
                entity.kind, entity.country = name.known.kind, entity.country or name.known.country
            entity.country = entity.country or self._country((name.first, name.last))
            entity.mentions.append((name.first, name.last))
        bodies = self._bracketed(list({id(e): e for e in table.values()}.values()))
        for short in sorted(bodies, key=lambda e: len(e.key)):
            if whole := self._whole(short, [e for e in bodies if e is not short]):
                _join(whole, short)
                bodies.remove(short)
        # البرلمان، الجيش: a class of bodies, where none of them is named
        self.bodies = [e for e in bodies if not (len(e.key) == 1 and not e.canonical and _bare(e.key[0]) in _CLASSES)]
        for entity in self.bodies:
            if entity.kind == "other":
                entity.kind = self._body_kind(entity.key)
            for first, _ in entity.mentions:
                self.by_phrase[first] = entity
        for phrase in self.phrases:
            if phrase.kind == "org" and (found := self.by_phrase.get(phrase.head[0])):
                phrase.country = phrase.country or found.country

    def _bracketed(self, bodies: list[Entity]) -> list[Entity]:
        """The bodies with those joined that stand in brackets or quotation marks behind another.

        وزارة الدفاع (البنتاغون)؛ وكالة الأنباء الإماراتية الرسمية "وام".
        """
        by_end = {last: e for e in bodies for _, last in e.mentions}
        for inner in list(bodies):
            outer = next((e for first, last in inner.mentions if (e := self._named_again(first, last, by_end))), None)
            if outer and outer is not inner and (inner.kind != "media" or outer.kind == "media"):
                _join(outer, inner)
                bodies.remove(inner)
                by_end = {last: outer if e is inner else e for last, e in by_end.items()}
        return bodies

    def _named_again(self, first: int, last: int, by_end: dict[int, Entity]) -> Entity | None:
        """The body that stands right before the bracket, or the quotation marks, around another name."""
        w, k = self.w, first - 1
        if first < 2 or w.norms[k] == "(":
            return by_end.get(k) if first > 1 else None
        if w.texts[k] not in _QUOTES or w.texts[last : last + 1] != [w.texts[k].translate(_CLOSING)]:
            return None
        while k not in by_end and k > first - 3 and w.is_definite(k - 1):
            k -= 1
        outer = by_end.get(k)
        apposed = outer is not None and w.is_definite(first - 2)  # not لجنة حركة "فتح"
        return outer if outer and apposed and _bare(outer.key[0]) in _CLASSES else None

    def _whole(self, short: Entity, others: list[Entity]) -> Entity | None:
        """The body of which another is a short form, where the article leaves no doubt."""
        fits = [e for e in others if self._abbreviates(short, e)]
        if len(fits) < 2:
            return fits[0] if fits else None
        if any(not self._only_nationality(e.key, short.key) for e in fits):
            return None
        first = min(short.mentions)  # وزارة الداخلية: the one spoken of last
        return max(fits, key=lambda e: max((m for m in e.mentions if m < first), default=(-1, -1)))

    def _abbreviates(self, short: Entity, full: Entity) -> bool:
        """Whether one name is a short form of another: the same head and some of its words, or the head left out."""
        if len(short.key) >= len(full.key) or (short.country and full.country and short.country != full.country):
            return False
        if self._only_nationality(full.key, short.key):
            return True
        if short.canonical and full.canonical:
            return False
        part = [_bare(w) for w in short.key if len(w) > 1 and _bare(w) not in self.adjectives]
        whole = [_bare(w) for w in full.key]
        if not part or (len(short.key) == 1 and not short.key[0].startswith("ال") and short.canonical):
            return False
        if len(short.key) == 1 and "و" in full.key[1:2]:
            return False  # الاتحاد وهجر: two of them
        if part == [w for w in whole if len(w) > 1 and w not in self.adjectives][: len(part)]:
            return len(part) > 1 or short.key[0].startswith("ال")
        if whole[0] in _NAMING and whole[1 : len(part) + 1] == part:
            return True
        return len(short.key) <= 2 and not short.canonical and not full.canonical and _within(short.key, full.key)

    def _only_nationality(self, a: tuple[str, ...], b: tuple[str, ...]) -> bool:
        """Whether the longer name is the shorter one and a nationality."""
        longer, shorter = (a, b) if len(a) > len(b) else (b, a)
        return longer[: len(shorter)] == shorter and all(_bare(w) in self.adjectives for w in longer[len(shorter) :])

    @staticmethod
    def _body_kind(key: tuple[str, ...]) -> str:
        first = key[0].removeprefix("ال") if key else ""
        return _BODY_KINDS.get(first, "other")

    def _places(self) -> None:
        table: dict[tuple[str, ...], Entity] = {}
        for name in self.names:
            if name.label not in ("LOC", "FAC"):
                continue
            key = (name.known.name,) if name.known else tuple(self._norms((name.first, name.last)))
            entity = table.get(key)
            if entity is None:
                entity = table[key] = Entity("", name.label, key=key)
                entity.kind = name.known.kind if name.known else ("facility" if name.label == "FAC" else "other")
                entity.country = name.known.country if name.known else None
            entity.mentions.append((name.first, name.last))
            self.by_phrase.setdefault(name.first, entity)
        self.places = list(table.values())
        for phrase in self.phrases:
            if phrase.kind in ("place", "country") and phrase.first not in self.by_phrase:
                inner = next((n for n in self.names if phrase.first <= n.first < phrase.last), None)
                if (
                    inner
                    and inner.label in ("LOC", "FAC")
                    and phrase.last - inner.last == 0
                    and self.w.bare[phrase.first] in ("مدينه", "عاصمه", "دوله", "محافظه")
                ):
                    self.by_phrase[phrase.first] = self.by_phrase[inner.first]

    # --- posts without a name -----------------------------------------------------------------------------------

    def _posts(self) -> None:
        """``الوزير``, ``ولي العهد السعودي``, ``نظيره الكويتي`` stand for the person who holds the post, if one does."""
        self._hold()
        if self._name_later():
            self._hold()

    def _hold(self) -> None:
        v = vocabulary()
        order: list[str] = []
        for phrase in self.phrases:
            if phrase.kind == "person" and phrase.entity:
                order.append(phrase.entity)
            elif phrase.kind == "post" and phrase.post:
                holder = self._holder(phrase, order, v.counterparts)
                if holder:
                    phrase.entity = holder.id
                    order.append(holder.id)

    def _name_later(self) -> bool:
        """Give people the posts that the sentence before tells without a name; whether there are any.

        So do agencies introduce who speaks: أعلن سفير فرنسا في بيروت … . وقال السفير فلان, or وقال فلان at once.
        """
        w, found = self.w, False
        introduced = [p for p in self.phrases if p.kind == "post" and not p.entity and self._introduces(p)]
        if not introduced:
            return False
        for phrase in self.phrases:
            entity = self.by_phrase.get(phrase.first) if phrase.kind == "person" else None
            if entity is None or (phrase.post and phrase.post[1] - phrase.post[0] > 1):
                continue
            if any(b - a > 1 and w.norms[a] not in vocabulary().counterparts for a, b in entity.posts):
                continue
            sentence = w.sentence[phrase.first]
            low = w.bounds[sentence][0]
            if phrase.post:
                head = w.bare[phrase.post[0]]
                told = [p for p in introduced if p.last <= phrase.first and w.bare[p.head[0]] == head][-1:]
            else:
                says = [form.lemma for form in w.verbs[low : phrase.first] if form]
                feminine = any(norm.endswith("ت") for norm in w.norms[low : phrase.first])
                if phrase.first - low > 2 or len(says) != 1 or says[0] not in _SAYING:
                    continue
                told = [
                    p
                    for p in introduced
                    if w.sentence[p.first] == sentence - 1 and w.texts[p.head[0]].endswith("ة") == feminine
                ]
            if len(told) == 1:
                entity.posts.append(told[0].head)
                entity.posts.sort()
                entity.country = entity.country or told[0].country
                found = True
        return found

    def _introduces(self, phrase: Phrase) -> bool:
        """Whether a post of several words is the subject of its clause."""
        w = self.w
        low = w.bounds[w.sentence[phrase.first]][0]
        if phrase.last - phrase.first < 2 or w.norms[phrase.head[0]] in vocabulary().counterparts:
            return False
        return phrase.first == low or w.verbs[phrase.first - 1] is not None or w.norms[phrase.first - 1] == "ان"

    def _holder(self, phrase: Phrase, order: list[str], counterparts: frozenset[str]) -> Entity | None:
        assert phrase.post is not None
        first, last = phrase.post
        head = self.w.bare[first]
        placed = self.in_countries
        words = [self.w.bare[i] for i in range(first + 1, last) if len(self.w.norms[i]) > 1 and i not in placed]
        country = phrase.country or self._country(phrase.post)
        by_id = {e.id: e for e in self.people}
        if self.w.norms[first] in _PRONOMINAL:
            honoured = [by_id[i] for i in reversed(order) if by_id[i].honorific or by_id[i].posts]
            return honoured[0] if honoured else None
        recent = [by_id[i] for i in reversed(order)] + [e for e in self.people if e.id not in order]
        if self.w.norms[first] in counterparts:
            if not country or not order:
                return None
            peers = [e for e in recent if e.country == country and e.posts and e.id != order[-1]]
            mine = self._heads(by_id[order[-1]])
            return next((e for e in peers if mine & self._heads(e)), peers[0] if peers else None)
        plain = [w for w in words if w not in self.adjectives]
        if not plain and not self.w.is_definite(first):
            # رئيس مصر: a head and a country
            plain = []
        for entity in recent:
            for post in entity.posts:
                held = [self.w.bare[i] for i in range(*post)]
                if not any(
                    self.w.bare[i] == head and (i == post[0] or self.w.norms[i - 1] in _BETWEEN_POSTS)
                    for i in range(*post)
                ):
                    continue  # مدير مكتب الوزير is not the minister
                if country and entity.country and country != entity.country:
                    continue
                if country and not entity.country and plain == [] and self.w.is_definite(first) is False:
                    continue
                if all(any(_same_word(w, h) for h in held) for w in plain if not self._is_country_word(w)):
                    if not plain and not country and entity.id not in order:
                        continue
                    return entity
        return None if plain else self._ruler(head, country, recent) or self._titled(first, country)

    def _heads(self, entity: Entity) -> set[str]:
        return {self.w.bare[first] for first, _ in entity.posts}

    def _ruler(self, head: str, country: str | None, people: list[Entity]) -> Entity | None:
        """الزعيم الكوري الشمالي: who rules that country, by whatever post the text gives him."""
        if head not in _RULERS or not country:
            return None
        for entity in people:
            if entity.country != country:
                continue
            for first, last in entity.posts:
                beside = {w for i in range(first + 1, last) if (w := self.w.bare[i]) not in self.adjectives}
                if self.w.bare[first] in _RULERS and len(beside) <= 2 and beside.isdisjoint(_OFFICES):
                    return entity
        return None

    def _titled(self, first: int, country: str | None) -> Entity | None:
        """الأمير، الأمير السعودي: the one man of the article, or of that country, who is so called."""
        if not self.w.norms[first].startswith("ال"):
            return None
        called = [
            e
            for e in self.people
            if e.honorific and self.w.bare[first] in self.w.bare[slice(*e.honorific)] and country in (None, e.country)
        ]
        return called[0] if len(called) == 1 else None

    def _is_country_word(self, word: str) -> bool:
        return word in self.adjectives


_QUOTES = frozenset('"“«')
_CLOSING = str.maketrans("“«", "”»")
_BETWEEN_POSTS = frozenset(("و", "،", ","))
_SAYING = word_list("saying")
_KIN = word_list("kin")
_RULERS = word_list("rulers")
_OFFICES = word_list("offices")
_DESCRIPTIONS = word_list("descriptions")
_FAMILY_FIRST = word_list("family_first")
_NAMING = word_list("naming_nouns")
_CLASSES = vocabulary().construct_nouns | vocabulary().groups | _NAMING
_BODY_KINDS = body_kinds()
