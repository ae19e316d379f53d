"""An index of deliveries by when they were entered, so that pages of the newest are read from its end."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index("delivery_newest", "delivery", ["rung", "message", "channel"])
