"""The words of the field: countries, bodies, places, posts and verbs, as YAML data beside the modules that read them."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1)
def country_names() -> dict[str, tuple[str, ...]]:
    """Arabic names of the countries by ISO code, from the CLDR tables that Babel carries."""
    from babel import Locale

    territories = Locale.parse("ar").territories
    return {code: (name,) for code, name in territories.items() if len(code) == 2 and code.isalpha()}
