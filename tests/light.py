"""The command with a pipeline that weighs nothing, for tests that start and kill it many times.

Workers are started with spawn, so they import this file too and get the same pipeline. A text can ask for trouble.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
import types
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from kwus_extract import resources
from kwus_extract.records import ArticleRecord

if TYPE_CHECKING:
    from kwus_extract.io.read import Article

KILLS, HANGS = "يقتل العامل", "يتوقف العامل"


def extract_article(nlp: object, article: Article) -> ArticleRecord:
    if KILLS in article.text:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(600 if HANGS in article.text else 0.003)
    word = article.text.split()[0]
    return ArticleRecord.model_validate(
        {
            "doc_id": article.id,
            "source": {"path": article.path, "sha256": hashlib.sha256(article.text.encode()).hexdigest()},
            "title": {"text": article.text, "start": 0, "end": len(article.text)},
            "events": [
                {
                    "id": "e1",
                    "type": "visit",
                    "status": "occurred",
                    "triggers": [{"text": word, "start": 0, "end": len(word)}],
                    "roles": {},
                    "rule": "light",
                    "confidence": 0.5,
                }
            ],
            "provenance": {"version": "0", "pipeline": "light", "model": "none", "config_sha256": "0"},
        }
    )


class Pipeline:
    """What a worker asks of a spaCy Language."""

    def __call__(self, text: str) -> None:
        return None

    def memory_zone(self) -> AbstractContextManager[None]:
        return nullcontext()


if __name__ in ("__main__", "__mp_main__"):  # the command and its workers, not the tests that only read the words above
    pipeline = types.ModuleType("kwus_extract.pipeline")
    pipeline.load = lambda **options: Pipeline()  # type: ignore[attr-defined]
    pipeline.extract_article = extract_article  # type: ignore[attr-defined]
    sys.modules["kwus_extract.pipeline"] = pipeline
    resources.checksum = lambda path: "light"  # the package may be worked on while its tests run

if __name__ == "__main__":
    from kwus_extract.cli import main

    main()
