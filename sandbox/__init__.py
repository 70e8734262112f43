"""A small world on loopback: MusicBrainz, a Torznab indexer, a tracker and a seeder.

All of its music is made up, and made on the spot. It imports nothing of the core.
"""
