from schemas import Actor, Subscription, WatchList, freeze

RUSSIA = WatchList(name="russia", actors=(Actor(id="russia", name="Russia"),))
ECOWAS = WatchList(name="ecowas", actors=(Actor(id="ecowas", name="ECOWAS"),))
BOTH = (Subscription(id="a", query="actor:russia"), Subscription(id="b", query="actor:ecowas"))


def test_the_order_of_its_parts_does_not_change_a_rule_set() -> None:
    one = freeze((RUSSIA, ECOWAS), BOTH, ("matcher 1", "fold 2"))
    two = freeze((ECOWAS, RUSSIA), BOTH[::-1], ("fold 2", "matcher 1"))
    assert one == two


def test_any_changed_rule_makes_another_rule_set() -> None:
    first = freeze((RUSSIA,), BOTH, ("matcher 1",))
    others = {
        freeze((ECOWAS,), BOTH, ("matcher 1",)).id,
        freeze((RUSSIA,), BOTH[:1], ("matcher 1",)).id,
        freeze((RUSSIA,), BOTH, ("matcher 2",)).id,
        freeze((RUSSIA,), (BOTH[0], Subscription(id="b", query="x")), ("matcher 1",)).id,
    }
    assert len(others) == 4
    assert first.id not in others
