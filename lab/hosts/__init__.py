"""What runs inside a host of the lab."""
