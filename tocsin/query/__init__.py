"""The query language: parsed once, evaluated with evidence."""
