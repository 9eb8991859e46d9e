"""The machine and the process: CPUs, memory, logs, metrics."""
