"""What to look at: one module a dashboard, one house style."""
