"""Feeds: polled politely, parsed in killable children, published and only then remembered."""
