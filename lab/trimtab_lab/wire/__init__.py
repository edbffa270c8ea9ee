"""How requests and answers look on the wire, by botocore's own service models."""
