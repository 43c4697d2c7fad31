"""Tests of the provider, of what ships with it and of its packaging."""
