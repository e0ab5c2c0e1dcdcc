"""A program that receives notifications the way Slack, PagerDuty, a mail server and a webhook would, and keeps them."""
