"""The models that ship in the package: where they lie, their checksums, their ONNX sessions."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from kwus_extract.errors import ModelError


def model_folder(name: str) -> Path:
    """Where a model lies: in the installed package, else in the repository that this module is part of."""
    package = Path(__file__).parent
    for folder in (package / "_models" / name, package.parents[1] / "models" / name / "model"):
        if folder.is_dir():
            return folder
    raise ModelError(
        f"the package holds no model {name}; install the kwus-extract wheel, or run `make model` in a checkout"
    )


class ModelFolder:
    """A model's files; `about` is its labels.json, which names its labels and the SHA-256 of each file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.about: dict[str, Any] = json.loads((path / "labels.json").read_text(encoding="utf-8"))
            self._sums: dict[str, str] = self.about["sha256"]
            self._name: str = self.about["name"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: labels.json is missing or damaged ({error})") from error

    @property
    def identity(self) -> str:
        """Name of the model and the start of its network's checksum."""
        return f"{self._name}@{self._sums['model.onnx'][:12]}"

    def read(self, file: str) -> bytes:
        """A file, its checksum compared; ModelError where it cannot be read or is damaged."""
        try:
            content = (self.path / file).read_bytes()
        except OSError as error:
            message = f"{self.path / file}: cannot be read ({error.strerror}); reinstall kwus-extract"
            raise ModelError(message) from error
        if hashlib.sha256(content).hexdigest() != self._sums.get(file):
            raise ModelError(f"{self.path / file}: damaged (checksum differs from labels.json); reinstall kwus-extract")
        return content

    def session(self, file: str, *, threads: int = 1) -> Any:
        """An ONNX Runtime session on the CPU."""
        import onnxruntime

        content = self.read(file)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library raises bare exceptions of its own
            raise ModelError(f"{self.path}: the model does not load ({error})") from error
