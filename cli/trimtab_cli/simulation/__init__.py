"""The simulation: production workflows, adapters and real SDK clients against a laboratory full of faults.

One seed owns every choice: time, order, faults, people. A seed and a commit reproduce any failure.
"""
