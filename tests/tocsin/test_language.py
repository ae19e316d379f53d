import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.language import LANGUAGES, UNDETERMINED, Detection, detect

SENTENCES = [
    ("en", "Latin", "The junta asked the ambassador to leave the country within two days."),
    ("es", "Latin", "Los soldados cerraron las fronteras y suspendieron la constitución."),
    ("fr", "Latin", "Les militaires ont fermé les frontières et suspendu la constitution."),
    ("de", "Latin", "Die Soldaten schlossen die Grenzen und setzten die Verfassung aus."),
    ("pt", "Latin", "Os soldados fecharam as fronteiras e suspenderam a constituição."),
    ("pl", "Latin", "Żołnierze zamknęli granice i zawiesili konstytucję."),
    ("ha", "Latin", "Sojoji sun rufe iyakokin ƙasar kuma sun dakatar da kundin tsarin mulki."),
    ("sw", "Latin", "Wanajeshi walifunga mipaka ya nchi na kusimamisha katiba."),
    ("ru", "Cyrillic", "Военные закрыли границы страны и приостановили действие конституции."),
    ("uk", "Cyrillic", "Військові закрили кордони країни та призупинили дію конституції."),
    ("ar", "Arabic", "أغلق الجنود حدود البلاد وعلقوا العمل بالدستور."),
    ("fa", "Arabic", "سربازان مرزهای کشور را بستند و قانون اساسی را تعلیق کردند."),
    ("hi", "Devanagari", "सैनिकों ने देश की सीमाएं बंद कर दीं और संविधान को निलंबित कर दिया।"),
    ("zh", "Han", "士兵关闭了国家边界并中止了宪法。"),
    ("ja", "Kana", "兵士たちは国境を閉鎖し、憲法を停止した。"),
    ("ko", "Hangul", "군인들은 국경을 폐쇄하고 헌법을 정지시켰다."),
    ("el", "Greek", "Οι στρατιώτες έκλεισαν τα σύνορα."),
    ("am", "Ethiopic", "ወታደሮቹ የአገሪቱን ድንበሮች ዘጉ።"),
    ("th", "Thai", "ทหารปิดพรมแดนของประเทศ"),
]


@pytest.mark.parametrize(("language", "script", "sentence"), SENTENCES)
def test_languages_and_scripts_are_told_apart(language: str, script: str, sentence: str) -> None:
    found = detect(sentence)
    assert (found.language, found.script) == (language, script)
    assert 0.3 < found.confidence <= 1


@pytest.mark.parametrize(
    ("headline", "language"),
    [
        ("Mutiny in Russia: Wagner chief says his men will turn back", "en"),
        ("Coup leaders refuse talks as deadline passes", "en"),
        ("Los golpistas rechazan el diálogo con los vecinos", "es"),
    ],
)
def test_headlines_are_not_taken_for_rare_relatives_of_their_language(
    headline: str, language: str
) -> None:
    assert detect(headline).language == language


def test_a_declared_language_decides_on_short_texts_only() -> None:
    assert detect("Niger", "fr").language == "fr"
    assert detect("Niger", "en-GB").language == "en"
    assert detect(SENTENCES[0][2], "fr").language == "en"


def test_a_declared_language_of_another_script_is_not_believed() -> None:
    assert detect("Вагнер", "en").language != "en"


def test_declared_codes_of_three_letters_and_old_ones_are_understood() -> None:
    assert detect("Niger", "fra").language == "fr"
    assert detect("12 : 30", "iw").language == "he"


def test_where_there_is_nothing_to_go_by_nothing_is_said() -> None:
    for nothing in ("", "123 456", "— … !", "OK"):
        assert detect(nothing).language == UNDETERMINED
    assert detect("123", "fr") == Detection(language="fr", confidence=0.0, script="")
    assert detect("123", "klingon").language == UNDETERMINED


def test_names_in_another_script_do_not_outweigh_a_text() -> None:
    assert detect("瓦格纳集团(Wagner Group)的雇佣兵离开了尼日尔 Niamey").script == "Han"


def test_what_is_beyond_the_sample_changes_nothing() -> None:
    long = (SENTENCES[2][2] + " ") * 200
    assert detect(long) == detect(long)
    assert detect(long).language == "fr"


@given(st.text(st.characters()), st.text(max_size=8))
def test_every_text_gets_an_answer_that_is_always_the_same(text: str, declared: str) -> None:
    found = detect(text, declared)
    assert found == detect(text, declared)
    assert found.language in LANGUAGES | {UNDETERMINED}
    assert 0 <= found.confidence <= 1
