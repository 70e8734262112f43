"""The packages of the wheel: found, so that none is forgotten."""

from setuptools import find_packages, setup

CORE = "custom_components/music_agregator/core"

setup(
    packages=[
        "music_agregator",
        *(f"music_agregator.{name}" for name in find_packages(CORE)),
        "music_agregator_toolkit",
    ],
    package_dir={
        "music_agregator": CORE,
        "music_agregator_toolkit": "notebooks/toolkit",
    },
)
