"""Sensors that wait for orchestrations."""
