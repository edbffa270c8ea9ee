"""AWS, and nothing but AWS: one class per port."""
