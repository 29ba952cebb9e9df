"""The manifest of an output: what a run has finished, kept beside it so that a later run need not do it again.

One line an article: the digest of all that its record depends on, and the record itself, packed. So a resumed run makes
its output, in whatever format, as an uninterrupted one would, and only takes what it can from here instead of working
it out. A line is written when its article is done and never changed: a process that is killed leaves whole lines, or a
last one cut short, which the next run drops. That also is why nothing waits for the disk (fsync): after a power cut
the lines that did not get there, or not whole (each has zlib's checksum), are worked out again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from dataclasses import fields
from pathlib import Path

from kwus_extract.errors import ConfigError, OutputError
from kwus_extract.io.read import Article
from kwus_extract.records import ArticleRecord

_KEY = 16
"""Bytes of a digest: two articles of an archive never share one, and the index of 100,000 takes some 15 MB."""


class Manifest:
    """The finished articles of one output; a context manager that one process at a time can hold.

    ``made_with`` says everything beside the article that its record depends on. Raises ConfigError when there is an
    output, or one that was begun, and neither ``resume`` (keep what is unchanged) nor ``force`` (begin anew) is set.
    """

    def __init__(self, output: Path, made_with: str, *, resume: bool = False, force: bool = False) -> None:
        self.path = output.with_name(f"{output.name}.manifest")
        self._made_with = made_with
        self._places: dict[bytes, int] = {}
        self._dropped: set[int] = set()
        self._all_seen = True
        begun = self.path.exists()
        if resume and force:
            raise ConfigError("--resume keeps what is there, --force replaces it; give one of them")
        if resume and output.exists() and not begun:
            raise ConfigError(f"{output} exists without {self.path}, so nothing can be kept; --force replaces it")
        if output.exists() and not (resume or force):
            raise ConfigError(f"{output} exists; --resume keeps what is unchanged, --force replaces it")
        if begun and not (resume or force):
            raise ConfigError(
                f"{self.path} is of a run that was stopped; --resume goes on with it, --force begins anew"
            )
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab", buffering=0)
            self._reader = self.path.open("rb")
        except OSError as error:
            raise ConfigError(f"{self.path}: {error.strerror or error}") from None
        if not _locked(self._file.fileno()):
            raise ConfigError(f"{output}: another run is writing it")
        self._end = self._recovered() if resume else 0
        self._file.truncate(self._end)

    def _recovered(self) -> int:
        """Index the lines that are there; where the whole ones end."""
        end = 0
        for line in self._reader:
            if not line.endswith(b"\n"):
                break
            try:
                key = bytes.fromhex(line[: 2 * _KEY].decode("ascii"))
            except ValueError:
                self._dropped.add(end)
            else:
                if key in self._places:
                    self._dropped.add(self._places[key])
                self._places[key] = end
            end += len(line)
        return end

    def key(self, article: Article) -> bytes:
        """The digest of all that the article's record depends on."""
        given = [self._made_with, *(getattr(article, field.name) for field in fields(article))]
        return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).digest()[:_KEY]

    def take(self, key: bytes) -> ArticleRecord | None:
        """The record that an earlier run has made under this key, once; what is never taken goes when the run ends."""
        place = self._places.pop(key, None)
        if place is None:
            return None
        self._reader.seek(place)
        try:
            packed = base64.b64decode(self._reader.readline()[2 * _KEY + 1 :], validate=False)
            return ArticleRecord.model_validate_json(zlib.decompress(packed))
        except (ValueError, zlib.error):  # spoilt on the disk, or of another version: it is made again
            self._dropped.add(place)
            return None

    def keep_untaken(self) -> None:
        """Let what nobody has taken stay when the run ends: not all input could be read, and it may be of that part."""
        self._all_seen = False

    def put(self, key: bytes, record: ArticleRecord) -> None:
        """Keep a record. Raises OutputError when it cannot be written; the file then ends with the one before."""
        packed = base64.b64encode(zlib.compress(record.to_json().encode()))
        line = memoryview(b"%s %s\n" % (key.hex().encode(), packed))
        size = len(line)
        try:
            while line:  # a disk that gets full takes a part, and refuses at the second try
                line = line[self._file.write(line) :]
        except OSError as error:
            self._file.truncate(self._end)
            raise OutputError(self.path, error) from error
        self._end += size

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                if self._all_seen:
                    self._dropped.update(self._places.values())
                if self._dropped:
                    self._compact()
            elif not self._end:
                self.path.unlink(missing_ok=True)
        finally:
            self._reader.close()
            self._file.close()

    def _compact(self) -> None:
        """Drop the lines of articles that have changed or gone, or an archive that grows would keep them for ever."""
        part = self.path.with_name(f".{self.path.name}.part")
        try:
            with part.open("wb") as stream:
                self._reader.seek(0)
                place = 0
                for line in self._reader:
                    if place not in self._dropped:
                        stream.write(line)
                    place += len(line)
            os.replace(part, self.path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise OutputError(self.path, error) from error


def _locked(descriptor: int) -> bool:
    """Whether this process now is the only one that holds the file; where there are no such locks, it is."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        pass
    return True
