import apache_beam as beam

from pipelines.coders import RECORDS
from pipelines.graph import Rules, enrich, remember
from pipelines.memory import MemoryAt
from pipelines.rules import FixedRules
from schemas import Article, Line, RuleSet, decode, encode

LABELS = [
    "DecodeArticles/Decode lines/ParDo(DecodeFn)",
    "DetectLanguage/Detect/ParDo(DetectFn)",
    "DropDuplicates/Remember articles/ParDo(RememberFn)",
    "ExtractEntities/Recognise/ParDo(RecogniseFn)",
    "Failed",
    "FlagMentions/Find mentions/ParDo(FlagFn)",
    "GroupStories/Resolve roots/ParDo(ResolveFn)",
    "Not articles",
    "RaiseAlerts/Match subscriptions/ParDo(MatchFn)",
]
"""Frozen: state that runners keep on disk depends on the labels."""


def labels_of(pipeline: beam.Pipeline) -> set[str]:
    found = set()

    class Collect(beam.pipeline.PipelineVisitor):
        def visit_transform(self, node):
            found.add(node.full_label)

    pipeline.visit(Collect())
    return found


def test_labels_are_frozen():
    pipeline = beam.Pipeline(runner="FnApiRunner")
    memory = MemoryAt("sqlite://")
    lines = pipeline | "Lines" >> beam.Create([], reshuffle=False).with_output_types(Line)
    remembered = remember(lines, memory)
    enrich(
        remembered.ok, Rules(FixedRules(RuleSet(id="r", watch_lists=(), subscriptions=()))), memory
    )
    found = {label for label in labels_of(pipeline) if not label.startswith("Lines")}
    assert sorted(found - {""}) == LABELS


def test_every_record_that_crosses_a_stage_is_coded_by_the_codec():
    for kind in RECORDS:
        coder = beam.coders.registry.get_coder(kind)
        assert coder.is_deterministic(), kind
    article = Article(id="a", version="v", title="Вагнер")
    coder = beam.coders.registry.get_coder(Article)
    assert coder.encode(article) == encode(article)
    assert coder.decode(coder.encode(article)) == decode(Article, encode(article)) == article
