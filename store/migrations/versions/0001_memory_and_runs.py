"""Memory (articles, versions, bands, names), rule sets, and the records of named runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "memory_article",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("bands", sa.LargeBinary(), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.Column("parent", sa.BigInteger()),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="memory_article_pkey"),
    )
    op.create_index("memory_article_id", "memory_article", ["id"], unique=True)
    op.create_index("memory_article_order", "memory_article", ["seen", "id"])
    op.create_index(
        "memory_article_parent",
        "memory_article",
        ["parent"],
        sqlite_where=sa.text("parent IS NOT NULL"),
        postgresql_where=sa.text("parent IS NOT NULL"),
    )
    op.create_table(
        "memory_version",
        sa.Column("article", sa.String(32), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("rings", sa.Boolean(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
    )
    op.create_index("memory_version_key", "memory_version", ["article", "version"], unique=True)
    op.create_index("memory_version_order", "memory_version", ["seen", "article", "version"])
    op.create_table(
        "memory_band",
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("article", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "ordinal", "article", name="memory_band_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("memory_band_until", "memory_band", ["hash", "until", "ordinal"])
    op.create_table(
        "memory_name",
        sa.Column("article", sa.String(32), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("articles", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("article", "version", "type", "name", name="memory_name_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rule_set",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="rule_set_pkey"),
    )
    op.create_table(
        "run",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("rule_set", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("name", name="run_pkey"),
    )
    op.create_table(
        "run_article",
        sa.Column("run", sa.String(200), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run", "id", "version", name="run_article_pkey"),
    )
    op.create_table(
        "run_story",
        sa.Column("run", sa.String(200), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.Text(), nullable=False),
        sa.Column("publishers", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run", "id", name="run_story_pkey"),
    )
    op.create_table(
        "run_entity",
        sa.Column("run", sa.String(200), nullable=False),
        sa.Column("article", sa.String(32), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "run", "article", "version", "field", "start", "end", "type", name="run_entity_pkey"
        ),
    )
    op.create_table(
        "run_mention",
        sa.Column("run", sa.String(200), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("rule_set", sa.String(32), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run", "id", "rule_set", name="run_mention_pkey"),
    )
    op.create_index("run_mention_article", "run_mention", ["run", "article"])
    op.create_table(
        "run_near_miss",
        sa.Column("run", sa.String(200), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("rule_set", sa.String(32), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run", "id", "rule_set", name="run_near_miss_pkey"),
    )
    op.create_index("run_near_miss_article", "run_near_miss", ["run", "article"])
    op.create_table(
        "run_alert",
        sa.Column("run", sa.String(200), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("rule_set", sa.String(32), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run", "id", name="run_alert_pkey"),
    )
    op.create_index("run_alert_story", "run_alert", ["run", "story"])
    op.create_table(
        "run_dead_letter",
        sa.Column("run", sa.String(200), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run", "id", name="run_dead_letter_pkey"),
    )
