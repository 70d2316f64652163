"""Intervals, sub-pools and resampling: statistics that several rooms share."""
