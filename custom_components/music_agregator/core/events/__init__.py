"""Events: `journal` commits them, `bus` publishes and replays them, `history` reads them.

How secrets stay out of them: `event_data.py`.
"""
