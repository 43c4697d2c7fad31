"""Tests of the example Dags and of the modules beside them."""
