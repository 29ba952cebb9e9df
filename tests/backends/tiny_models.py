"""Small models of every kind, trained in a minute on sentences made here: what the backend tests load.

Each `make_*` function writes the folder that a user of the library would have. Names are drawn from a few dozen, so
the models know the names of these sentences and nothing else.
"""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple


def _words(line: str) -> list[str]:
    return line.split()


FIRST = _words("خالد صالح محمد أحمد ناصر فهد سعود جاسم بدر وليد عادل ثامر هاشم طارق جيمس جون مارك كارلا")
LAST = _words("الصباح العلي الجراح المطيري العتيبي الشمري الخالدي ماتيس سميث هيلي الحمد المضف")
PLACES = _words("الكويت واشنطن الرياض الدوحة المنامة مسقط بغداد عمان القاهرة باريس لندن موسكو طوكيو أنقرة")
BODIES = ["الجيش الكويتي", "وزارة الدفاع", "وزارة الخارجية", "الأمم المتحدة", "جامعة الدول العربية", "الحرس الوطني"]
TEMPLATES = (
    "وصل الفريق PER إلى LOC في زيارة رسمية .",
    "استقبل PER سفير LOC لدى LOC اليوم .",
    "قال الوزير PER إن المباحثات تناولت التعاون بين LOC و+LOC .",
    "زار وفد من ORG قاعدة عسكرية ب+LOC .",
    "التقى رئيس ORG نظيره PER في LOC ، وبحثا التعاون .",
    "أعلنت ORG أن التدريب سيبدأ غدا في LOC .",
    "غادر PER و+PER متوجهين إلى LOC .",
    "توجه الوفد ل+LOC للمشاركة في الاجتماع .",
    "شارك ممثلو ORG و+ORG في الحفل الذي أقيم اليوم .",
    "هل سيزور PER مدينة LOC ؟",
    "لم يصدر أي تعليق من المسؤولين حتى الآن .",
    "تستمر الدورة خمسة أيام وتشمل محاضرات وتدريبات عملية .",
    "أكد المتحدث باسم ل+ORG أن الزيارة أجلت .",
)


LABELS = ("B-LOC", "B-ORG", "B-PERS", "B-MISC", "I-LOC", "I-ORG", "I-PERS", "I-MISC", "O")  # CAMeL's, in its order


class Token(NamedTuple):
    """A token, its BIO label, and its words where they are several (و + الكويت)."""

    text: str
    label: str = "O"
    words: tuple[str, ...] = ()


class Sentence(NamedTuple):
    """A made sentence: tokens, text, and its names as (start, end, label) without proclitics."""

    tokens: list[Token]
    text: str
    names: list[tuple[int, int, str]]


def make_sentences(count: int, seed: int) -> list[Sentence]:
    """So many sentences out of the templates."""
    draw = random.Random(seed)
    return [_fill(draw.choice(TEMPLATES), draw) for _ in range(count)]


def _fill(template: str, draw: random.Random) -> Sentence:
    tokens: list[Token] = []
    text = ""
    names = []
    for slot in template.split():
        clitic, _, kind = slot.rpartition("+")
        if kind == "PER":
            name = f"{draw.choice(FIRST)} {draw.choice(LAST)}"
        elif kind in ("LOC", "ORG"):
            name = draw.choice(PLACES if kind == "LOC" else BODIES)
        else:
            tokens.append(Token(slot))
            text += slot if slot in ".،؟" else f" {slot}"
            continue
        written = clitic + (name[1:] if clitic == "ل" and name.startswith("ال") else name)
        first, *rest = written.split()
        tokens.append(Token(first, f"B-{kind}", (clitic, name.split()[0]) if clitic else ()))
        tokens.extend(Token(word, f"I-{kind}") for word in rest)
        text += f" {written}"
        names.append((len(text) - len(written) + len(clitic) - 1, len(text) - 1, kind))
    return Sentence(tokens, text[1:], names)


def make_camel(folder: Path) -> Path:
    """A BERT token classifier of two layers, with CAMeL's labels, in Hugging Face's layout."""
    import torch
    from transformers import BertConfig, BertForTokenClassification

    sentences = make_sentences(300, seed=1)
    words = sorted({word for s in sentences for t in s.tokens for word in (t.text, *t.words)})
    letters = sorted({c for word in words for c in word})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    vocabulary += [p for p in [*letters, *(f"##{c}" for c in letters), *(f"##{w}" for w in words)] if p not in words]
    ids = {piece: i for i, piece in enumerate(vocabulary)}
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false, "tokenizer_class": "BertTokenizer"}')
    torch.manual_seed(1)
    torch.set_num_threads(1)
    model = BertForTokenClassification(
        BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=128,
            max_position_embeddings=256,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            id2label=dict(enumerate(LABELS)),
            label2id={label: i for i, label in enumerate(LABELS)},
        )
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    draw = random.Random(1)
    for _ in range(60):
        batch = draw.sample(sentences, 32)
        length = max(len(s.tokens) for s in batch) + 2
        inputs = torch.zeros((32, length), dtype=torch.long)
        labels = torch.full((32, length), -100)
        for row, sentence in enumerate(batch):
            pieces = [ids["[CLS]"], *(ids[t.text] for t in sentence.tokens), ids["[SEP]"]]
            inputs[row, : len(pieces)] = torch.tensor(pieces)
            tags = [LABELS.index(t.label.replace("PER", "PERS")) for t in sentence.tokens]
            labels[row, 1 : len(tags) + 1] = torch.tensor(tags)
        loss = model(input_ids=inputs, attention_mask=(inputs > 0).long(), labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
    return folder


def make_stanza(folder: Path) -> Path:
    """A Stanza tokenizer, an expander of multi-word tokens and a NER, as `stanza.download` lays them out."""
    import torch
    from stanza.models import mwt_expander, ner_tagger, tokenizer

    torch.set_num_threads(1)
    work = folder / "training"
    work.mkdir(parents=True)
    for part, count, seed in (("train", 400, 1), ("dev", 60, 2)):
        sentences = make_sentences(count, seed)
        _write_stanza_data(work, part, sentences)
    names: dict[str, object] = {"--shorthand": "ar_tiny", "--save_name": "tiny.pt", "--device": "cpu"}
    tokenizer.main(
        _arguments(
            names,
            {
                "--lang": "ar",
                "--txt_file": work / "train.txt",
                "--label_file": work / "train.labels",
                "--mwt_json_file": work / "mwt.json",
                "--dev_txt_file": work / "dev.txt",
                "--dev_label_file": work / "dev.labels",
                "--save_dir": folder / "ar" / "tokenize",
                "--steps": 300,
                "--eval_steps": 100,
                "--max_seqlen": 150,
                "--lr0": 1e-2,
                "--batch_size": 12,
                "--hidden_dim": 32,
            },
        )
    )
    mwt_expander.main(
        _arguments(
            names,
            {
                "--lang": "ar",
                "--train_file": work / "train.conllu",
                "--eval_file": work / "dev.conllu",
                "--gold_file": work / "dev.conllu",
                "--save_dir": folder / "ar" / "mwt",
                "--num_epoch": 3,
            },
        )
    )
    ner_tagger.main(
        [
            *_arguments(
                names,
                {
                    "--train_file": work / "train.json",
                    "--eval_file": work / "dev.json",
                    "--save_dir": folder / "ar" / "ner",
                    "--hidden_dim": 64,
                    "--char_hidden_dim": 32,
                    "--char_emb_dim": 32,
                    "--optim": "adam",
                    "--lr": 5e-3,
                    "--max_steps": 100,
                    "--eval_interval": 50,
                },
            ),
            "--no_pretrain",
        ]
    )
    tiny = {processor: "tiny" for processor in ("tokenize", "mwt", "ner")}
    resources = {"ar": {"lang_name": "Arabic", "packages": {"default": tiny}, **{p: {"tiny": {}} for p in tiny}}}
    (folder / "resources.json").write_text(json.dumps(resources))
    return folder


def _arguments(*options: dict[str, object]) -> list[str]:
    return [str(part) for group in options for pair in group.items() for part in pair]


def _write_stanza_data(work: Path, part: str, sentences: list[Sentence]) -> None:
    """The files that Stanza's three trainers read; a paragraph holds three sentences."""
    text, labels = "", ""
    expansions: dict[tuple[str, str], int] = {}
    conllu: list[str] = []
    for number, sentence in enumerate(sentences):
        at = 0
        marks = ["0"] * len(sentence.text)
        word_id = 0
        for token in sentence.tokens:
            at = sentence.text.index(token.text, at) + len(token.text)
            last = at == len(sentence.text)
            marks[at - 1] = str(1 + last + (2 if token.words else 0))
            words = token.words or (token.text,)
            if token.words:
                key = (token.text, " ".join(words))
                expansions[key] = expansions.get(key, 0) + 1
                conllu.append(f"{word_id + 1}-{word_id + len(words)}\t{token.text}" + "\t_" * 8)
            for word in words:
                head = "0\troot" if word_id == 0 else "1\tdep"
                word_id += 1
                conllu.append(f"{word_id}\t{word}\t_\tX\t_\t_\t{head}\t_\t_")
        conllu.append("")
        end = "\n\n" if number % 3 == 2 else " "
        text += sentence.text + end
        labels += "".join(marks) + ("\n\n" if number % 3 == 2 else "0")
    (work / f"{part}.txt").write_text(text.rstrip() + "\n", encoding="utf-8")
    (work / f"{part}.labels").write_text(labels.rstrip() + "\n", encoding="utf-8")
    (work / f"{part}.conllu").write_text("\n".join(conllu) + "\n", encoding="utf-8")
    ner = [[{"text": t.text, "ner": t.label} for t in s.tokens] for s in sentences]
    (work / f"{part}.json").write_text(json.dumps(ner), encoding="utf-8")
    if part == "train":
        table = [[[token, words.split()], count] for (token, words), count in expansions.items()]
        (work / "mwt.json").write_text(json.dumps(table), encoding="utf-8")


def make_spacy(folder: Path) -> Path:
    """A spaCy pipeline whose NER is trained for a few rounds."""
    import spacy
    from spacy.training import Example

    nlp = spacy.blank("ar")
    spacy.util.fix_random_seed(1)
    ner = nlp.add_pipe("ner")
    examples = []
    for sentence in make_sentences(200, seed=1):
        doc = nlp.make_doc(sentence.text)
        # On whole tokens, as in ANERcorp: the proclitic is part of the name's first token.
        spans = [doc.char_span(*name, alignment_mode="expand") for name in sentence.names]
        entities = [(span.start_char, span.end_char, span.label_) for span in spans]
        examples.append(Example.from_dict(doc, {"entities": entities}))
    for label in ("PER", "ORG", "LOC"):
        ner.add_label(label)
    optimizer = nlp.initialize(lambda: examples)
    draw = random.Random(1)
    for _ in range(6):
        draw.shuffle(examples)
        for start, stop in pairwise(range(0, len(examples) + 1, 20)):
            nlp.update(examples[start:stop], sgd=optimizer, drop=0.1)
    nlp.to_disk(folder)
    return folder
