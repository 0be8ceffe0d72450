"""The service as its users meet it: a process, a browser, the REST API."""
