"""Tests of the API part: no socket, no clock and no mock library, except where the drivers are tested."""
