"""Pages of pilots: which one would see a lift, and what a go-live changed."""
