"""Proof by the real programs: promtool, amtool and a Loki of its own are asked what the rules do."""
