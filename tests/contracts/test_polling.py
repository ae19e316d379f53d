import pytest

from console.cli.feeds_check import span
from tests.contracts.tree import ROOT
from tocsin.poll import DEFAULT, WHOLE_EVERY

POLLING = (ROOT / "docs/reference/polling.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("rule", "figure"),
    [
        ("bounds", span(DEFAULT.floor)),
        ("bounds", f"{DEFAULT.ceiling / 3600:.0f} h"),
        ("rate", f"{span(DEFAULT.pace)} for one"),
        ("rate", f"{span(DEFAULT.pace / 8.6**0.5)} for 8.6"),
        ("rate", f"{span(DEFAULT.pace / 25**0.5)} for 25"),
        ("no dates, or all the same", f"{span(DEFAULT.first)} at first"),
        ("`ttl`", span(DEFAULT.longest_wish)),
        ("jitter", f"{DEFAULT.jitter:.0%}".replace("%", " %")),
        ("errors in a row", f"or {span(DEFAULT.first)} if"),
        ("410, gone", f"over {span(DEFAULT.gone_after)}"),
        ("no success", span(DEFAULT.failing_after)),
        ("permanent redirect", span(DEFAULT.moved_after)),
    ],
)
def test_the_rules_of_polling_are_told_with_the_figures_in_force(rule: str, figure: str) -> None:
    (row,) = [line for line in POLLING.splitlines() if line.startswith(f"| {rule}")]
    assert figure in row


def test_every_so_many_polls_is_told() -> None:
    assert WHOLE_EVERY == 12
    assert "Every twelfth poll" in POLLING
