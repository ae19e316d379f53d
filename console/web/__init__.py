"""The HTTP API: what the commands do, for programs, with a token for each who asks."""
