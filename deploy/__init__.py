"""How Tocsin is put to work. Not part of the package."""
