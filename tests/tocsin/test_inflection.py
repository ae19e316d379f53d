"""Inflection by rule: one name a language, in forms as newspapers print them."""

import re

import pytest

from schemas import MentionKind
from tocsin.folding import fold
from tocsin.inflection import family, inflect

NAME, DEMONYM, ACRONYM = MentionKind.NAME, MentionKind.DEMONYM, MentionKind.ACRONYM


def is_form(form: str, base: str, language: str, kind: MentionKind) -> bool:
    found = inflect(base, language, kind)
    return bool(re.fullmatch(re.escape(found.stem) + found.rest, fold(form).text))


@pytest.mark.parametrize(
    ("language", "base", "forms"),
    [
        ("ru", "Франция", "Франция Франции Францию Францией"),
        ("ru", "Вагнер", "Вагнер Вагнера Вагнеру Вагнером Вагнере"),
        ("ru", "Рязань", "Рязань"),
        ("ru", "Кремль", "Кремль Кремля Кремлю Кремлём Кремле"),
        ("uk", "Франція", "Франція Франції Францію Францією"),
        ("be", "Францыя", "Францыя"),
        ("bg", "Франция", "Франция"),
        ("mk", "Русија", "Русија"),
        ("sr", "Француска", "Француска Француске Француској Француску Француском"),
        ("hr", "Rusija", "Rusija Rusije Rusiji Rusiju Rusijom"),
        ("bs", "Wagner", "Wagner Wagnera Wagneru Wagnerom Wagnerova"),
        ("sl", "Rusija", "Rusija Rusije Rusiji Rusijo"),
        ("cs", "Rusko", "Rusko Ruska Rusku Ruskem"),
        ("sk", "Rusko", "Rusko Ruska Rusku Ruskom"),
        ("pl", "Francja", "Francja Francji Francję Francją"),
        ("pl", "Wagner", "Wagner Wagnera Wagnerowi Wagnerem Wagnerze"),
        ("lt", "Rusija", "Rusija Rusijos Rusijai Rusiją Rusijoje"),
        ("lv", "Krievija", "Krievija Krievijas Krievijai Krieviju Krievijā"),
        ("et", "Venemaa", "Venemaa Venemaale Venemaal Venemaalt Venemaaga"),
        ("fi", "Venäjä", "Venäjä Venäjän Venäjää Venäjällä Venäjälle Venäjästä Venäjäänkin"),
        ("hu", "Oroszország", "Oroszország Oroszországot Oroszországban Oroszországgal"),
        ("tr", "Rusya", "Rusya Rusya'nın Rusya’dan Rusyaya"),
        ("de", "Russland", "Russland Russlands"),
        ("nl", "Rusland", "Rusland Ruslands"),
        ("sv", "Ryssland", "Ryssland Rysslands"),
        ("da", "Rusland", "Rusland Ruslands"),
        ("nb", "Russland", "Russland Russlands"),
        ("ro", "Rusia", "Rusia Rusiei"),
        ("el", "Ρωσία", "Ρωσία Ρωσίας"),
        ("ka", "რუსეთი", "რუსეთი რუსეთის რუსეთში რუსეთმა"),
        ("hy", "Ռուսաստան", "Ռուսաստան Ռուսաստանի Ռուսաստանում"),
        ("ko", "러시아", "러시아 러시아가 러시아의 러시아에서는"),
        ("so", "Ruush", "Ruush Ruushka Ruushku"),
    ],
)
def test_the_cases_of_a_name_are_found(language: str, base: str, forms: str) -> None:
    missed = [form for form in forms.split() if not is_form(form, base, language, NAME)]
    assert missed == []


@pytest.mark.parametrize(
    ("language", "base", "forms"),
    [
        ("en", "Russian", "Russian Russians"),
        ("fr", "russe", "russe russes"),
        ("es", "ruso", "ruso rusa rusos rusas"),
        ("it", "russo", "russo russa russi russe"),
        ("de", "russisch", "russische russischer russischen russisches russischem"),
        ("ru", "российский", "российский российского российская российской российские российским"),
        ("ru", "россиянин", "россиянин россиянина россияне россиян россиянам"),
        ("uk", "російський", "російський російського російська російській російські"),
        ("bg", "руски", "руски руска руско руските руския"),
        ("pl", "rosyjski", "rosyjski rosyjskiego rosyjska rosyjskiej rosyjską rosyjscy"),
        ("pl", "Rosjanin", "Rosjanin Rosjanie Rosjan Rosjanom"),
        ("cs", "ruský", "ruský ruského ruská ruské ruští"),
        ("hr", "ruski", "ruski ruskog ruska ruskoj ruskim"),
        ("fi", "venäläinen", "venäläinen venäläisen venäläiset venäläisten"),
        ("el", "ρωσικός", "ρωσικός ρωσική ρωσικής ρωσικά"),
        ("ar", "روسي", "روسي روسية"),
        ("ru", "русский", "русский русско"),
        ("uk", "російський", "російсько"),
        ("cs", "ruský", "rusko"),
        ("sk", "ruský", "rusko"),
    ],
)
def test_the_forms_of_a_demonym_are_found(language: str, base: str, forms: str) -> None:
    missed = [form for form in forms.split() if not is_form(form, base, language, DEMONYM)]
    assert missed == []


@pytest.mark.parametrize(
    ("language", "base", "other", "kind"),
    [
        ("ru", "Вагнер", "Вагнерист", NAME),
        ("pl", "Rosja", "Rosjanin", NAME),
        ("en", "Russia", "Russias", NAME),
        ("de", "Wagner", "Wagnerianer", NAME),
        ("ru", "РФ", "РФа", ACRONYM),
        ("fr", "Niger", "Nigeria", NAME),
        ("ru", "Нигер", "Нигерия", NAME),
        ("cs", "Rusko", "Rusovlas", NAME),
        ("xx", "Rosja", "Rosji", NAME),
    ],
)
def test_other_words_are_no_forms(language: str, base: str, other: str, kind: MentionKind) -> None:
    assert is_form(base, base, language, kind)
    assert not is_form(other, base, language, kind)


def test_a_long_acronym_is_inflected_where_the_language_does_it() -> None:
    assert is_form("ЭКОВАСа", "ЭКОВАС", "ru", ACRONYM)


def test_languages_that_cannot_be_told_apart_share_their_rules() -> None:
    assert family("sr-Latn") == family("bs") == family("hr")
    assert family("nb") == family("nn") == "no"
