"""Whatever wakes us: EventBridge bodies, queue records, inputs → model or MessageError."""
