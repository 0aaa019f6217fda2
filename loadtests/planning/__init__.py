"""What a replay will send, worked out before a request is sent."""
