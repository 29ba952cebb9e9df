"""The exceptions of the package: one tree, so that a caller can catch all of it or one kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class KwusExtractError(Exception):
    """Base of every error that the package raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are rebuilt from their message alone, which is not what ours are made of.
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[KwusExtractError], args: tuple[Any, ...], fields: dict[str, Any]) -> KwusExtractError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class ConfigError(KwusExtractError):
    """A setting, an option or a rule file is wrong; the message names it and says what is allowed."""


class RuleError(ConfigError):
    """A rule or lexicon file does not validate; the message names file, entry and reason."""


class ModelError(KwusExtractError):
    """A model is missing, damaged or does not fit this version; the message says how to get it."""


class MissingExtra(KwusExtractError):
    """An optional dependency is not installed; the message holds the exact install command."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install 'kwus-extract[{extra}]'")


class OutputError(KwusExtractError):
    """A file of the output cannot be written; the message names it and says why."""

    def __init__(self, path: Path, error: Exception) -> None:
        reason = error.strerror if isinstance(error, OSError) else None
        super().__init__(f"{path}: cannot be written: {reason or error}")


class InputError(KwusExtractError):
    """One input cannot be processed.

    ``code`` is one of ``empty``, ``blank``, ``not-arabic``, ``binary``, ``undecodable``, ``too-large``,
    ``malformed``, ``unreadable``, ``symlink-loop``, ``unsupported``; ``stage`` is where it was found.
    """

    def __init__(self, input: str, code: str, message: str, *, stage: str = "read") -> None:
        super().__init__(f"{input}: {message}")
        self.input = input
        self.code = code
        self.message = message
        self.stage = stage
