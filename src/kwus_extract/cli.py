"""The command ``kwus-extract``. What is slow to import is imported in the command that needs it: help comes at once.

Records and other results go to standard output, everything else to standard error. Exit status: 0 all done, 1 some
articles failed, 2 usage or configuration, 3 nothing could be processed, 4 ``check`` below its floor.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kwus_extract import __version__
from kwus_extract.errors import ConfigError, InputError, KwusExtractError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kwus_extract.batch import Summary
    from kwus_extract.io.gold import Gold
    from kwus_extract.io.read import Article
    from kwus_extract.records import ArticleRecord
    from kwus_extract.settings import Settings

_HELP = "Events, people, organisations and dates from Arabic news, every one tied to its exact characters."
app = typer.Typer(name="kwus-extract", help=_HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
rules_app = typer.Typer(help="The event rules.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(rules_app, name="rules")

_TEXTS_NEARBY = ("../shared/gold", "../shared/seeds")
"""Where ``check`` looks for annotated texts that cannot be published, seen from the folder that holds the seeds."""

Inputs = Annotated[list[str], typer.Argument(help="Files, folders (read recursively), or - for standard input.")]
Ner = Annotated[
    str | None, typer.Option(help="What finds names: embedded (default), camel, stanza, spacy, or none (lexicon only).")
]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings.", exists=True, dir_okay=False)]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Worker processes.")]
Texts = Annotated[list[Path] | None, typer.Option(help="File or folder with the texts; can be given more than once.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more, and give the traceback of every failure.")]


def main() -> None:
    """Run the command; what went wrong comes as one line, not as a traceback."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except KwusExtractError as error:
        _say(f"kwus-extract: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _say(f"kwus-extract: {error}")
        sys.exit(2)


@app.command()
def run(
    inputs: Inputs,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help=".jsonl, .json, .csv, .parquet or .duckdb; else standard output."),
    ] = None,
    published: Annotated[str | None, typer.Option(help="Date (YYYY-MM-DD) of all articles that have none.")] = None,
    metadata: Annotated[Path | None, typer.Option(help="CSV or JSONL keyed by id: published, url, source.")] = None,
    jobs: Jobs = 1,
    ner: Ner = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an output that exists.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with it; keep what is unchanged.")] = False,
    config: Config = None,
    max_bytes: Annotated[int | None, typer.Option(help="The largest article that is read.")] = None,
    time_limit: Annotated[float | None, typer.Option(help="Seconds that one article may take.")] = None,
    engine: Annotated[str, typer.Option(help="local, or ray: JSON Lines and Parquet over many machines.")] = "local",
    verbose: Verbose = False,
) -> None:
    """Extract events, people, organisations and dates.

    Every article becomes one record. Those that cannot be processed go to
    OUTPUT.errors.jsonl (standard error without -o), and the run goes on.
    A run that was stopped goes on with --resume.
    """
    from kwus_extract import batch
    from kwus_extract.io.manifest import Manifest
    from kwus_extract.io.read import expected, is_read, read
    from kwus_extract.io.write import Output

    signal.signal(signal.SIGTERM, _terminate)
    if resume and output is None:
        raise ConfigError("--resume: there is nothing to go on with without --output")
    if output is not None and is_read(output, *inputs):
        raise ConfigError(f"{output} is one of the inputs, which records would replace; write them elsewhere")
    settings = _settings(config, verbose, ner=ner, max_bytes=max_bytes, time_limit=time_limit)
    if engine != "local":
        if engine != "ray" or output is None or resume or metadata:
            raise ConfigError("--engine is local or ray; ray needs --output, and knows no --resume and no --metadata")
        from kwus_extract import scale

        summary = scale.run(inputs, str(output), jobs=jobs, settings=settings, published=published, force=force)
        _summarise(summary, output)
        raise typer.Exit(summary.status)
    articles = read(
        *inputs,
        metadata=metadata,
        published=published,
        max_bytes=settings.max_bytes,
        min_arabic=settings.min_arabic,
    )
    keep = "what is finished is kept, and the same command with --resume goes on"
    try:
        made_with = batch.made_with(settings)
        with (
            Manifest(output, made_with, resume=resume, force=force) if output else nullcontext() as manifest,
            Output(output, force=force or resume, keep=True, spare=resume) as out,
            _progress(lambda: expected(*inputs)) as progress,
        ):
            summary = batch.run(articles, out, jobs=jobs, settings=settings, manifest=manifest, progress=progress)
    except KeyboardInterrupt as stop:
        _say(f"interrupted; {keep}" if output else "interrupted")
        raise typer.Exit(143 if isinstance(stop, _Terminated) else 130) from None
    except OutputError as error:
        _say(f"kwus-extract: {error}; {keep}")
        raise typer.Exit(2) from None
    _summarise(summary, output)
    raise typer.Exit(summary.status)


@app.command()
def evaluate(
    records: Annotated[list[str], typer.Argument(help="Records (.jsonl) to score, or articles to extract and score.")],
    gold: Annotated[Path, typer.Option(help="Folder with *.gold.json.", exists=True, file_okay=False)],
    texts: Texts = None,
    jobs: Jobs = 1,
    ner: Ner = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    errors: Annotated[Path | None, typer.Option(help="File for the list of everything that was wrong.")] = None,
) -> None:
    """Score records, or articles, against gold annotation."""
    from kwus_extract.evaluate import match_records, score
    from kwus_extract.io.gold import load_gold, match_texts
    from kwus_extract.io.read import read

    golds = [one for _, one in load_gold(gold)]
    made = _are_records(records)
    sources: list[str | Path] = [*(texts or ())] or ([_texts_beside(gold)] if made else [*records])
    found = match_texts(golds, _articles(read(*sources)))
    if missing := [one.doc.id for one in golds if one.doc.id not in found]:
        raise ConfigError(f"no text for {', '.join(missing)}; give the texts with --texts")
    by_id = {name: article.text for name, article in found.items()}
    if made:
        extracted = match_records(golds, by_id, _read_records(records))
    else:
        extracted = _extract_for(golds, found, jobs, _settings(None, False, ner=ner))
    if missing := [one.doc.id for one in golds if one.doc.id not in extracted]:
        _say(f"no record, which counts as an empty one, for {', '.join(missing)}")
    scores = score(golds, by_id, extracted)
    if errors:
        errors.write_text("".join(f"{fault}\n" for fault in scores.faults), encoding="utf-8")
    figures = scores.as_dict()
    if as_json:
        typer.echo(json.dumps(figures))
        return
    for name, values in figures.items():
        if "f" in values:
            places = f"P {values['p']:.3f}  R {values['r']:.3f}  F1 {values['f']:.3f}"
            typer.echo(f"{name:18} {places}   tp {values['tp']} fp {values['fp']} fn {values['fn']}")
        else:
            typer.echo(
                f"{name:18} accuracy {'–' if values['acc'] is None else format(values['acc'], '.3f')} of {values['n']}"
            )


@app.command()
def check(
    seeds: Annotated[Path, typer.Argument(help="Folder with annotated articles.", exists=True, file_okay=False)],
    texts: Texts = None,
    update: Annotated[bool, typer.Option("--update", help="Raise the floors to what is reached now.")] = False,
    allow_regression: Annotated[
        bool, typer.Option("--allow-regression", help="With --update: lower floors too.")
    ] = False,
    format: Annotated[str, typer.Option(help="text, github or junit.")] = "text",
    jobs: Jobs = 1,
    ner: Ner = None,
) -> None:
    """Score the annotated articles and compare with the floors.

    Exit status 4 below one.
    """
    from kwus_extract import gate

    if format not in ("text", "github", "junit"):
        raise ConfigError(f"--format: {format!r} is none of text, github, junit")
    nearby = [path for name in _TEXTS_NEARBY if (path := seeds.resolve().parent / name).exists()]
    cases, skipped = gate.gather(seeds, texts if texts is not None else nearby)
    if not cases:
        raise ConfigError(
            f"no text for {', '.join(skipped)}, so there is nothing to check; give the texts with --texts"
        )
    articles = {case.gold.doc.id: case.article for case in cases}
    golds = [case.gold for case in cases]
    records = _extract_for(golds, articles, jobs, _settings(None, False, ner=ner))
    floors = seeds / "floors.toml"
    baseline = gate.Baseline.load(floors)
    verdict = gate.judge(cases, records, skipped, baseline)
    typer.echo(gate.report(verdict, format))  # type: ignore[arg-type]
    if update and (allow_regression or not verdict.below):
        gate.updated(verdict, baseline).save(floors)
        _say(f"floors written to {floors}")
    elif verdict.below:
        if update:
            _say("floors are not lowered without --allow-regression")
        raise typer.Exit(4)


@app.command()
def validate(
    records: Annotated[list[str], typer.Argument(help="Records (.jsonl) to look through.")],
    texts: Texts = None,
) -> None:
    """Count records against their schema and spans unlike their text.

    Exit status 1 if there is any, or a text is missing.
    """
    from kwus_extract.validate import validate as look

    found = look(_lines(records), texts or [])
    for fault in found.faults[:20]:
        _say(fault)
    typer.echo(
        f"{found.records} records, {found.invalid} against the schema; {found.spans} spans, {found.wrong} wrong"
        + (f"; {found.without_text} records without a text to compare" if found.without_text else "")
    )
    raise typer.Exit(1 if found.invalid or found.wrong or found.without_text else 0)


@app.command()
def report(
    records: Annotated[list[str], typer.Argument(help="Records (.jsonl) to show.")],
    texts: Texts = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="HTML file; else a table on the terminal.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an output that exists.")] = False,
) -> None:
    """Show records as a table or a right-to-left HTML page."""
    from rich.console import Console

    from kwus_extract.io.gold import sha256
    from kwus_extract.io.read import read
    from kwus_extract.report import events_table, page

    if output is None:
        console = Console(width=None if sys.stdout.isatty() else 140)
        console.print(events_table(_read_records(records)))
        return
    if output.exists() and not force:
        raise ConfigError(f"{output} exists; --force replaces it")
    by_checksum = {sha256(article.text): article.text for article in _articles(read(*(texts or ())))}
    pieces = page((record, by_checksum.get(record.source.sha256)) for record in _read_records(records))
    with output.open("w", encoding="utf-8") as stream:
        stream.writelines(pieces)


@app.command()
def convert(
    inputs: Annotated[list[Path], typer.Argument(help="Records, tables, gold, brat folders or Label Studio exports.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File, or folder for brat and gold.")],
    to: Annotated[
        str | None, typer.Option(help="Format where the ending does not say it: brat, labelstudio, gold.")
    ] = None,
    texts: Texts = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Write records or gold in another format.

    By ending: .jsonl, .json, .csv, .parquet, .duckdb, .spacy (DocBin) and
    .conll (IOB2). brat, Label Studio, spaCy and CoNLL need the --texts.
    """
    from kwus_extract import convert as converting

    if to is not None and to not in converting.FORMATS:
        raise ConfigError(f"--to: {to!r} is none of {', '.join(converting.FORMATS)}")
    count = converting.convert(inputs, output, to=to, texts=texts or (), force=force)
    _say(f"{count} in {output}")


@app.command()
def schema(
    kind: Annotated[str, typer.Option(help="record, gold or rules.")] = "record",
    write: Annotated[Path | None, typer.Option(help="Folder to write all three schemas to.")] = None,
) -> None:
    """Print the JSON Schema of records, gold or rules."""
    from kwus_extract import schema as schemas

    if write is not None:
        schemas.write_all(write)
    else:
        typer.echo(schemas.text(kind), nl=False)  # type: ignore[arg-type]


@rules_app.command("check")
def rules_check() -> None:
    """Check every rule against its own examples and counter-examples.

    Exit status 1 if one fails.
    """
    from kwus_extract.events.rules import check_rules
    from kwus_extract.pipeline import load

    problems = check_rules(load(network=False))
    for problem in problems:
        typer.echo(problem)
    typer.echo(f"{len(problems)} problems" if problems else "all rules hold on their examples and counter-examples")
    raise typer.Exit(1 if problems else 0)


@app.command()
def explain(
    text: Annotated[str, typer.Argument(help="A sentence, a text file, or - for standard input.")],
    published: Annotated[str | None, typer.Option(help="Date of publication (YYYY-MM-DD).")] = None,
    ner: Ner = None,
) -> None:
    """Show which rules made which events of a text, and why."""
    from kwus_extract.events.explain import explain as tell
    from kwus_extract.io.read import as_day, read
    from kwus_extract.pipeline import load

    try:
        day = as_day(published)
    except ValueError as error:
        raise ConfigError(f"--published: {error}") from None
    if text == "-" or _is_file(text):
        article = next(read(text))
        if isinstance(article, InputError):
            raise article
        text, day = article.text, day or article.published
    settings = _settings(None, False, ner=ner)
    typer.echo(tell(load(ner=settings.ner, model=settings.model), text, day))


def _is_file(text: str) -> bool:
    """Whether what may be a sentence is the path of a file: one too long for a name is none."""
    try:
        return Path(text).is_file()
    except OSError:
        return False


@app.command()
def info() -> None:
    """Show versions, model, rules, lexicon and extras."""
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    def installed(package: str) -> str:
        try:
            return version(package)
        except PackageNotFoundError:
            return "–"

    lines: dict[str, Any] = {"kwus-extract": __version__, "python": sys.version.split()[0]}
    lines |= {package: installed(package) for package in ("spacy", "onnxruntime", "pydantic")}
    try:
        from kwus_extract.entities.backends.embedded import EmbeddedBackend

        lines["model"] = EmbeddedBackend().identity
    except KwusExtractError as error:
        lines["model"] = f"none: {error}"
    from kwus_extract.events.rules import load_rules

    lines["rules"] = ", ".join(f"{file.type} {len(file.rules)}" for file in load_rules())
    lexicon = Path(__file__).parent / "lexicon"
    lines["lexicon"] = ", ".join(
        f"{path.name} {path.stat().st_size:,} bytes" for path in sorted(lexicon.glob("*.*")) if path.suffix != ".py"
    )
    extras = {"camel": "camel_tools", "stanza": "stanza", "html": "trafilatura", "tables": "pyarrow", "scale": "ray"}
    lines["extras"] = ", ".join(f"{name} {'yes' if find_spec(module) else 'no'}" for name, module in extras.items())
    for name, value in lines.items():
        typer.echo(f"{name:14} {value}")


@app.callback(invoke_without_command=True)
def _top(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


# -- shared by the commands ------------------------------------------------------------------------------------------


def _say(message: str) -> None:
    print(message, file=sys.stderr)


def _settings(config: Path | None, verbose: bool, **given: Any) -> Settings:
    from kwus_extract.settings import Settings

    if verbose:
        logging.getLogger("kwus_extract").setLevel(logging.INFO)
    return Settings.load(config, **given)


class _Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a run as Ctrl-C does."""


def _terminate(number: int, frame: object) -> None:
    raise _Terminated


@contextmanager
def _progress(count: Callable[[], int | None]) -> Iterator[Callable[[Summary], None]]:
    """A line that counts on a terminal, with the time left; elsewhere one a minute, and only in the log."""

    def told(summary: Summary) -> str:
        done = summary.records + summary.failures.total()
        rate = summary.words / summary.seconds if summary.seconds else 0.0
        failed = f", {summary.failures.total():,} failed" if summary.failures else ""
        return f"{done:,} articles{failed}, {rate:,.0f} words/s"

    if not sys.stderr.isatty():
        last = 0.0

        def say(summary: Summary) -> None:
            nonlocal last
            if summary.seconds - last >= 60:
                last = summary.seconds
                logging.getLogger(__name__).info("%s", told(summary))

        yield say
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("left"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("loading", total=count())

        def show(summary: Summary) -> None:
            done = summary.records + summary.failures.total()
            progress.update(task, completed=done, description=told(summary))

        yield show


def _summarise(summary: Summary, output: Path | None) -> None:
    from rich.console import Console
    from rich.text import Text

    from kwus_extract.report import summary_table

    speed = f"{summary.words / summary.seconds:,.0f}" if summary.seconds else "–"
    rows = [
        ("records", f"{summary.records:,}"),
        *([("  kept", f"{summary.kept:,}")] if summary.kept else ()),
        ("failed", f"{summary.failures.total():,}"),
        ("words", f"{summary.words:,}"),
        ("words/s", speed),
        ("events", f"{summary.events.total():,}"),
    ]
    console = Console(stderr=True)
    console.print(summary_table(rows, events=summary.events, failures=summary.failures))
    if output is not None:
        places = f"records in {output}" + (f", failures in {output}.errors.jsonl" if summary.failures else "")
        console.print(Text(places, style="dim"))  # as it is: brackets in a path are no markup


def _articles(items: Iterable[Article | InputError]) -> Iterator[Article]:
    return (item for item in items if not isinstance(item, InputError))


def _extract_for(
    golds: list[Gold], articles: dict[str, Article], jobs: int, settings: Settings
) -> dict[str, ArticleRecord]:
    """The records of annotated articles, under the id and with the date that the gold gives them."""
    from dataclasses import replace

    from kwus_extract.batch import process

    dated = []
    for gold in golds:
        article, given = articles[gold.doc.id], gold.doc.published
        basis = "given" if given else article.published_basis
        dated.append(replace(article, id=gold.doc.id, published=given or article.published, published_basis=basis))
    records = {}
    for result in process(dated, jobs=jobs, settings=settings):
        if isinstance(result, InputError):
            _say(f"{result.input}: {result.stage}: {result.code}: {result.message}")
        else:
            records[result.doc_id] = result
    return records


def _texts_beside(gold: Path) -> Path:
    """Where texts stand by custom: among the gold, or in ``texts.jsonl`` next to its folder."""
    listed = gold.resolve().parent / "texts.jsonl"
    return listed if listed.exists() else gold


def _lines(paths: list[str]) -> Iterator[bytes]:
    for path in paths:
        if path == "-":
            yield from sys.stdin.buffer
        else:
            with open(path, "rb") as stream:
                yield from (line for line in stream if line.strip())


def _are_records(paths: list[str]) -> bool:
    """Whether the first file holds records, not articles."""
    if not paths[0].endswith(".jsonl") or not os.path.isfile(paths[0]):
        return False
    return b'"schema_version"' in next(_lines(paths[:1]), b"")[:200]


def _read_records(paths: list[str]) -> Iterator[ArticleRecord]:
    from pydantic import ValidationError

    from kwus_extract.records import ArticleRecord

    for path in paths:
        for number, line in enumerate(_lines([path]), start=1):
            try:
                yield ArticleRecord.model_validate_json(line)
            except ValidationError as error:
                raise ConfigError(f"{path}: record {number} is not valid: {error.errors()[0]['msg']}") from None
