"""Reading the package's YAML data: the one way in which rules, lexicons and word lists are loaded.

Every file is validated when it is loaded: a duplicate key, an unknown field or a letter that only looks Arabic is an
error that names the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from kwus_extract.errors import RuleError

T = TypeVar("T")

LOOK_ALIKES = set("کیےھہۀ\u200c\u200e\u200f\u202a\u202b\u202c")
"""Letters and marks that look like Arabic ones, or like nothing, and would make an entry that never matches."""


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """YAML loader for which a repeated key is an error, and for which `no`, `on` and country codes stay words."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    out: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in out:
            raise RuleError(f"line {key_node.start_mark.line + 1}: duplicate key {key!r}")
        out[key] = loader.construct_object(value_node, deep=True)
    return out


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str, shape: type[T], *, name: str) -> T:
    """Data of type ``shape`` out of the YAML ``text``; ``name`` is what error messages call it.

    Raises RuleError on bad YAML, duplicate keys, look-alike letters, or data that does not have the shape.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if found := LOOK_ALIKES & set(line.split("#")[0]):
            raise RuleError(f"{name}: line {number}: look-alike character {min(found)!r}")
    try:
        return TypeAdapter(shape).validate_python(yaml.load(text, Loader=_Loader))
    except (yaml.YAMLError, RuleError, ValidationError) as error:
        raise RuleError(f"{name}: {error}") from error


def load(package: str, name: str, shape: type[T]) -> T:
    """The YAML file ``name`` beside ``package``, as ``shape``."""
    return parse(files(package).joinpath(name).read_text(encoding="utf-8"), shape, name=name)


def checksum(path: Path) -> str:
    """The SHA-256 of a file, or of the names and contents of all in a folder but what Python has compiled there."""
    total = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file() and "__pycache__" not in file.parts:
            total.update(str(file.relative_to(path)).encode(errors="surrogateescape") + b"\0")
            with file.open("rb") as stream:
                total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()
