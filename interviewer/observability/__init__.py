"""What ops see: logs here, metrics in `api.metrics`."""
