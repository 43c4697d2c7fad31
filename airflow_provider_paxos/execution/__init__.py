"""What a worker runs of the operators and sensors."""
