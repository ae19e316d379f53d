"""How far consumer groups are behind the end of a topic: from what they have committed, joining none."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.cluster import KafkaSettings, speaking
from connectors.topics import check_reach
from tocsin.refusals import no_topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How many messages of a topic a group has before it; `has_begun` once it committed anything.

    `is_ahead` says that it has committed what the topic does not have: that is another log by now.
    """

    group: str
    records: int
    has_begun: bool
    is_ahead: bool = False


def lags(settings: KafkaSettings, topic: str, groups: Sequence[str]) -> list[Lag]:
    """Ask how far each group is behind in a topic, by its full name.

    Raises `InvalidSetting` where there is no such topic, `Unavailable`.
    """
    check_reach(settings, "say how far groups are behind")
    return [_lag(settings, topic, group) for group in groups]


def _lag(settings: KafkaSettings, topic: str, group: str) -> Lag:
    from kafka import KafkaConsumer, TopicPartition

    with speaking(settings, f"say how far {group} is behind"):
        consumer = KafkaConsumer(
            **settings.client(), group_id=group, enable_auto_commit=False, metrics_enabled=False
        )
        try:
            known = consumer.partitions_for_topic(topic)
            if not known:
                raise no_topic(topic)
            places = [TopicPartition(topic, each) for each in sorted(known)]
            stands = {each: consumer.committed(each) for each in places}
            # Asked for afterwards: what is committed meanwhile does not lie beyond the end.
            first, last = consumer.beginning_offsets(places), consumer.end_offsets(places)
            # What retention has taken since is not before it any more.
            before = [last[each] - max(stands[each] or 0, first[each]) for each in places]
            return Lag(
                group=group,
                records=sum(max(each, 0) for each in before),
                has_begun=any(each is not None for each in stands.values()),
                is_ahead=any(each < 0 for each in before),
            )
        finally:
            consumer.close()
