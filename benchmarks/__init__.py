"""What the daemon can do, measured beside the bare thing in the same run: machines differ, ratios hold."""
