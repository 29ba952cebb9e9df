"""Records and summaries as rich tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections import Counter

    from kwus_extract.records import ArticleRecord


def events_table(records: Iterable[ArticleRecord]) -> Table:
    """One line an event: article, type, status, date, and who and where; articles with none are listed as such."""
    table = Table("article", "event", "status", "date", "who and where", title="Events", show_lines=False)
    for record in records:
        article = escape(record.doc_id)
        if not record.events:
            table.add_row(article, "–", "", "", "")
        for event in record.events:
            roles = [
                f"[dim]{role}[/dim] {'، '.join(escape(filler.text) for filler in fillers)}"
                for role, fillers in event.roles
                if fillers
            ]
            name = f"{event.type}\n[dim]{escape(event.triggers[0].text)}[/dim]"
            table.add_row(article, name, event.status, event.date.value if event.date else "", "\n".join(roles))
            article = ""
        table.add_section()
    return table


def summary_table(rows: Iterable[tuple[str, str]], *, events: Counter[str], failures: Counter[str]) -> Table:
    """The figures of a run: given rows, then events by type and failures by code."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, value in rows:
        table.add_row(name, value)
    for kind, count in sorted(events.items()):
        table.add_row(f"  {kind}", f"{count:,}")
    for code, count in sorted(failures.items()):
        table.add_row(f"[red]  {code}[/red]", f"{count:,}")
    return table
