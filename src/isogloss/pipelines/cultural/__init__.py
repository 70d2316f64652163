"""Cultural alignment: whose values a model voices, and in which language."""
