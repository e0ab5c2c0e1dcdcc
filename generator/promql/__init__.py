"""What an expression of PromQL means: its syntax tree, the series it reads, and what can be said of its value."""
