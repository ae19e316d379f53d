"""Answers about one delivery to people, and the way back for those that failed, as the commands do it."""

from console.deliveries import redrivable, the_one, the_one_that_failed
from console.web.asked import MOST, Asked
from console.web.bodies import Answer, DeliveryShown, Redriven
from console.web.service import Service
from schemas import InvalidSetting
from store import redriving
from store.engine import reading, writing
from store.redriving import Wanted
from tocsin.wording import counted


def show(service: Service, asked: Asked) -> Answer:
    """Show a delivery: its state and why, its attempts, and what is sent."""
    with reading(service.engine) as connection:
        found = the_one(connection, asked.id, asked.channel)
        sent = redriving.body(connection, found.message, found.channel)
    return Answer(content=DeliveryShown(delivery=found, sent=sent))


def redrive_one(service: Service, asked: Asked) -> Answer:
    """Send a delivery again that failed or was suppressed: the same id, the same bytes."""
    return _redriven(service, asked, None)


def redrive(service: Service, asked: Asked) -> Answer:
    """Send again what failed of a channel, of a subscription, or all of it: the same ids, the same bytes."""
    body = asked.body
    if not (body.subscription or body.channel or body.all):
        raise InvalidSetting("say `channel` or `subscription`, or `all`")
    states = redrivable(body.states)
    wanted = Wanted(states=states, subscription=body.subscription, channel=body.channel)
    return _redriven(service, asked, wanted)


def _redriven(service: Service, asked: Asked, wanted: Wanted | None) -> Answer:
    """Make ready what is wanted, or where that is None the one of the address."""
    if asked.body.dry_run:
        with reading(service.engine) as connection:
            wanted = wanted or the_one_that_failed(connection, asked.id, asked.channel)
            found = tuple(redriving.entries(connection, wanted, MOST))
        said = f"{counted(len(found), 'delivery', 'deliveries')} would be made ready"
        said += ", and perhaps more." if len(found) == MOST else "."
        return Answer(content=Redriven(said=said, deliveries=found))
    with writing(service.engine) as connection:
        wanted = wanted or the_one_that_failed(connection, asked.id, asked.channel)
        number = redriving.redrive(connection, wanted, service.now())
    said = f"{counted(number, 'delivery', 'deliveries')} made ready."
    return Answer(content=Redriven(said=said, number=number))
