"""Wait for orchestrations in the triggerer: the trigger, its event, its pollers."""
