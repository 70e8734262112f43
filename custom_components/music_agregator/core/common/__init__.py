"""What every package may use: time, tasks, signals, retries, HTTP."""
