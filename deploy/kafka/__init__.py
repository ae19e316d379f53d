"""A Kafka broker without Docker."""
