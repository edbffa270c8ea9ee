"""The closed loop: a policy chooses sizes, and sees only what those sizes let it see."""
