"""Settings of delivery: where channels are written, the link in messages, and the server that mail goes out by."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schemas import InvalidSetting
from tocsin.wording import PLACE

if TYPE_CHECKING:
    from connectors.delivery.mail import MailServer


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How alerts go to people.

    `channels` is the file in which channels are written, `''` for none; `link` the URL that messages
    lead to, with `{alert}` where the alert's id comes, `''` for none; `allow_private` whether webhooks
    may lead into one's own network, and be told without TLS.
    """

    channels: str = ""
    link: str = ""
    allow_private: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be meant. Raises `InvalidSetting`."""
        if not self.link:
            return
        try:
            parts = urlsplit(self.link)
            is_link = parts.scheme in ("http", "https") and bool(parts.hostname)
            is_link = is_link and "@" not in parts.netloc
        except ValueError:
            is_link = False
        if not is_link or PLACE not in self.link or not self.link.isprintable():
            raise InvalidSetting(
                f"delivery: link must be a URL such as https://tocsin.example.org/alerts/{PLACE}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The server that mail goes out by, as `MailServer` has it; without a `host` no mail is sent."""

    host: str = ""
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    tls: str = "starttls"
    authorities: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant. Raises `InvalidSetting`."""
        if not 0 < self.port <= 65535:
            raise InvalidSetting("mail: port must be from 1 to 65535")
        if bool(self.user) != bool(self.password):
            raise InvalidSetting(
                "mail: user and password are needed together, or neither: the password is set by"
                " TOCSIN_MAIL_PASSWORD or TOCSIN_MAIL_PASSWORD_FILE"
            )
        try:
            self.server()
        except InvalidSetting as error:
            said = str(error).removeprefix("smtp: ")
            raise InvalidSetting(f"mail: {said}", hint=error.hint) from None

    def server(self) -> "MailServer | None":
        """Give the server; None where no mail is sent. Raises `InvalidSetting`."""
        if not self.host:
            return None
        from connectors.delivery.mail import MailServer

        return MailServer(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            sender=self.sender,
            tls=self.tls,
            authorities=self.authorities,
        )
