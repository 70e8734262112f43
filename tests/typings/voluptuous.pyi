# Inside Home Assistant `voluptuous` is an alias of its own validator.
from probatio import *  # noqa: F403
from probatio import Coerce as Coerce, Schema as Schema
