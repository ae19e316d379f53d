"""What of the settings travels with a job: of each secret only the name of the variable that holds it."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from console.settings import Settings
from console.sources import KEYS
from pipelines.secrets import named


def without_secrets(settings: Settings) -> Settings:
    """Let names stand for the secrets of Kafka and of the store; workers look them up."""
    secrets: dict[str, Any] = {
        key.name: named(key.variable)
        for key in KEYS.values()
        if key.section == "kafka" and key.is_secret and getattr(settings.kafka, key.name)
    }
    store = settings.store
    if _holds_password(store.url):
        store = replace(store, url=named(KEYS["store.url"].variable))
    return replace(settings, kafka=replace(settings.kafka, **secrets), store=store)


def _holds_password(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.password) or "password=" in parts.query
