"""Personal names of the world's languages, as Faker (MIT) collects them: what may be a name, never what must be one."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType

__all__ = ["chinese_given", "chinese_surnames", "given_names", "surnames"]

LATIN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\Z")
CHINESE = re.compile(r"[\u4e00-\u9fff]+\Z")


@cache
def given_names() -> frozenset[str]:
    """Given names in Latin letters, in lower case (about 21,000)."""
    return frozenset(_latin("first"))


@cache
def surnames() -> frozenset[str]:
    """Surnames in Latin letters, in lower case (about 22,000)."""
    return frozenset(_latin("last"))


@cache
def chinese_surnames() -> frozenset[str]:
    """Chinese surnames (about 475; some of two characters)."""
    return frozenset(name for name in _listed("last", "zh_") if CHINESE.match(name))


@cache
def chinese_given() -> frozenset[str]:
    """The characters of Chinese given names."""
    return frozenset(char for name in _listed("first", "zh_") if CHINESE.match(name) for char in name)


def _latin(which: str) -> Iterator[str]:
    for name in _listed(which):
        for part in name.split():
            if len(part) > 1 and LATIN.match(part) and part.isascii() | ("\u00c0" <= max(part) <= "\u024f"):
                yield part.lower()


def _listed(which: str, locale: str = "") -> Iterator[str]:
    """All entries of the lists `first_names...` or `last_names...` of Faker's locales."""
    import faker.providers.person as persons

    for info in pkgutil.iter_modules(persons.__path__, "faker.providers.person."):
        if info.name.rpartition(".")[2].startswith(locale):
            yield from _names(import_module(info.name), which)


def _names(module: ModuleType, which: str) -> Iterator[str]:
    provider = module.Provider
    for attribute in dir(provider):
        if re.fullmatch(rf"{which}_(?:romanized_)?names?(?:_[a-z_]+)?", attribute):
            listed = getattr(provider, attribute)
            if not callable(listed) and not isinstance(listed, property):
                yield from (name for name in listed if isinstance(name, str))
