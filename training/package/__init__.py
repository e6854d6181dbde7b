"""From trained weights to the package that is served."""
