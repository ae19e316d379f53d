"""The world: everything that touches a network or a folder."""
