"""Shipped data: watch lists, rules of inflection, words of languages."""
