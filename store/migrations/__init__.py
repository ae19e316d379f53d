"""Migrations of the store, up only: one file a change, run by `store.engine.migrate`."""
