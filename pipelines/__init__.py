"""The stream: all Beam, nothing but Beam."""
