"""What the archives of Tocsin say of themselves, so that they are read back as what they are."""

HOLDS = "tocsin-holds"
"""The field of `warcinfo` that says that an archive holds articles, as `conversion` records."""

ARTICLES = "articles"

ARTICLE_TYPE = "application/vnd.tocsin.article.v1+json"
"""Content type of a `conversion` record: one article, the very bytes that went into the topic."""


def holds_articles(warcinfo: bytes) -> bool:
    """Tell from the fields of a `warcinfo` record whether the articles of its archive are in it."""
    fields = (line.partition(b":") for line in warcinfo.splitlines())
    return any(
        name.strip().lower() == HOLDS.encode() and value.strip() == ARTICLES.encode()
        for name, _, value in fields
    )
