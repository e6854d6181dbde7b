"""What every stage shares: optimiser, checkpoints, the loop."""
