"""What Qt makes of text: a program that prints a digest of it, one line for each subject."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable

from PyQt6.QtCore import (
    QByteArray,
    QCollator,
    QCollatorSortKey,
    QDate,
    QDateTime,
    QLocale,
    QStringConverter,
    QStringDecoder,
    QStringEncoder,
    Qt,
    QTime,
    QTimeZone,
)

LETTERS = "aAbBcChHlLäÄåÅæÆöÖøØüÜßñÑçÇčČéèêłŁđĐşŞ\u0131IİižŽzZǆ"
_NAMES = (
    "ar_EG bg_BG bn_BD ca_ES cs_CZ cy_GB da_DK de_AT de_DE el_GR en_US es_ES et_EE fa_IR "
    "fi_FI fr_CA fr_FR he_IL hi_IN hr_HR hu_HU is_IS ja_JP ka_GE kn_IN ko_KR lt_LT lv_LV "
    "my_MM nb_NO pl_PL ps_AF pt_BR ro_RO ru_RU si_LK sk_SK sq_AL sv_SE ta_IN th_TH tr_TR "
    "uk_UA ur_PK vi_VN zh_CN zh_HK zh_TW"
)
LOCALES = _NAMES.split(" ")
DATE = QDateTime(QDate(2024, 2, 29), QTime(13, 5, 9, 7))
KINDS = (QTimeZone.TimeType.StandardTime, QTimeZone.TimeType.DaylightTime)
NAMES = (QTimeZone.NameType.LongName, QTimeZone.NameType.ShortName, QTimeZone.NameType.OffsetName)


def strings() -> list[str]:
    """Words of letters that locales sort in their own way, and of all scripts."""
    words = ["".join(each) for each in itertools.product(LETTERS, repeat=2)]
    words += [chr(code) + "a" for code in range(0x20, 0xD800, 37)]
    words += ["a2", "a10", "a-b", "ab", "a b", "co-op", "coop", "côte", "coté", "côté", "cote"]
    words += ["ｶﾞ", "が", "か゛", "カ", "か", "王", "丁", "一", "乙", "阿", "啊", "가", "각", "한"]
    return words


def collation() -> Iterable[object]:
    words = strings()
    for name in LOCALES:
        for case, numeric, punctuation in itertools.product(
            Qt.CaseSensitivity, (False, True), (False, True)
        ):
            collator = QCollator(QLocale(name))
            collator.setCaseSensitivity(case)
            collator.setNumericMode(numeric)
            collator.setIgnorePunctuation(punctuation)
            keys = [collator.sortKey(word) for word in words]
            order = sorted(range(len(words)), key=lambda i: _Key(keys[i]))
            yield name, case.name, numeric, punctuation, order
            yield [collator.compare(a, b) for a, b in zip(words[::7], words[3::5])]


class _Key:
    def __init__(self, key: QCollatorSortKey) -> None:
        self.key = key

    def __lt__(self, other: _Key) -> bool:
        return bool(self.key.compare(other.key) < 0)


def codecs() -> Iterable[object]:
    text = "".join(chr(code) for code in range(0x20, 0xD800)) + "\U0001f600\U00020000\ue000\uffe5"
    pairs = bytes(
        itertools.chain.from_iterable(
            (first, second, 0x20) for first in range(0x21, 0xFF) for second in range(0x30, 0xFF)
        )
    )
    singles = bytes(range(256))
    for name in QStringConverter.availableCodecs():
        encoder = QStringEncoder(name)
        yield name, encoder.isValid(), encoder.name()
        if encoder.isValid():
            encoded = encoder.encode(text)
            yield bytes(encoded.data() if isinstance(encoded, QByteArray) else encoded)
            decoder = QStringDecoder(name)
            yield decoder.decode(encoded).encode("utf-16", "surrogatepass"), decoder.hasError()
        for data in (singles, pairs):
            decoder = QStringDecoder(name)
            if decoder.isValid():
                yield decoder.decode(QByteArray(data)).encode("utf-16", "surrogatepass")
                yield decoder.hasError()


def formats() -> Iterable[object]:
    for locale in _locales():
        yield locale.name(), locale.nativeLanguageName(), locale.nativeTerritoryName()
        yield locale.toString(-1234567.891, "f", 2), locale.toCurrencyString(1234.5)
        yield locale.formattedDataSize(123456789), locale.zeroDigit(), locale.percent()
        for kind in QLocale.FormatType:
            yield locale.toString(DATE, kind), locale.toString(DATE.date(), kind)
            yield [locale.monthName(month, kind) for month in range(1, 13)]
            yield [locale.dayName(day, kind) for day in range(1, 8)]
        yield locale.firstDayOfWeek().value, locale.quoteString("x"), locale.uiLanguages()
    for language in QLocale.Language:
        yield QLocale.languageToString(language)
    for territory in QLocale.Country:
        yield QLocale.territoryToString(territory)


def zones() -> Iterable[object]:
    ids = QTimeZone.availableTimeZoneIds()
    yield [bytes(each.data()) for each in ids]
    everywhere = [QLocale(name) for name in ("de_DE", "ar_EG", "ja_JP")]
    some = [
        QTimeZone(QByteArray(name))
        for name in (
            b"Europe/Berlin",
            b"America/New_York",
            b"Asia/Tokyo",
            b"Asia/Kathmandu",
            b"Africa/Cairo",
            b"Antarctica/Troll",
            b"UTC",
        )
    ]
    for zone in map(QTimeZone, ids):
        yield [
            zone.displayName(kind, name, each)
            for each in everywhere
            for kind in KINDS
            for name in NAMES
        ]
    for locale in _locales():
        for zone in some:
            yield (
                locale.name(),
                [zone.displayName(kind, name, locale) for kind in KINDS for name in NAMES],
            )
            yield locale.toString(DATE.toTimeZone(zone), "yyyy-MM-dd HH:mm t tt ttt tttt")


def cases() -> Iterable[object]:
    text = "".join(chr(code) for code in range(0x20, 0x600)) + "ﬁ\u1e9e\ua64a"
    for locale in _locales():
        yield locale.name(), locale.toUpper(text), locale.toLower(text)


def _locales() -> list[QLocale]:
    return sorted(
        QLocale.matchingLocales(
            QLocale.Language.AnyLanguage, QLocale.Script.AnyScript, QLocale.Country.AnyCountry
        ),
        key=lambda locale: (locale.name(), locale.bcp47Name()),
    )


def main() -> None:
    """Print one line for each subject: how many results, and their digest."""
    for subject in (collation, codecs, formats, zones, cases):
        digest = hashlib.sha256()
        results = list(subject())
        for result in results:
            digest.update(repr(result).encode("utf-8", "surrogatepass"))
        print(subject.__name__, len(results), digest.hexdigest(), flush=True)


if __name__ == "__main__":
    main()
