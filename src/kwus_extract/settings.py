"""Settings: defaults, then a TOML file, then ``KWUS_EXTRACT_…`` variables, then what the caller says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from kwus_extract.errors import ConfigError
from kwus_extract.io.read import MAX_BYTES, MIN_ARABIC

PREFIX = "KWUS_EXTRACT_"


class Settings(BaseSettings):
    """What can be set about a run; every field is also the environment variable ``KWUS_EXTRACT_<FIELD>``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    ner: Literal["embedded", "camel", "stanza", "spacy", "none"] = Field(
        "embedded", description="What finds names: the model in the package, another library, or the lexicon alone"
    )
    model: str | None = Field(None, description="Where that model lies, when it is not in its usual place")
    max_bytes: int = Field(MAX_BYTES, ge=1, description="The largest article that is read, in bytes of UTF-8")
    min_arabic: float = Field(MIN_ARABIC, ge=0, le=1, description="The least share of letters that are Arabic")
    time_limit: float = Field(120.0, gt=0, description="Seconds that one article may take before it is given up")

    @classmethod
    def load(cls, config: Path | None = None, **given: Any) -> Settings:
        """The settings of a run; an option that is None counts as not given. Raises ConfigError naming the fault."""
        values: dict[str, Any] = {}
        origin = "settings"
        if config is not None:
            origin = str(config)
            try:
                values = tomllib.loads(config.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
                raise ConfigError(f"{config}: {error}") from None
        options = {key: value for key, value in given.items() if value is not None}
        try:
            # pydantic-settings puts arguments above the environment; the file has to come below it.
            from_environment = cls().model_dump(exclude_unset=True)
            return cls(**{**values, **from_environment, **options})
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise ConfigError(f"{origin}: {faults} (known: {', '.join(cls.model_fields)})") from None
