"""Every metric of the connectors, with what it counts. Served by `console/exporter.py`.

No label names a feed or a host: those are rows of the ledger, and `tocsin feeds list` shows them.
Gauges say how those of several processes become one (`multiprocess_mode`): `tocsin run` serves all
roles at one place, and forgets what a process that is gone has set.
"""

from prometheus_client import Counter, Gauge, Histogram

POLLS = Counter("tocsin_polls", "Polls of feeds, by how they ended.", ["outcome"])
FETCHES = Counter(
    "tocsin_fetches",
    "Fetches, by purpose (feed, page, robots, hub) and result: the class of the status, or what went wrong.",
    ["purpose", "result"],
)
FETCH_SECONDS = Histogram(
    "tocsin_fetch_seconds",
    "Seconds from the first byte sent to the last received, redirects included.",
    ["purpose"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
HOST_WAIT_SECONDS = Histogram(
    "tocsin_host_wait_seconds",
    "Seconds that requests waited for their host's turn.",
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800),
)
QUEUED = Gauge(
    "tocsin_feeds_queued",
    "Feeds that are due and not yet being polled.",
    multiprocess_mode="livesum",
)
POLLING = Gauge("tocsin_feeds_polling", "Feeds that are being polled.", multiprocess_mode="livesum")
BEHIND_SECONDS = Gauge(
    "tocsin_feeds_behind_seconds",
    "How long the most overdue feed waits.",
    multiprocess_mode="livemax",
)
FEEDS = Gauge(
    "tocsin_feeds",
    "Feeds, by status: active, resting, failing, silent.",
    ["status"],
    multiprocess_mode="livesum",
)
ENTRIES = Counter(
    "tocsin_entries",
    "Entries that feeds listed, by what became of them: known, new, edited, rejected.",
    ["fate"],
)
TRUNCATED = Counter("tocsin_feeds_truncated", "Feed documents of which only a part was read.")
PAGES = Counter(
    "tocsin_pages",
    "Pages of articles, by result: read, or why there was none.",
    ["result"],
)
CHILD_KILLS = Counter(
    "tocsin_sandbox_kills", "Children killed or crashed over a document, by reason.", ["reason"]
)
OUTBOX = Gauge(
    "tocsin_outbox_waiting",
    "Records that wait for Kafka, at most one batch of them.",
    multiprocess_mode="livesum",
)
PRODUCED = Counter("tocsin_records_produced", "Records that Kafka acknowledged.")
PRODUCE_ERRORS = Counter("tocsin_produce_errors", "Batches that Kafka did not acknowledge.")
HUBS = Gauge(
    "tocsin_hub_subscriptions",
    "Subscriptions at WebSub hubs, by state: asked, verified, denied, failed.",
    ["state"],
    multiprocess_mode="livesum",
)
NOTIFICATIONS = Counter(
    "tocsin_hub_notifications",
    "Notifications of WebSub hubs, by result: accepted, forged, too-large, too-slow, busy, unknown.",
    ["result"],
)
DELIVERED = Counter("tocsin_alerts_delivered", "Alerts that Kafka acknowledged.")
DELIVERY_SECONDS = Histogram(
    "tocsin_alert_delivery_seconds",
    "Seconds from the first sight of an article, at most a day ago, to the delivery of its alert.",
    buckets=(0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 10, 30, 60, 300, 1800),
)
DELIVERIES_PENDING = Gauge(
    "tocsin_deliveries_pending",
    "Alerts that wait for Kafka.",
    multiprocess_mode="livemax",
)
DELIVERY_ERRORS = Counter(
    "tocsin_delivery_errors", "Times that alerts waited because Kafka or the store was away."
)
ATTEMPTS = Counter(
    "tocsin_delivery_attempts",
    "Attempts to bring a message to people, by kind of channel and by how they ended: delivered, retry, refused, gone.",
    ["kind", "outcome"],
)
PEOPLE_SECONDS = Histogram(
    "tocsin_people_delivery_seconds",
    "Seconds from the entry of an alert in the ledger to its delivery to people.",
    buckets=(0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300, 1800, 7200, 43200),
)
DELIVERIES = Gauge(
    "tocsin_people_deliveries",
    "Deliveries to people, by state: pending, ready, dead, expired.",
    ["state"],
    multiprocess_mode="livemax",
)
CHANNELS_RESTING = Gauge(
    "tocsin_channels_resting",
    "Channels with something to send whose target is left alone after failures.",
    multiprocess_mode="livesum",
)
