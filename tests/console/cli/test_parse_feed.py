import json

from click.testing import CliRunner, Result

from console.cli.parse_feed import command

FEED = "<rss version='2.0'><channel><title>River</title>{}</channel></rss>"
ITEM = "<item><title>Item {0}</title><link>/{0}</link></item>"


def run(*arguments: object, given: str | None = None) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments], input=given)


def test_a_feed_is_one_line_with_its_entries_and_problems():
    result = run("-", "--url", "https://river.example/f", given=FEED.format(ITEM.format(1)))
    found = json.loads(result.stdout)
    assert (found["file"], found["feed"]["title"]) == ("-", "River")
    assert found["entries"][0]["link"] == "https://river.example/1"
    assert found["problems"] == ["1 of 1 entries have no date that can be read"]


def test_a_feed_of_very_many_entries_is_still_one_line():
    feed = FEED.format("".join(map(ITEM.format, range(2100))))
    (line,) = run("-", given=feed).stdout.splitlines()
    assert [each["title"] for each in json.loads(line)["entries"]] == [
        f"Item {n}" for n in range(2100)
    ]


def test_what_is_no_feed_is_named_and_counts_when_strict(tmp_path):
    (tmp_path / "a.xml").write_text(FEED.format(""))
    (tmp_path / "b.xml").write_text("<opml/>")
    result = run(tmp_path)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert "b.xml" in result.stderr
    assert run(tmp_path, "--strict").exit_code == 1


def test_a_folder_without_feeds_is_told_of(tmp_path):
    result = run(tmp_path)
    assert (result.exit_code, result.stderr) == (1, "There is no feed here.\n")


def test_an_address_is_not_fetched():
    result = run("https://river.example/feed")
    assert result.exit_code == 2
    assert "does not fetch" in result.stderr
