"""Constants of Music Agregator."""

import logging

DOMAIN = "music_agregator"
LOGGER = logging.getLogger(__package__)

EVENT_STATUS = "music_agregator_status"
SUBENTRY_TYPE_INDEXER = "indexer"

CONF_ALLOW_PACKS = "allow_packs"
CONF_EDITION = "edition"
CONF_HIGH_ACCEPTS_LOSSLESS = "high_accepts_lossless"
CONF_IGNORED_WORDS = "ignored_words"
CONF_LOSSLESS_PREFERS_HI_RES = "lossless_prefers_hi_res"
CONF_MINIMUM_SEEDERS = "minimum_seeders"
CONF_MUSICBRAINZ_URL = "musicbrainz_url"
CONF_PRIORITY = "priority"
CONF_REQUIRED_WORDS = "required_words"
CONF_SAVE_PATH = "save_path"
CONF_WORDING = "wording"

ATTR_ALBUM = "album"
ATTR_ALBUM_ID = "album_id"
ATTR_ARTIST = "artist"
ATTR_QUALITY = "quality"
ATTR_REASON = "reason"
ATTR_RUN_ID = "run_id"
ATTR_SEQ = "seq"
