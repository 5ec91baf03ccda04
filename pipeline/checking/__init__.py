"""Check what somebody published, on a disk or on the web, without trusting it."""
