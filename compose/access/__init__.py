"""Who may do what in Grafana: what provisioning files cannot say, brought about through its interface."""
