import pytest

from schemas import Actor, InvalidSetting, Subscription, WatchList
from tocsin.subscriptions import answerable, check_against, parse, shipped
from tocsin.watchlists import shipped as shipped_watch_lists

LISTS = (WatchList(name="test", actors=(Actor(id="wagner-group", name="W", short=("wagner",)),)),)
GOOD = '[[subscription]]\nid = "a"\nquery = "mali"\n'


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidSetting) as caught:
        parse(text, file="mine.toml")
    return str(caught.value).splitlines()


def test_the_shipped_subscriptions_ask_for_the_shipped_actors() -> None:
    found = shipped()
    check_against(found, shipped_watch_lists())
    assert [each.id for each in found] == ["russia", "wagner-group", "ecowas", "wagner-in-niger"]


def test_every_key_is_read() -> None:
    text = GOOD + (
        'name = "Mali"\nowner = "desk"\nlanguages = ["fr"]\npublishers = ["volta.example"]\n'
        "min_confidence = 0.5\ninclude_old = true\n"
    )
    assert parse(text, file="f") == (
        Subscription(
            id="a",
            query="mali",
            name="Mali",
            owner="desk",
            languages=("fr",),
            publishers=("volta.example",),
            min_confidence=0.5,
            include_old=True,
        ),
    )


def test_a_file_without_subscriptions_is_an_empty_one() -> None:
    assert parse("# nothing yet\n", file="f") == ()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("x = [", 1, "not TOML"),
        (GOOD + "name = mali\n", 4, "not TOML"),
        ("name = 1\n" + GOOD, 1, "unknown key 'name'"),
        ("[subscription]\nid = 'a'\n", 1, "[[subscription]]"),
        (GOOD + "lenguages = ['fr']\n", 4, "did you mean 'languages'?"),
        (GOOD + "languages = 'fr'\n", 4, "must be a list"),
        (GOOD + "languages = ['fr', 'french']\n", 4, "'french' is no language code"),
        (GOOD + "min_confidence = 2\n", 4, "from 0 to 1"),
        (GOOD + "min_confidence = nan\n", 4, "from 0 to 1"),
        (GOOD + "include_old = 1\n", 4, "true or false"),
        ("[[subscription]]\nquery = 'mali'\n", 1, "id is missing"),
        (GOOD + "\n[[subscription]]\nid = 'b'\n", 5, "query is missing"),
        ("[[subscription]]\nid = 'A b'\nquery = 'mali'\n", 2, "only a-z"),
        ("[[subscription]]\nid = 'a'\nquery = 'mali AND'\n", 3, "column 6: AND has nothing"),
        (GOOD + GOOD, 5, "stands in line 2 already"),
    ],
)
def test_a_fault_is_named_with_file_and_line(text: str, line: int, said: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith(f"mine.toml:{line}: ")
    assert said in fault


def test_all_faults_of_a_file_are_named_at_once() -> None:
    found = faults('[[subscription]]\nid = "A"\nquery = ")"\ncolour = 1\n')
    assert [each.split(":")[1] for each in found] == ["2", "3", "4"]


def test_keys_behind_a_query_of_several_lines_keep_their_lines() -> None:
    text = '[[subscription]]\nid = "a"\nquery = """\nmali\nid = 3 OR\nniger"""\nowner = 7\n'
    (fault, *_) = [each for each in faults(text) if "owner" in each]
    assert fault.startswith("mine.toml:7: ")


def test_a_subscription_to_an_actor_that_nobody_watches_is_refused_with_the_nearest_named() -> None:
    wanted = (Subscription(id="a", query="actor:wagnr"),)
    with pytest.raises(InvalidSetting, match=r"subscription a: .*Did you mean actor:wagner"):
        check_against([Subscription(id="b", query="actor:wagner"), *wanted], LISTS)
    assert answerable([Subscription(id="b", query="actor:wagner"), *wanted], LISTS) == (
        Subscription(id="b", query="actor:wagner"),
    )


def test_two_subscriptions_of_one_id_in_different_files_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="two of this id"):
        check_against([*parse(GOOD, file="a"), *parse(GOOD, file="b")], LISTS)


def test_an_actor_of_one_id_in_two_watch_lists_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="Two watch lists have an actor 'wagner-group'"):
        check_against(
            (), (*LISTS, WatchList(name="more", actors=(Actor(id="wagner-group", name="W"),)))
        )


def test_a_short_name_of_two_actors_is_refused() -> None:
    twice = (*LISTS, WatchList(name="more", actors=(Actor(id="w2", name="W", short=("wagner",)),)))
    with pytest.raises(InvalidSetting, match="wagner-group and w2"):
        check_against((), twice)
