from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Actor, Digest, InvalidSetting, QuietHours, Subscription, WatchList
from tocsin.delivery import next_digest
from tocsin.subscription_keys import KEYS, complaints
from tocsin.subscriptions import answerable, check_against, joined, made_of, parse, shipped
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


@pytest.mark.parametrize(
    ("publisher", "meant"),
    [
        ("https://Volta.example/mali", "Volta.example"),
        ("volta.example/", "volta.example"),
        ("*.volta.example", "volta.example"),
        (" volta.example", "volta.example"),
        ("", "press.example"),
    ],
)
def test_a_publisher_that_none_is_called_is_a_fault(publisher: str, meant: str) -> None:
    assert faults(GOOD + f'publishers = ["{publisher}"]\n') == [
        f"mine.toml:4: {publisher!r} is no publisher: write its domain, such as {meant!r}"
    ]


@pytest.mark.parametrize("publisher", ["Volta.example", "example", "Radio Kidal"])
def test_a_publisher_is_written_as_articles_have_it(publisher: str) -> None:
    (found,) = parse(GOOD + f'publishers = ["{publisher}"]\n', file="f")
    assert found.publishers == (publisher,)


def test_every_key_of_delivery_is_read() -> None:
    text = GOOD + (
        'channels = ["desk", "night-shift"]\n'
        'digest = { cron = "0 7 * * *", timezone = "Europe/Paris", even_empty = true }\n'
        'quiet = { start = "22:00", end = "07:00", timezone = "Africa/Bamako" }\n'
        "grows_past = [5, 20]\nedits = true\npaused = true\n"
    )
    assert parse(text, file="f") == (
        Subscription(
            id="a",
            query="mali",
            channels=("desk", "night-shift"),
            digest=Digest(cron="0 7 * * *", timezone="Europe/Paris", even_empty=True),
            quiet=QuietHours(start="22:00", end="07:00", timezone="Africa/Bamako"),
            grows_past=(5, 20),
            edits=True,
            paused=True,
        ),
    )
    assert parse(GOOD + "throttle = 5\n", file="f")[0].throttle == 5


def test_actors_are_a_query_for_any_of_them() -> None:
    (found,) = parse("[[subscription]]\nid = 'a'\nactors = ['wagner-group', 'ecowas']\n", file="f")
    assert found == Subscription(id="a", query="actor:wagner-group OR actor:ecowas")


def test_a_table_of_its_own_is_read_and_its_faults_stand_at_its_header() -> None:
    text = GOOD + '\n[subscription.digest]\ncron = "{}"\n'
    (found,) = parse(text.format("0 7 * * MON"), file="f")
    assert found.digest == Digest(cron="0 7 * * MON")
    (fault,) = faults(text.format("0 25 * * *"))
    assert fault.startswith("mine.toml:5: digest: ")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("channels = 'desk'", "must be a list of ids"),
        ("channels = ['Desk']", "channel 'Desk': only a-z"),
        ("channels = ['a', 'b', 'a']", "channel 'a' stands there twice"),
        ("channels = ['kafka']", "every alert goes there already"),
        ("digest = '0 7 * * *'", "digest must be a table"),
        ("digest = {}", "digest: cron is missing"),
        ("digest = { cron = 7 }", "cron must be text"),
        ("digest = { cron = '0 25 * * *' }", "cron '0 25 * * *': bad hour"),
        ("digest = { cron = '0 7 * *' }", "minute, hour, day, month and weekday"),
        ("digest = { cron = '0 0 7 * * *' }", "minute, hour, day, month and weekday"),
        ("digest = { cron = '0 7 30 2 *' }", "bad day-of-month"),
        ("digest = { cron = '0 7 * * *', timezone = 'Europe/Pariz' }", "'Europe/Paris'"),
        ("digest = { cron = '0 7 * * *', timezone = 'Europe' }", "unknown time zone 'Europe'"),
        ("digest = { cron = '0 7 * * *', timezone = '../x' }", "unknown time zone '../x'"),
        ("digest = { cron = '0 7 * * *', timezone = 'localtime' }", "unknown time zone"),
        ("digest = { cron = '0 7 * * *', even_empty = 1 }", "even_empty must be true or false"),
        ("digest = { corn = '0 7 * * *', cron = '0 7 * * *' }", "did you mean 'cron'?"),
        ("quiet = { start = '22:00' }", "quiet: end is missing"),
        ("quiet = { start = '22', end = '07:00' }", "'22' is not HH:MM"),
        ("quiet = { start = '22:00', end = '24:00' }", "'24:00' is not HH:MM"),
        ("quiet = { start = '22:00', end = '22:00' }", "start and end are the same"),
        ("quiet = { start = 22:00:00, end = '07:00' }", "start must be text"),
        ("throttle = -1", "throttle must be a whole number"),
        ("throttle = true", "throttle must be a whole number"),
        ("throttle = 1.5", "throttle must be a whole number"),
        ("throttle = 100001", "throttle must be a whole number"),
        ("grows_past = 5", "grows_past must be a list of numbers"),
        ("grows_past = [0, 5]", "must be over 0"),
        ("grows_past = [5, 5]", "greater than the one before"),
        ("edits = 'yes'", "edits must be true or false"),
        ("paused = 'no'", "paused must be true or false"),
        ("actors = ['ecowas']", "beside a query"),
    ],
)
def test_a_fault_of_delivery_is_named_with_its_line(line: str, said: str) -> None:
    (fault,) = faults(GOOD + "name = 'Mali'\n" + line + "\n")
    assert fault.startswith("mine.toml:5: ")
    assert said in fault


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("actors = []", "name one at least"),
        ("actors = ['wagner OR mali']", "actor 'wagner OR mali': only a-z"),
        ("actors = 'ecowas'", "must be a list of ids"),
    ],
)
def test_a_fault_of_actors_is_named_with_its_line(line: str, said: str) -> None:
    (fault,) = faults(f"[[subscription]]\nid = 'a'\n{line}\n")
    assert fault.startswith("mine.toml:3: ")
    assert said in fault


def test_a_throttle_beside_a_digest_is_refused() -> None:
    (fault,) = faults(GOOD + "throttle = 5\ndigest = { cron = '0 7 * * *' }\n")
    assert fault.startswith("mine.toml:4: throttle stands beside a digest")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING))
def test_whatever_is_given_is_taken_or_refused_in_words(row: dict[str, Any]) -> None:
    found = list(complaints(row))
    assert found or made_of(row).id == row["id"]
    assert all(said for _, said in found)


@given(
    st.lists(st.text("0123456789*/,-#L?WMONJAN", max_size=5), min_size=5, max_size=5).map(" ".join)
)
def test_a_digest_that_is_taken_has_a_next_one(cron: str) -> None:
    row = {"id": "a", "query": "mali", "digest": {"cron": cron}}
    if not list(complaints(row)):
        assert next_digest(cron, "UTC", NOW) > NOW


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


def test_kept_subscriptions_stand_beside_those_of_files_and_a_wrong_one_stops_no_other() -> None:
    written = Subscription(id="a", query="actor:wagner")
    good = Subscription(id="b", query="mali")
    kept = [
        Subscription(id="a", query="niger"),
        good,
        Subscription(id="c", query="actor:ecowas"),
        Subscription(id="d", query="mali AND"),
    ]
    found = joined([written], kept, LISTS)
    assert found.subscriptions == (written, good)
    assert list(found.left_out) == ["a", "c", "d"]
    assert "files, too" in found.left_out["a"]
    assert "column 7" in found.left_out["c"]


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
