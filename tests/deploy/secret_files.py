"""Secrets as manifests name them: each `_FILE` leads to a file, here to one that holds what would be there."""

from collections.abc import Mapping
from pathlib import Path

from tests.connectors.delivery.hook import SECRET

FILE = "_FILE"

_HELD = {
    "TOCSIN_WEB_TOKENS": f"ada:{'a' * 32}\n",
    "TOCSIN_STORE_URL": "postgresql://tocsin:hush@postgresql/tocsin\n",
    "TOCSIN_MAIL_PASSWORD": "hush\n",
    "TOCSIN_CHANNEL_NEWSROOM_SECRET": f"{SECRET}\n",
    "TOCSIN_CHANNEL_CHAT_TO": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ\n",
}


def named(environment: Mapping[str, str]) -> dict[str, str]:
    """Give the files that variables name, by what each file is in the place of."""
    return {
        name.removesuffix(FILE): path for name, path in environment.items() if name.endswith(FILE)
    }


def with_files(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Let every file that is named be one in this folder, with a secret in it. Takes known secrets only."""
    found = {name: value for name, value in environment.items() if not name.endswith(FILE)}
    for name in named(environment):
        path = folder / name
        path.write_text(_HELD[name])
        found[name + FILE] = str(path)
    return found
