"""The nouns: every record that flows through Tocsin. No behaviour beyond identity."""

from schemas.alert import Alert, Evidence
from schemas.article import EPOCH, Article, Flag, Via
from schemas.article_version import ArticleVersion
from schemas.channel import Channel, ChannelKind
from schemas.codec import decode, encode
from schemas.dead_letter import DeadLetter, dead_letter, version_in
from schemas.delivery import (
    Action,
    Change,
    DeliveryState,
    Ended,
    Message,
    MessageKind,
    Outcome,
)
from schemas.entity import Entity, EntityType, Mention, MentionKind, NearMiss, TextField
from schemas.errors import (
    Halted,
    InvalidSetting,
    QueryError,
    Rejected,
    StoreLost,
    TocsinError,
    Unavailable,
)
from schemas.feed import Coverage, Entry, Feed, FeedState, FeedStatus, ParsedFeed, PollOutcome
from schemas.hub import HubState, HubSubscription
from schemas.line import Line, Skipped, log_origin, log_place, logged_at
from schemas.rule_set import RuleSet, freeze
from schemas.story import Story, StoryMember, StoryName
from schemas.subscription import Digest, QuietHours, Subscription
from schemas.watchlist import Actor, Alias, WatchList

__all__ = [
    "EPOCH",
    "Action",
    "Actor",
    "Alert",
    "Alias",
    "Article",
    "ArticleVersion",
    "Change",
    "Channel",
    "ChannelKind",
    "Coverage",
    "DeadLetter",
    "DeliveryState",
    "Digest",
    "Ended",
    "Entity",
    "EntityType",
    "Entry",
    "Evidence",
    "Feed",
    "FeedState",
    "FeedStatus",
    "Flag",
    "Halted",
    "HubState",
    "HubSubscription",
    "InvalidSetting",
    "Line",
    "Mention",
    "MentionKind",
    "Message",
    "MessageKind",
    "NearMiss",
    "Outcome",
    "ParsedFeed",
    "PollOutcome",
    "QueryError",
    "QuietHours",
    "Rejected",
    "RuleSet",
    "Skipped",
    "StoreLost",
    "Story",
    "StoryMember",
    "StoryName",
    "Subscription",
    "TextField",
    "TocsinError",
    "Unavailable",
    "Via",
    "WatchList",
    "dead_letter",
    "decode",
    "encode",
    "freeze",
    "log_origin",
    "log_place",
    "logged_at",
    "version_in",
]
