"""What the machine offers: processes, users, ports, locks, and what must be installed."""
