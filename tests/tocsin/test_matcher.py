"""The matcher over the shipped lists: what is a mention, what is a near miss, and why."""

import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Article, Mention, MentionKind, NearMiss, freeze
from tocsin.matcher import MOST, Matcher, matcher_for
from tocsin.watchlists import shipped

MATCHER = Matcher(shipped(), "rules")
Found = tuple[tuple[Mention, ...], tuple[NearMiss, ...]]


def find(text: str, language: str = "en", *, title: str = "", year: int = 1970) -> Found:
    first_seen = datetime(year, 1, 1, tzinfo=UTC)
    article = Article(id="a", version="v", title=title, text=text, first_seen=first_seen)
    found = MATCHER.find(article, language=language, story="s")
    for place in (*found[0], *found[1]):
        field = title if place.field == "title" else text
        assert field[place.start : place.end] == place.surface
        assert place.surface in place.sentence
    return found


def named(text: str, language: str = "en", **given: str | int) -> list[tuple[str, str]]:
    mentions, _ = find(text, language, **given)  # type: ignore[arg-type]
    return [(mention.actor, mention.surface) for mention in mentions]


def missed(text: str, language: str = "en") -> list[tuple[str, str]]:
    mentions, misses = find(text, language)
    assert mentions == ()
    return [(miss.surface, miss.because[-1]) for miss in misses]


@pytest.mark.parametrize(
    ("text", "language", "surface"),
    [
        ("Envoys from Russia came.", "en", "Russia"),
        ("RUSSIA'S ARMY LEFT", "en", "RUSSIA"),
        ("A pro-Russian crowd gathered.", "en", "Russian"),
        ("A Russia-backed force came.", "en", "Russia"),
        ("La Russie se tait.", "fr", "Russie"),
        ("les soldats russes sont partis", "fr", "russes"),
        ("un député prorusse", "fr", "russe"),
        ("Russlands Botschafter", "de", "Russlands"),
        ("die Russlandpolitik", "de", "Russland"),
        ("las tropas rusas", "es", "rusas"),
        ("in Russia ieri", "it", "Russia"),
        ("послы России прибыли", "ru", "России"),
        ("пророссийские силы", "ru", "российские"),
        ("МИД РФ сообщил", "ru", "РФ"),
        ("з Росією не говорили", "uk", "Росією"),
        ("с Русия не говориха", "bg", "Русия"),
        ("са Русијом нису", "sr", "Русијом"),
        ("s Rusijom nisu", "hr", "Rusijom"),
        ("o Rosji mówiono", "pl", "Rosji"),
        ("v Rusku mluvili", "cs", "Rusku"),
        ("Rusijos pasiuntiniai", "lt", "Rusijos"),
        ("Krievijas sūtņi", "lv", "Krievijas"),
        ("Venemaale saadeti", "et", "Venemaale"),
        ("Venäjän lähettiläät", "fi", "Venäjän"),
        ("Oroszországban", "hu", "Oroszországban"),
        ("Rusya'nın elçileri", "tr", "Rusya'nın"),
        ("της Ρωσίας", "el", "Ρωσίας"),
        ("რუსეთის ელჩი", "ka", "რუსეთის"),
        ("Ռուսաստանի դեսպան", "hy", "Ռուսաստանի"),
        ("وقالت روسيا", "ar", "روسيا"),
        ("وبروسيا", "ar", "روسيا"),
        ("روسیه گفت", "fa", "روسیه"),
        ("שגריר ברוסיה", "he", "רוסיה"),
        ("रूस ने कहा", "hi", "रूस"),
        ("รัฐบาลรัสเซียแถลง", "th", "รัสเซีย"),
        ("据俄罗斯媒体报道", "zh", "俄罗斯"),
        ("昨日ロシアは", "ja", "ロシア"),
        ("러시아가 말했다", "ko", "러시아가"),
        ("Ryssland svarade", "sv", "Ryssland"),
        ("Sefar i Rússlandi", "is", "Rússlandi"),
        ("Ubalozi wa Urusi ulisema", "sw", "Urusi"),
    ],
)
def test_russia_is_found_in_many_languages(text: str, language: str, surface: str) -> None:
    assert ("russia", surface) in named(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ЧВК «Вагнер» ушла", "ru"),
        ("бойцы ЧВК Вагнера", "ru"),
        ("вагнеровцами командовал", "ru"),
        ("le groupe Wagner", "fr"),
        ("mercenarios del Grupo Wagner", "es"),
        ("die Wagner-Söldner", "de"),
        ("Grupy Wagnera", "pl"),
        ("Wagnerovy skupiny", "cs"),
        ("Vāgnera grupas", "lv"),
        ("група Вагнера", "uk"),
        ("مرتزقة فاغنر", "ar"),
        ("瓦格纳集团", "zh"),
        ("ワグネル", "ja"),
        ("바그너 그룹이", "ko"),
        ("Wagner Grubu", "tr"),
        ("μισθοφόροι της Βάγκνερ", "el"),
        ("קבוצת ואגנר", "he"),
        ("Wagner-huurlingen", "nl"),
        ("palkka-armeija Wagnerin", "fi"),
    ],
)
def test_the_wagner_group_is_found_in_many_languages(text: str, language: str) -> None:
    assert "wagner-group" in [actor for actor, _ in named(text, language)]


@pytest.mark.parametrize(
    ("text", "language", "surface"),
    [
        ("ECOWAS-led talks", "en", "ECOWAS"),
        ("la Cédéao", "fr", "Cédéao"),
        ("de la CÉDÉAO", "fr", "CÉDÉAO"),
        ("решение ЭКОВАСа", "ru", "ЭКОВАСа"),
        ("قالت والإيكواس", "ar", "إيكواس"),
        ("西共体峰会", "zh", "西共体"),
        ("ECOWAS가", "ko", "ECOWAS"),
        (
            "the Economic Community of\nWest African States met",
            "en",
            "Economic Community of\nWest African States",
        ),
        (
            "La Communauté économique des États de l’Afrique de l’Ouest",
            "fr",
            "Communauté économique des États de l’Afrique de l’Ouest",
        ),
    ],
)
def test_ecowas_is_found_by_acronym_and_full_name(text: str, language: str, surface: str) -> None:
    assert ("ecowas", surface) in named(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Gwyneth has a crisis in Brussels.", "en"),
        ("Prussia, Belorussia, Russell and Trussell.", "en"),
        ("Mr Russo met Ms Ruslan.", "en"),
        ("Белоруссия и белорусский", "ru"),
        ("Weißrussland", "de"),
        ("Białoruś i białoruski", "pl"),
        ("ベラルーシとプロシア", "ja"),
        ("Il signor Russo disse", "it"),
        ("la mosca vola", "it"),
        ("una mosca", "es"),
    ],
)
def test_look_alikes_are_not_even_near_misses(text: str, language: str) -> None:
    assert find(text, language) == ((), ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("They played Russian roulette.", "it is part of 'Russian roulette'"),
        ("He drank a White Russian.", "it is part of 'White Russian'"),
        ("A murder in Moscow, Idaho.", "'Idaho' within the sentence"),
        ("Richard Wagner was born in Leipzig.", "'Richard' beside it"),
        ("Students of Wagner College cheered.", "'College' beside it"),
        ("He sang Wagner at the opera.", "'opera' within the sentence"),
        (
            "Yesterday Alonso Wagner, 31, bought a boat.",
            "'Alonso' before it looks like a given name",
        ),
        ("Ann Wagner on Ukraine aid", "'Ann' before it looks like a given name"),
        ("The boat of Wagner Quintana sank.", "'Quintana' behind it looks like a surname"),
        ("We met Wagner.", "nothing in the sentence or the article supports it"),
    ],
)
def test_what_is_no_mention_says_why(text: str, reason: str) -> None:
    assert [because for _, because in missed(text)] == [reason]


def test_a_listed_word_in_the_sentence_makes_the_bare_name_a_mention() -> None:
    (mention,), _ = find("Wagner lost many mercenaries.")
    assert mention.because == ("alias 'Wagner' is ambiguous", "'mercenaries' beside it")


def test_the_group_named_anywhere_in_the_article_supports_the_bare_name() -> None:
    text = "We asked Wagner. Nobody answered. The Wagner Group is silent."
    (first, second), _ = find(text)
    assert first.because[-1] == "'Wagner Group' later in the article"
    assert first.confidence < second.confidence
    (_, bare), _ = find("It is silent, Wagner is.", title="The Wagner Group")
    assert bare.because[-1] == "'Wagner Group' in the title"


def test_the_first_word_of_a_sentence_is_no_given_name_for_its_capital_alone() -> None:
    (mention,), _ = find("Yesterday Wagner lost many of its mercenaries.")
    assert mention.because[-1] == "'mercenaries' within the sentence"


def test_the_alias_of_the_language_of_the_text_decides() -> None:
    assert missed("Гуляли по Москве-реке.", "ru") == [("Москве", "it is part of 'Москве-реке'")]


def test_a_composer_in_an_article_about_the_group_stays_a_composer() -> None:
    mentions, misses = find("The Wagner Group left. Its founder loves Richard Wagner.")
    assert [mention.surface for mention in mentions] == ["Wagner Group"]
    assert [miss.because[-1] for miss in misses] == ["'Richard' beside it"]


def test_the_longest_name_of_one_actor_wins_and_actors_may_overlap() -> None:
    text = "Russia's Wagner Group"
    assert named(text) == [("russia", "Russia"), ("wagner-group", "Wagner Group")]
    assert find(text)[1] == ()


def test_the_africa_corps_needs_its_time_and_its_company() -> None:
    text = "Russia sent its Africa Corps to Mali."
    assert ("wagner-group", "Africa Corps") in named(text, year=2024)
    mentions, misses = find(text, year=1942)
    assert "wagner-group" not in [mention.actor for mention in mentions]
    assert "counts from 2023-08-23 on" in misses[0].because[0]
    text = "Rommel led the Africa Corps at Tobruk."
    assert find(text, year=2024)[0] == ()


def test_white_russia_in_chinese_is_another_country() -> None:
    mentions, misses = find("白俄罗斯与俄罗斯", "zh")
    assert [mention.start for mention in mentions] == [5]
    assert misses[0].because == ("it is part of '白俄罗斯'",)


def test_local_names_count_only_in_texts_of_their_language() -> None:
    assert named("um navio russo", "pt") == [("russia", "russo")]
    assert named("um navio russo", "en") == []
    assert named("um navio russo", "") == []


def test_letters_of_another_script_are_seen_through_and_told() -> None:
    (mention,), _ = find("EСOWAS met.")
    assert mention.surface == "EСOWAS"
    assert mention.because[-1] == "letters of another script imitate its own"


def test_kinds_and_confidence_follow_the_list() -> None:
    mentions, _ = find("Moscow, Russia, a Russian, ECOWAS")
    assert [mention.kind for mention in mentions] == [
        MentionKind.METONYM,
        MentionKind.NAME,
        MentionKind.DEMONYM,
        MentionKind.ACRONYM,
    ]
    assert [mention.confidence for mention in mentions] == [0.7, 0.95, 0.85, 0.95]


def test_the_title_comes_first_and_ids_differ() -> None:
    mentions, _ = find("Russia and ECOWAS", title="Russia")
    assert [(each.field.value, each.actor) for each in mentions] == [
        ("title", "russia"),
        ("text", "russia"),
        ("text", "ecowas"),
    ]
    assert len({mention.id for mention in mentions}) == 3


PIECES = st.sampled_from(
    ["Wagner ", "Russia", "Richard ", "the ", "Вагнера ", "ЧВК ", "\n", ". ", "\u0301", "俄罗斯", "白",
     "ECOWAS ", "е", "\u200b", "'s ", "-", "группа ", "Mali ", "روسيا ", "و", "opera ", "Group "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25), st.sampled_from(["en", "ru", "zh", "ar", "pl", ""]))
def test_places_are_exact_in_order_and_never_overlap_within_an_actor(
    pieces: list[str], language: str
) -> None:
    mentions, misses = find("".join(pieces), language)
    assert list(mentions) == sorted(mentions, key=lambda each: (each.start, each.actor))
    for actor in ("russia", "wagner-group", "ecowas"):
        spans = sorted(
            (each.start, each.end) for each in (*mentions, *misses) if each.actor == actor
        )
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_one_rule_set_is_built_once_and_names_its_mentions() -> None:
    rules = freeze(shipped(), ())
    matcher = matcher_for(rules)
    assert matcher_for(rules) is matcher
    article = Article(id="a", version="v", text="Russia")
    (mention,), _ = matcher.find(article, language="en", story="s")
    assert mention.rule_set == rules.id


def test_hostile_texts_take_linear_time() -> None:
    repeated = ("Russia " * 40_000, "wagner " * 40_000, "Wagner mercenaries " * 15_000)
    for hostile in (*repeated, "WAGNER" * 200_000):
        begun = time.process_time()
        found = find(hostile)
        assert time.process_time() - begun < 10.0
        assert len(found[0]) + len(found[1]) <= MOST


def test_a_metonym_that_is_another_place_once_is_so_throughout() -> None:
    mentions, near_misses = find("Moscow, Idaho, has a market. People love Moscow.", "en")
    assert mentions == ()
    assert near_misses[1].because == ("elsewhere in the article: 'Idaho' within the sentence",)


def test_an_article_that_names_the_state_may_speak_of_both_moscows() -> None:
    mentions, _ = find("Moscow, Idaho, has a market. Russia has one. People love Moscow.", "en")
    assert [mention.surface for mention in mentions] == ["Russia", "Moscow"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Mercenaries came with Wagner and left.", True),
        ("In Syria critics heard the soprano sing Wagner.", False),
        ("In Syria the soprano met critics and Wagner mercenaries.", True),
    ],
)
def test_of_words_for_and_against_the_nearer_one_decides(text: str, wanted: bool) -> None:
    assert bool(named(text)) is wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Wagner came at noon. Mercenaries do.", "'Mercenaries' in the sentence behind it"),
        ("Mercenaries left. Then Wagner came.", "'Mercenaries' in the sentence before it"),
    ],
)
def test_a_needed_word_may_stand_in_the_sentence_before_or_behind(text: str, reason: str) -> None:
    (mention,), _ = find(text)
    assert (mention.because[-1], mention.confidence) == (reason, 0.7)


@pytest.mark.parametrize(
    "text",
    [
        "Wagner came at noon. Mali is hot.",
        "The opera is closed. Wagner came at noon. Mercenaries left.",
        "Mercenaries left. Nobody came. Wagner came at noon.",
    ],
)
def test_the_sentences_beside_support_by_needed_words_alone_and_by_nothing_against(
    text: str,
) -> None:
    assert named(text) == []


def test_a_hint_counts_in_the_sentence_and_supports_nothing_elsewhere() -> None:
    (mention,), (miss,) = find(
        "Nobody saw Wagner. The road to Gao was closed, and Wagner is in Mali."
    )
    assert mention.because[-1] == "'Mali' beside it"
    assert miss.because[-1] == "nothing in the sentence or the article supports it"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Les hommes de Wagner ont quitté Gao.", True),
        ("Les hommes de Wagner ont perdu, le footballeur s'est blessé.", False),
        ("Les hommes de Wagner ont perdu. Sandro Wagner n'a rien dit.", False),
    ],
)
def test_a_hint_may_hold_the_name_and_is_overruled_by_what_speaks_against_it(
    text: str, wanted: bool
) -> None:
    mentions, _ = find(text, "fr")
    assert bool(mentions) is wanted


def test_a_person_named_once_rules_out_the_name_where_only_hints_support_it() -> None:
    mentions, misses = find("Erika Wagner flies to Mali. Wagner likes Mali.")
    assert [mention.actor for mention in mentions] == []
    assert misses[1].because[-1] == (
        "elsewhere in the article: 'Erika' before it looks like a given name"
    )


def test_an_article_that_names_the_group_beyond_doubt_may_speak_of_a_person_too() -> None:
    mentions, misses = find("Erika Wagner knows the mercenaries of Wagner. In Mali Wagner is many.")
    assert [mention.start for mention in mentions] == [38, 54]
    assert [miss.start for miss in misses] == [6]


@pytest.mark.parametrize(
    ("text", "language", "title"),
    [
        ("Le maire Wagner salue les soldats.", "fr", "maire"),
        ("Bürgermeister Wagner dankt den Soldaten.", "de", "Bürgermeister"),
        ("Вчера профессор Вагнер был в Сирии.", "ru", "профессор"),
    ],
)
def test_a_title_before_the_name_makes_it_a_person(text: str, language: str, title: str) -> None:
    reasons = [because for _, because in missed(text, language)]
    assert reasons == [f"'{title}' before it is a person's title"]


@pytest.mark.parametrize("name", ["Jean-Pierre", "J."])
def test_given_names_may_be_joined_or_cut_short(name: str) -> None:
    text = f"Many guests from the village met {name} Wagner when they came back from Mali."
    assert missed(text) == [("Wagner", f"'{name}' before it looks like a given name")]


def test_a_compound_with_small_letters_is_no_given_name() -> None:
    text = "In Gao, Kremlin-controlled Africa Corps took over the bases."
    assert ("wagner-group", "Africa Corps") in named(text, year=2025)


@pytest.mark.parametrize("end", ["\n", " \n", "\n   ", "  \n  "])
def test_a_name_goes_on_over_the_end_of_a_line(end: str) -> None:
    assert named(f"They blamed the Wagner{end}Group.") == [("wagner-group", f"Wagner{end}Group")]


@pytest.mark.parametrize("end", ["\n\n", " \n \n", "\n\n\n"])
def test_no_name_goes_on_over_an_empty_line(end: str) -> None:
    assert named(f"They blamed Richard Wagner{end}Group tickets are cheap.") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Moscow objects.", "'Moscow' stands for Russia (en)"),
        ("Russian ships left.", "'Russian' is a word for people and things of Russia (en)"),
        ("The Wagner\nGroup left.", "'Wagner Group' is a name of Wagner Group (en)"),
        (
            "Wagner\ntroops left.",
            "'Wagner troops' is a word for those who belong to Wagner Group (en)",
        ),
        (
            "Russians left.",
            "'Russians' is a form of 'Russian', which is a word for people and things",
        ),
    ],
)
def test_reasons_are_in_plain_words(text: str, reason: str) -> None:
    mentions, _ = find(text)
    assert mentions[0].because[0].startswith(reason)
