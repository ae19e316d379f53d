"""Articles from files: seed folders and archives."""
