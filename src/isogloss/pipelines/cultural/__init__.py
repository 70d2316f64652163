"""Cultural: whose values does a model voice, and in which language?"""
