"""`tocsin parse-feed`: feeds to entries, one JSON line a feed."""

import click

from console.input_files import InputFile, Written, input_files, write_all
from schemas import ParsedFeed, Rejected, encode

EXAMPLE = """\b
Examples:
  tocsin parse-feed feed.xml --url https://example.org/feed.xml
  tocsin parse-feed feeds/ | jq .problems
"""


@click.command(epilog=EXAMPLE)
@click.argument("feeds", nargs=-1, required=True, metavar="FILE|FOLDER|-...")
@click.option("--url", default="", help="Where the feed came from; resolves relative links.")
@click.option("--strict", is_flag=True, help="Exit 1 if any file was no feed.")
def command(feeds: tuple[str, ...], url: str, strict: bool) -> None:
    """Turn saved feeds into entries: one JSON line a feed, {file, feed, entries, problems}.

    RSS, RDF, Atom, JSON Feed and sitemaps are read. What is odd about a feed stands in its
    `problems`; a file that is no feed is named on stderr. `-` is standard input.
    """
    suffixes = (".xml", ".rss", ".atom", ".rdf", ".json")
    write_all(input_files(feeds, url=url, suffixes=suffixes), _line, noun="feed", is_strict=strict)


def _line(file: InputFile) -> Written:
    """Parse one feed in the sandbox, in parts where it has very many entries."""
    from connectors.sandbox import shared_sandbox
    from tocsin.feeds import parse, parts

    try:
        found = [shared_sandbox().call(parse, part, url=file.url) for part in parts(file.content())]
    except Rejected as error:
        return Written(problem=f"{file.name}: {error.reason} ({error.code})")
    whole = ParsedFeed(
        file=file.name,
        feed=found[0].feed,
        entries=tuple(entry for part in found for entry in part.entries),
        problems=tuple(dict.fromkeys(problem for part in found for problem in part.problems)),
    )
    return Written(line=encode(whole))
