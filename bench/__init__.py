"""Measurements: figures as ratios against a bare baseline in the same run, never as timed tests."""
