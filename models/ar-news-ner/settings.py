"""config.toml, read once, its paths made absolute."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).parent


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Settings:
    """What config.toml says; `training` holds the table of that name as it stands there."""

    base_package: str
    base_sha256: str
    sample: int
    min_count: int
    positions: int
    build: Path
    annotation: Path
    news: list[Path]
    standoff: Path
    aner_train: list[Path]
    aner_dev: Path
    training: dict[str, Any]

    @classmethod
    def load(cls, path: Path = HERE / "config.toml") -> Self:
        """Read the file; the build folder is made."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        base, data = table["base"], table["data"]
        shared = HERE / data["shared"]
        build = HERE / data["build"]
        build.mkdir(exist_ok=True)
        return cls(
            base_package=base["package"],
            base_sha256=base["sha256"],
            sample=base["sample"],
            min_count=base["min_count"],
            positions=base["positions"],
            build=build,
            annotation=HERE / data["annotation"],
            news=[shared / p for p in data["news"]],
            standoff=shared / data["standoff"],
            aner_train=[shared / p for p in data["aner_train"]],
            aner_dev=shared / data["aner_dev"],
            training=table["training"],
        )
