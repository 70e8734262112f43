"""Constants of Music Agregator."""

import logging

DOMAIN = "music_agregator"
LOGGER = logging.getLogger(__package__)

COVER_URL = "/api/music_agregator/cover/{album_id}"
# The key of the to-do list: users who control it may ask.
TODO_KEY = "wanted_list"
EVENT_STATUS = "music_agregator_status"
SUBENTRY_TYPE_INDEXER = "indexer"

SECTION_QUALITY = "quality"
SECTION_RELEASES = "releases"
SECTION_ASKING = "asking"
SECTION_DOWNLOADS = "downloads"
SECTION_LIBRARY = "library"
SECTION_WANTED = "wanted"
SECTION_VOICE = "voice"
SECTION_UPKEEP = "upkeep"

CONF_ALBUM_ENTITIES = "album_entities"
CONF_CLIENT_FOLDER = "client_folder"
CONF_HOME_FOLDER = "home_folder"
CONF_LIBRARY_FOLDERS = "library_folders"
CONF_LLM_TOOLS = "llm_tools"
CONF_MAXIMUM_SIZE = "maximum_size"
CONF_MINIMUM_SIZE = "minimum_size"
CONF_MUSICBRAINZ_URL = "musicbrainz_url"
CONF_PRIORITY = "priority"
CONF_QUALITY = "quality"
CONF_SENTENCES = "sentences"
CONF_SHOWN_HOURS = "shown_hours"

ATTR_ALBUM = "album"
ATTR_ALBUM_ID = "album_id"
ATTR_ARTIST = "artist"
ATTR_QUALITY = "quality"
ATTR_RANK = "rank"
ATTR_REASON = "reason"
ATTR_REQUESTED_BY = "requested_by"
ATTR_RUN_ID = "run_id"
ATTR_SEQ = "seq"
ATTR_STATUS = "status"
ATTR_STORE_ID = "store_id"
