"""One file a change; each says what it changes and why."""
