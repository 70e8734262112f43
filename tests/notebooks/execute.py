"""Run a notebook from top to bottom in a kernel, and print it as it is then."""

import sys

from nbclient import NotebookClient
import nbformat

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(
    notebook, timeout=200, kernel_name="python3", store_widget_state=True
).execute()
sys.stdout.write(nbformat.writes(notebook))
