"""Constants of Music Agregator."""

import logging

DOMAIN = "music_agregator"
LOGGER = logging.getLogger(__package__)

EVENT_STATUS = "music_agregator_status"
SUBENTRY_TYPE_INDEXER = "indexer"

CONF_MUSICBRAINZ_URL = "musicbrainz_url"
CONF_SAVE_PATH = "save_path"

ATTR_ALBUM = "album"
ATTR_ALBUM_ID = "album_id"
ATTR_ARTIST = "artist"
ATTR_QUALITY = "quality"
ATTR_REASON = "reason"
ATTR_RUN_ID = "run_id"
ATTR_SEQ = "seq"
