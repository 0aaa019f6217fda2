"""Pages for those who run stores and systems: quarterly health, and drills."""
