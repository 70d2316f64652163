"""Classifiers of several locales merged into one for another locale."""
