"""A platform checked without load: journey by journey, and in a race for its last units."""
