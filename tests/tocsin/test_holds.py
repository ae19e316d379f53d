"""What of a subscription is held is what its changes say, in their order."""

from datetime import UTC, datetime, timedelta

from schemas import Action, Change
from tocsin.holds import Holds, are_all_muted, holds

NOW = datetime(2023, 8, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


def a_change(action: Action, subject: str = "", until: datetime | None = None) -> Change:
    return Change(
        subscription="desk", action=action, at=NOW, by="ada", subject=subject, until=until
    )


def test_a_subscription_that_nobody_touched_is_not_held() -> None:
    assert holds([]) == Holds()


def test_what_is_paused_goes_on_when_it_is_resumed() -> None:
    assert holds([a_change(Action.PAUSE)]).paused
    assert not holds([a_change(Action.PAUSE), a_change(Action.RESUME)]).paused


def test_a_snooze_ends_by_itself_or_when_it_is_resumed() -> None:
    snoozed = holds([a_change(Action.SNOOZE, until=LATER)])
    assert snoozed.is_snoozed(NOW)
    assert not snoozed.is_snoozed(LATER)
    assert not holds([a_change(Action.SNOOZE, until=LATER), a_change(Action.RESUME)]).is_snoozed(
        NOW
    )


def test_a_mute_holds_until_its_end_or_for_ever() -> None:
    held = holds([a_change(Action.MUTE, "story-1"), a_change(Action.MUTE, "russia", LATER)])
    assert held.is_muted("story-1", LATER)
    assert held.is_muted("russia", NOW)
    assert not held.is_muted("russia", LATER)
    assert not held.is_muted("wagner-group", NOW)


def test_an_alert_is_muted_when_all_of_its_actors_are() -> None:
    held = holds([a_change(Action.MUTE, "russia")])
    assert are_all_muted(held, {"russia"}, NOW)
    assert not are_all_muted(held, {"russia", "ecowas"}, NOW)
    assert not are_all_muted(held, (), NOW)


def test_a_mute_and_a_disabled_channel_can_be_taken_back() -> None:
    done = [a_change(Action.MUTE, "russia"), a_change(Action.DISABLE, "desk-hook")]
    undone = [a_change(Action.UNMUTE, "russia"), a_change(Action.ENABLE, "desk-hook")]
    assert holds(done).disabled == {"desk-hook"}
    assert holds([*done, *undone]) == Holds()


def test_a_name_that_is_taken_up_again_begins_anew() -> None:
    old = [a_change(Action.PAUSE), a_change(Action.MUTE, "russia"), a_change(Action.REMOVE)]
    assert holds([*old, a_change(Action.SAVE)]) == Holds()
