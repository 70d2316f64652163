"""Counting: can a model say how many words of a list belong to a category?"""
