"""The query language: parsed once, evaluated with evidence."""

VERSION = "queries-3"
"""Changes whenever a query would match other articles; part of the rule set's id."""
