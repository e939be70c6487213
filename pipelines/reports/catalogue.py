"""Words in the reader's language: messages from gettext catalogues, filled with typed values.

Catalogues are every ``*.po`` in ``report_templates/locale/<language>/``, merged; an English sentence is its own msgid. A message
that a Chinese catalogue lacks is an error, never an English sentence on a Chinese page. Names as delivered are never converted.
How numbers look belongs to ``formats``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

from babel.messages.pofile import read_po

from pipelines.contracts.model import Language, Text
from pipelines.errors import ClosebookError
from pipelines.reports.formats import NULL, Reader
from pipelines.reports.model import Count, Date, Listing, Message, Name, PeriodName, PeriodRange, Unit, Value

LOCALE = Path(__file__).parents[2] / "report_templates" / "locale"
FOLDERS: dict[Language, str] = {"zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant", "en": "en"}


class MissingTranslationError(ClosebookError):
    """A message that the language's catalogues do not have."""


@dataclass(frozen=True)
class Catalogue:
    """The messages of one language: msgid → forms (one; or singular and plural)."""

    language: Language
    messages: dict[str, tuple[str, ...]]

    def text(self, message: Message) -> str:
        """The sentence with its places still open. Raises ``MissingTranslationError``."""
        forms = self.messages.get(message.msgid)
        if forms is None:
            if self.language != "en":
                raise MissingTranslationError(
                    f"No {self.language} translation of '{message.msgid}'. "
                    f"Add it to a .po file in {LOCALE.name}/{FOLDERS[self.language]}."
                )
            forms = (message.msgid, message.plural or message.msgid)
        if message.plural is None:
            return forms[0]
        count = message.values.get("n")
        if not isinstance(count, Count):
            raise ValueError(f"the message '{message.msgid}' has a plural but no count n")
        return forms[-1] if count.value != 1 else forms[0]


@cache
def catalogue(language: Language) -> Catalogue:
    """The merged catalogues of ``language``. Two files that translate one message differently are refused."""
    messages: dict[str, tuple[str, ...]] = {}
    for path in sorted((LOCALE / FOLDERS[language]).glob("*.po")):
        with path.open("rb") as handle:
            for entry in read_po(handle, locale=FOLDERS[language]):
                if not entry.id:
                    continue
                msgid = entry.id if isinstance(entry.id, str) else entry.id[0]
                forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
                if not forms or not all(forms):
                    continue
                if messages.setdefault(msgid, forms) != forms:
                    raise ValueError(f"{path.name} translates '{msgid}' differently from another catalogue of {language}")
    return Catalogue(language, messages)


def said(value: Value, reader: Reader) -> str:
    """Words or a value, in the reader's language."""
    match value:
        case Message():
            text = catalogue(reader.language).text(value)
            return _FILL.format(text, **{name: said(inner, reader) for name, inner in value.values.items()})
        case Text():
            return value.said(reader.language)
        case Name():
            return value.text or NULL
        case Date():
            return reader.day(value)
        case PeriodName():
            return reader.period(value)
        case PeriodRange():
            return reader.period_range(value)
        case Unit():
            return reader.unit_name if value.unit == "page" else reader.currency_name
        case Listing():
            return joined([said(item, reader) for item in value.items], reader.language)
        case _:
            return reader.spelt(value)


def joined(items: list[str], language: Language) -> str:
    """Several names as one phrase.

    >>> joined(["a", "b", "c"], "en"), joined(["甲", "乙", "丙"], "zh-Hans")
    ('a, b and c', '甲、乙和丙')
    """
    if len(items) < 2:
        return "".join(items)
    head, last = items[:-1], items[-1]
    if language == "en":
        return f"{', '.join(head)} and {last}"
    return f"{'、'.join(head)}和{last}"


_FILL = Formatter()
