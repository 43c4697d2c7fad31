"""Triggers that wait for orchestrations without a worker."""
