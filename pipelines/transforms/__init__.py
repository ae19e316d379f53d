"""One thin PTransform a file; the rules they carry data to live in `tocsin`."""
