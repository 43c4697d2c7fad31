"""Operators that submit orchestrations."""
