"""One module per training stage, each with run(options)."""
