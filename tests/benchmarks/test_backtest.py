from pathlib import Path

from benchmarks.backtest import Maker, changes, fill, seconds, write_rules
from console.rules import load_subscriptions


def test_twenty_rules_are_changed_and_none_is_left_as_it_was(tmp_path: Path) -> None:
    rules = changes(Maker().words)
    old, new = write_rules(tmp_path, rules)
    before, after = load_subscriptions(old), load_subscriptions(new)
    assert len(before) == len(after) == 20
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_articles_are_the_same_each_time_and_copies_come_among_them() -> None:
    one, other = list(Maker().articles(50)), list(Maker().articles(50))
    assert one == other
    assert len({each.text for each in one}) < 50


def test_what_is_filled_is_asked_by_the_real_command(tmp_path: Path) -> None:
    url, maker = f"sqlite:///{tmp_path / 'store.db'}", Maker()
    assert 1 < fill(url, maker, 200) < 3
    old, new = write_rules(tmp_path, changes(maker.words))
    _, differ = seconds(url, "--old", str(old), "--rules", str(new))
    assert differ > 0
