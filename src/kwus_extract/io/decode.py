"""From bytes to text: which encoding an Arabic file is in, and whether it is text at all."""

from __future__ import annotations

import codecs
import re
import unicodedata

from kwus_extract.errors import InputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)
_MAGIC = (b"\x89PNG", b"%PDF-", b"PK\x03\x04", b"\xff\xd8\xff", b"\x7fELF", b"GIF8", b"\x1f\x8b", b"PAR1")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_SINGLE_BYTE = ["cp1256", "iso8859_6"]
_NAMES = {"cp1256": "windows-1256", "iso8859_6": "iso-8859-6"}
_ARABIC = re.compile(r"[\u0621-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")
_LETTER = re.compile(r"[^\W\d_]")
_SAMPLE = 64 * 1024


def decode(data: bytes, *, name: str, declared: str | None = None) -> tuple[str, str]:
    """The text of ``data`` without its byte order mark, and the name of the encoding it was in.

    Tried in turn: the byte order mark, UTF-16 without one, UTF-8, ``declared`` (what a web page says of itself),
    then windows-1256 against ISO-8859-6 by what the letters would read like. Line ends stay as they are.

    >>> decode("قال الوزير".encode("windows-1256"), name="a.txt")
    ('قال الوزير', 'windows-1256')

    Raises InputError with code ``binary`` for what is no text, ``undecodable`` for text in no encoding that fits.
    """
    for mark, encoding, codec in _BOMS:
        if data.startswith(mark):
            return _checked(_strict(data, codec, name), name), encoding
    if data.startswith(_MAGIC):
        raise InputError(name, "binary", "this is a binary file, not text")
    if utf16 := _utf16(data):
        return _checked(_strict(data, utf16, name), name), utf16
    try:
        return _checked(data.decode("utf-8"), name), "utf-8"
    except UnicodeDecodeError as error:
        if b"\0" in data:
            raise InputError(name, "binary", "this is a binary file, not text") from None
        at = error.start
    if declared and (text := _declared(data, declared)):
        return _checked(text, name), declared.lower()
    if found := _single_byte(data):
        return _checked(found[0], name), found[1]
    if len(_CONTROL.findall(data[:_SAMPLE].decode("latin-1"))) > 0.02 * len(data[:_SAMPLE]):
        raise InputError(name, "binary", "this is a binary file, not text")
    message = f"not UTF-8 (byte {at}), and it does not read as windows-1256, ISO-8859-6 or UTF-16 either"
    raise InputError(name, "undecodable", message)


def sniff(head: bytes, *, name: str) -> str:
    """The codec to open a file with that begins with ``head``, which may end in the middle of a character."""
    for mark, _, codec in _BOMS:
        if head.startswith(mark):
            return codec
    if utf16 := _utf16(head[: len(head) // 2 * 2]):
        return utf16
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        return "utf-8"
    except UnicodeDecodeError:
        return decode(head, name=name)[1]


def check_article_text(text: str, *, name: str, min_arabic: float) -> None:
    """Raise InputError for a text that holds nothing to extract: ``empty``, ``blank``, ``not-arabic`` or ``malformed``.

    ``min_arabic`` is the least share of Arabic letters among all letters.
    """
    if not text:
        raise InputError(name, "empty", "there is no text in it")
    letters, arabic = len(_LETTER.findall(text)), len(_ARABIC.findall(text))
    if not letters and all(unicodedata.category(char)[0] in "ZC" for char in text):
        raise InputError(name, "blank", "there is only white space in it")
    if arabic < max(1, min_arabic * letters):
        raise InputError(name, "not-arabic", f"{arabic} of its {letters} letters are Arabic")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(name, "malformed", f"half a surrogate pair at character {error.start}") from None


def _strict(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise InputError(name, "undecodable", f"marked as {codec}, but byte {error.start} does not fit") from None


def _checked(text: str, name: str) -> str:
    """The text, unless control characters show that it never was one."""
    sample = text[:_SAMPLE]
    if len(_CONTROL.findall(sample)) > 0.01 * len(sample):
        raise InputError(name, "binary", "this is a binary file, not text")
    return text


def _utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: Arabic letters have the high byte 06, so that every second byte is one."""
    if len(data) < 4 or len(data) % 2:
        return None
    sample = data[:_SAMPLE]
    for codec, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if high.count(6) + high.count(0) > 0.9 * len(high) and high.count(6) > 0.3 * len(high):
            return codec
    return None


def _declared(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return None


def _single_byte(data: bytes) -> tuple[str, str] | None:
    from charset_normalizer import from_bytes  # slow to import, and needed for old files only

    best = from_bytes(data[:_SAMPLE], cp_isolation=_SINGLE_BYTE).best()
    if best is None or best.encoding not in _SINGLE_BYTE:
        return None
    text = data.decode(best.encoding, errors="replace")
    arabic = _ARABIC.findall(text)
    # Broken UTF-8 read as windows-1256 alternates with ط and ظ, the bytes D8 and D9 that begin every Arabic letter.
    if "\ufffd" in text or len(arabic) < 0.3 * sum(map(str.isalpha, text)):
        return None
    if sum(char in "طظ" for char in arabic) > 0.25 * len(arabic):
        return None
    return text, _NAMES[best.encoding]
