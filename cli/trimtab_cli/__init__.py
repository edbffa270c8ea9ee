"""The command line of Trimtab: reports, explanations, and the demo over the embedded laboratory."""
