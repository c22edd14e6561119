"""Public holidays of a country or a part of it, by year: what a calendar may be closed on.

The only place that knows the library. What it proposes is a proposal: people accept dates, the terms keep dates.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib import resources
from typing import NamedTuple

import holidays


class Holiday(NamedTuple):
    day: date
    name: str


@cache
def countries() -> dict[str, str]:
    """The ISO 3166 codes of two letters that are known, with the English name of each, by name."""
    lines = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8").splitlines()
    names = dict(line.split("\t") for line in lines if not line.startswith("#"))
    known = {code: names.get(code, code) for code in holidays.list_supported_countries(include_aliases=False)}
    return dict(sorted(known.items(), key=lambda pair: pair[1]))


@cache
def parts(country: str) -> dict[str, str]:
    """The codes of the parts of a country that have holidays of their own, with the name of each, by name.

    The longest of a part's names, which is no abbreviation; its code where the library knows none. None for an
    unknown country.
    """
    codes = holidays.list_supported_countries(include_aliases=False).get(country, [])
    names = {code: code for code in codes}
    for name, code in getattr(holidays, country).subdivisions_aliases.items() if codes else ():
        names[code] = max(name, names.get(code, ""), key=lambda each: (each != code, len(each)))
    return dict(sorted(((code, names[code]) for code in codes), key=lambda pair: pair[1].casefold()))


def proposed(place: str, years: Iterable[int]) -> list[Holiday]:
    """The public holidays of a place such as "DE" or "GB-ENG", in order, named in English.

    A date that is known by two names is given once. Raises ValueError for a place that is not known.
    """
    country, _dash, part = place.partition("-")
    if country not in countries() or (part and part not in parts(country)):
        raise ValueError(f"no holidays are known of {place}")
    spoken = getattr(holidays, country).supported_languages
    english = next((each for each in spoken if each.startswith("en")), None)
    found = holidays.country_holidays(country, subdiv=part or None, years=years, language=english)
    return [Holiday(day, name) for day, name in sorted(found.items())]
