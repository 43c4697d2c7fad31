"""What the package costs, measured side by side with its peers: ``make bench``."""
