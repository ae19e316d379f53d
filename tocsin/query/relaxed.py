"""What a query asks beside one field: for asking that first, and the field only of what is left."""

from tocsin.query.nodes import And, Field, Leaf, Node, Not, Or, all_of, any_of


def relaxed(node: Node, field: Field) -> Node | None:
    """Give a query that matches whatever `node` may match, and has no leaf of a field.

    None where nothing is left to ask: then everything may match.
    """
    found = _relaxed(node, field, holds=True)
    return None if isinstance(found, bool) else found


def _relaxed(node: Node, field: Field, *, holds: bool) -> Node | bool:
    """Let every leaf of the field say what helps the query most: under NOT, that it is not so."""
    if isinstance(node, Leaf) and node.field is field:
        return holds
    if isinstance(node, Not):
        part = _relaxed(node.part, field, holds=not holds)
        return not part if isinstance(part, bool) else Not(part)
    if isinstance(node, And | Or):
        decides = isinstance(node, Or)  # what one part says decides for all
        parts = [_relaxed(part, field, holds=holds) for part in node.parts]
        left = [part for part in parts if not isinstance(part, bool)]
        if decides in parts:
            return decides
        return (any_of if decides else all_of)(left) if left else not decides
    return node
