"""Decision: which releases are acceptable, why the others are not, and in what order.

`decide` is the entrance, `rules` reject, `scores` rank, `sources` merges what several
indexers offer, `sizes` knows how large music is, `explain` has the sentences.
"""

from ..settings import Preferences
from .decide import decide, decide_ladder, decide_offers

__all__ = ["Preferences", "decide", "decide_ladder", "decide_offers"]
