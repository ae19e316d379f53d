"""The functions of the replay in a plain loop: what Beam's overhead is measured against."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pipelines.graph import Rules
from pipelines.io.read_memory import ALWAYS
from pipelines.io.write_jsonl import AppendFn, article_version_lines
from pipelines.memory import MemoryAt
from pipelines.models import recogniser
from pipelines.replay import Input, write_files
from pipelines.rules import FixedRules
from pipelines.transforms.extract_entities import story_names
from schemas import ArticleVersion
from tocsin import articles, language
from tocsin.alerting import alerts_for, rings_for
from tocsin.matcher import matcher_for

Element = TypeVar("Element")


def batches(elements: Iterator[Element], size: int) -> Iterator[list[Element]]:
    """Cut an iterator into lists."""
    while batch := list(islice(elements, size)):
        yield batch


def detect(article_version: ArticleVersion) -> ArticleVersion:
    article = article_version.article
    found = language.detect(f"{article.title}\n{article.text}", article.language)
    return replace(article_version, language=found.language)


def replay_plainly(source: Input, rules: Rules, out: Path) -> int:
    """Do what `pipelines.replay.replay` does, without Beam; returns the articles written."""
    work = out / ".work"
    work.mkdir()
    at = MemoryAt(f"sqlite:///{work / 'memory.sqlite'}")
    memory = at.open()
    lines = (line for file in source.files for line in source.read_file(file))
    for batch in batches((articles.read(line.content) for line in lines), 500):
        memory.remember(batch)
        memory.link({each.id for each in batch})
    assert isinstance(rules.rule_sets, FixedRules)
    rule_set = rules.rule_sets.rule_set
    matcher, rings = matcher_for(rule_set), rings_for(rule_set)
    recognise = recogniser(enabled=rules.entities).recognise
    write = AppendFn(str(work), article_version_lines)
    for group in batches(memory.articles(), 500):
        roots = memory.roots({each.id for each in group})
        copies = memory.copies(set(roots.values()))
        for part in batches(iter(group), 64):
            article_versions = [
                detect(
                    ArticleVersion(
                        article=each, story=roots[each.id], copies=copies[roots[each.id]]
                    )
                )
                for each in part
            ]
            found = recognise([(each.article, each.language) for each in article_versions])
            memory.note_names([name for each in found for name in story_names(each)])
            for article_version, entities in zip(article_versions, found, strict=True):
                mentions, near = matcher.find(
                    article_version.article,
                    language=article_version.language,
                    story=article_version.story,
                )
                done = replace(
                    article_version, mentions=mentions, near_misses=near, entities=entities
                )
                alerts = alerts_for(
                    rings.queries, rings.subscriptions, done,
                    story=done.story, rule_set=rule_set.id,
                )  # fmt: skip
                write.process(replace(done, alerts=tuple(alerts)))
    write.finish_bundle()
    written = write_files(at, work, out, ALWAYS)
    at.close()
    return written["articles"]
