"""Records for people to look at: a right-to-left page with highlights, and a table for the terminal."""

from kwus_extract.report.page import page, record_html
from kwus_extract.report.table import events_table, summary_table

__all__ = ["events_table", "page", "record_html", "summary_table"]
