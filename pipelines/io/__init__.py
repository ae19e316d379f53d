"""Where articles enter the stream and where results leave it."""
