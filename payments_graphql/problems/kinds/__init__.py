"""All kinds of problems, one module per family."""
