"""The rooms of the house; they meet in the catalog only."""
