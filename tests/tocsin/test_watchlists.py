"""Watch lists as files: what is read, and what is refused with its line."""

import pytest

from schemas import InvalidSetting, MentionKind
from tocsin.watchlists import parse, shipped

GOOD = """name = "harbours"

[[actor]]
id = "port-authority"
name = "Port Authority"
short = ["port"]
needs = ["ship*"]

[[actor.alias]]
texts = ["Port Authority", "Harbour Board"]
language = "en"
source = "its own web site"

[[actor.alias]]
text = "Harbour"
language = "en"
kind = "metonym"
alone = false
against = ["Pearl Harbour"]
since = "2020-01-01"
"""


def test_a_list_gives_actors_and_one_alias_a_text() -> None:
    found = parse(GOOD, file="x.toml")
    (actor,) = found.actors
    assert (found.name, actor.id, actor.short) == ("harbours", "port-authority", ("port",))
    assert [alias.text for alias in actor.aliases] == ["Port Authority", "Harbour Board", "Harbour"]
    assert actor.aliases[2].kind is MentionKind.METONYM
    assert not actor.aliases[2].alone


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("language", "langage", "x.toml:11: unknown key 'langage'; did you mean 'language'?"),
        ("short =", "shorts =", "x.toml:6: unknown key 'shorts'; did you mean 'short'?"),
        ('name = "harbours"', 'title = "h"', "x.toml:1: unknown key 'title'"),
        ('kind = "metonym"', 'kind = "nickname"', "x.toml:17: 'kind' must be one of name, acronym"),
        ("alone = false", 'alone = "no"', "x.toml:18: 'alone' must be true or false"),
        ('needs = ["ship*"]\n', "\n", "x.toml:18: an alias with alone = false needs words"),
        ('"2020-01-01"', '"January 2020"', "x.toml:20: 'since' must be a day"),
        ('id = "port-authority"', 'id = "Port Authority"', "x.toml:4: an actor needs an 'id'"),
        ('text = "Harbour"', 'text = " "', "x.toml:15: an alias needs a 'text'"),
        ('["ship*"]', '["*"]', "x.toml:7: 'needs' must be a list of texts"),
        ('["ship*"]', '["ship*"]\nhints = [""]', "x.toml:8: 'hints' must be a list of texts"),
        ('["ship*"]', '["a*"]\nhints = ["a*"]', "x.toml:8: 'a*' stands in 'needs' and in 'hints'"),
        ('["ship*"]', "[7]", "x.toml:7: 'needs' must be a list of texts"),
        ('["ship*"]', '["ship*"', "x.toml:9: "),
        ('["ship*"]', '["sh*p"]', "x.toml:7: 'sh*p' in 'needs': a * can stand only at the end"),
        ('"Harbour Board"', '"\u200b"', "x.toml:10: '\u200b' has no letter and no digit"),
        ('"Harbour Board"', '"Harbour B*"', "x.toml:10: 'Harbour B*': a name takes no *"),
        ('"2020-01-01"', '"2020-13-01"', "x.toml:20: 'since' must be a day"),
        ('"2020-01-01"', '"2020-01-01"\nuntil = "2019-01-01"', "x.toml:21: 'until' is before"),
        ('["port"]', '["port"]\ntype = "state"', "x.toml:7: 'type' must be one of organisation"),
        ('["port"]', '["port"]\nwikidata = "159"', "x.toml:7: 'wikidata' must be an item"),
        ('["port"]', '["port"]\nterritory = "France"', "x.toml:7: 'territory' must be an ISO"),
        ('["port"]', '["port"]\nterritory = "XX"', "x.toml:7: 'territory' must be an ISO"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        parse(GOOD.replace(old, new, 1), file="x.toml")
    assert str(caught.value).startswith(message)


def test_an_alias_without_a_language_is_refused_at_its_table() -> None:
    with pytest.raises(InvalidSetting, match=r"x.toml:9: an alias needs a 'language'"):
        parse(GOOD.replace('language = "en"\n', "", 1), file="x.toml")


def test_two_actors_of_one_id_are_refused() -> None:
    again = '\n[[actor]]\nid = "port-authority"\nterritory = "FR"\n'
    with pytest.raises(InvalidSetting, match=r"x.toml:23: actor id 'port-authority' is used twice"):
        parse(GOOD + again, file="x.toml")


def test_a_short_name_of_another_actor_is_refused() -> None:
    again = '\n[[actor]]\nid = "port"\nterritory = "FR"\n'
    with pytest.raises(InvalidSetting, match=r"x.toml:23: actor id 'port' is used twice"):
        parse(GOOD + again, file="x.toml")


def test_every_fault_of_a_file_is_named() -> None:
    wrong = GOOD.replace('["ship*"]', "[7]").replace("kind", "kinds").replace('"2020-', '"20-')
    with pytest.raises(InvalidSetting) as caught:
        parse(wrong + '[[actor]]\nid = "X"\nterritory = "FR"\n', file="x.toml")
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["7", "17", "22"]


def test_lines_are_right_in_the_second_actor_too() -> None:
    second = '\n[[actor]]\nid = "other"\n\n[[actor.alias]]\ntext = "X"\nlanguage = "EN"\n'
    with pytest.raises(InvalidSetting, match=r"x.toml:27: an alias needs a 'language'"):
        parse(GOOD + second, file="x.toml")


@pytest.mark.parametrize("text", ["", 'name = "empty"\n', "actor = 3\n", "[actor]\nid='a'\n"])
def test_a_list_without_actors_is_refused(text: str) -> None:
    with pytest.raises(InvalidSetting, match=r"x.toml:1: "):
        parse(text, file="x.toml")


def test_every_shipped_alias_says_where_it_comes_from() -> None:
    aliases = [alias for each in shipped() for actor in each.actors for alias in actor.aliases]
    assert [alias.text for alias in aliases if not alias.source] == []
    assert [each.name for each in shipped()] == ["russia", "wagner", "ecowas"]


def test_no_shipped_alias_is_given_twice_for_one_language() -> None:
    for each in shipped():
        for actor in each.actors:
            keys = [(alias.text, alias.language) for alias in actor.aliases]
            assert sorted({key for key in keys if keys.count(key) > 1}) == []
