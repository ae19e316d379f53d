import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Rejected
from tocsin.extract import extract
from tocsin.stubs import Wall, is_title_of_error, wall_of, weight, without_paywall

BODY = (
    "The ferry between the two towns has been out of service since the flood in August. "
    "Its captain told a council of elders that the engine would need a new part from the coast, "
    "and that the part had been ordered twice. Traders now cross in canoes, four crates at a time."
)


@pytest.mark.parametrize(
    ("wall", "text"),
    [
        ("consent", "We value your privacy\nAccept all cookies\nManage choices"),
        ("consent", "Avec votre accord, nous utilisons des cookies.\nContinuer sans accepter"),
        ("consent", "Wir verwenden Cookies, damit die Seite läuft."),
        ("consent", "Мы используем файлы cookie. Принять"),
        ("consent", "Usamos cookies propias y de terceros."),
        ("script", "Please enable JavaScript to go on."),
        ("script", "Veuillez activer JavaScript pour lire la suite."),
        ("script", "Bitte JavaScript aktivieren!"),
        ("script", "Для работы сайта включите JavaScript"),
        ("script", "请启用JavaScript后继续浏览"),
        ("script", "يرجى تفعيل جافا سكريبت"),
        ("proof", "Checking your browser before you are let in."),
        ("proof", "Подтвердите, что вы не робот"),
        ("missing", "Oops! The page you asked for could not be found."),
        ("missing", "La page demandée est introuvable."),
        ("missing", "Nie znaleziono strony. Wróć na stronę główną."),
        ("missing", "抱歉，您访问的页面不存在"),
        ("missing", "Aradığınız sayfa bulunamadı."),
        ("login", "Please log in\nForgot your password?"),
        ("login", "Увійдіть, щоб читати далі. Забули пароль?"),
        ("paywall", "Subscribe now to continue reading\nAlready a subscriber? Log in"),
        ("paywall", "Cet article est réservé aux abonnés.\nDéjà abonné ?"),
        ("paywall", "Nur für Abonnenten"),
        ("paywall", "Материал доступен по подписке: только для подписчиков"),
        ("paywall", "Ten tekst jest tylko dla prenumeratorów."),
        ("paywall", "この記事は有料会員限定です"),
        ("refused", "Access denied\nReference 18.5f"),
        ("refused", "Доступ ограничен по требованию властей"),
    ],
)
def test_a_wall_is_recognised_by_what_it_tells_to_do(wall, text):
    assert wall_of("River News", text) == Wall(wall)


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        f"{BODY}\nPlease enable JavaScript to see the map.",
        f"The minister said the page of the treaty could not be found. {BODY}",
        "Regulators told the firm that asking readers to accept all cookies was against the law. " * 9,
    ],
)  # fmt: skip
def test_a_text_that_says_more_than_its_walls_is_no_stub(text):
    assert wall_of("Ferry out of service", text) is None


@pytest.mark.parametrize(
    "title",
    ["404", "Error 404 | River News", "Page not found - River News", "Seite nicht gefunden",
     "Страница не найдена — Новости", "页面不存在", "الصفحة غير موجودة", "River News - 403 Forbidden"],
)  # fmt: skip
def test_titles_of_errors_are_known(title):
    assert is_title_of_error(title)
    assert wall_of(title, f"{BODY}\nMost read\nOther ferries") == Wall.MISSING


@pytest.mark.parametrize(
    "title", ["", "404 villages without water", "How a page not found in 1960 came back", "x" * 9999]
)  # fmt: skip
def test_titles_with_such_words_are_not(title):
    assert not is_title_of_error(title)


def test_what_a_paywall_says_is_cut_off_the_end():
    text = f"{BODY}\nSubscribe to continue reading\nOne euro for the first month"
    assert without_paywall(text) == (BODY, True)
    assert without_paywall(BODY) == (BODY, False)
    assert without_paywall(f"Subscribe to continue reading\n{BODY * 3}")[1] is False


def test_pages_behind_a_paywall_are_flagged_and_stubs_refused():
    page = "<html><head><title>{}</title></head><body><article>{}</article></body></html>"
    wall = "<p>Subscribe now to continue reading</p><p>Already a subscriber? Log in</p>"
    found = extract(page.format("Ferry", f"<p>{BODY}</p>{wall}"))
    assert (found.text, found.flags) == (BODY, ("truncated",))
    for title, body in (("Ferry", wall), ("Page not found", f"<p>{BODY}</p>")):
        with pytest.raises(Rejected) as caught:
            extract(page.format(title, body))
        assert caught.value.code == "stub"


@given(st.text(), st.text())
def test_any_text_is_judged(title, text):
    kept, is_walled = without_paywall(text)
    assert is_walled or kept == text
    if weight(text) > 3000:
        assert wall_of(title, text) is None
