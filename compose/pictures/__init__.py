"""Pictures of dashboards as a reader sees them, taken with a headless browser."""
