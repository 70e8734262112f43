"""A person at a kernel: is asked, answers, interrupts; prints what was seen as JSON."""

import json
import sys
import time
from typing import Any

from jupyter_client.manager import KernelManager

_SECONDS = 120


class Person:
    """Somebody who runs cells of one kernel."""

    def __init__(self) -> None:
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel()
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        self.questions: list[dict[str, Any]] = []

    def run(self, code: str, *answers: str, interrupt_at: str = "\0") -> dict[str, Any]:
        """Run a cell, answer its questions; interrupt it when it prints some words."""
        left = list(answers)
        seen: dict[str, Any] = {"text": "", "error": "", "traceback": ""}

        def note(message: dict[str, Any]) -> None:
            content = message["content"]
            data = content.get("data", {})
            seen["text"] += content.get("text", "") + data.get("text/plain", "")
            if message["msg_type"] == "error":
                seen["error"] = content["ename"]
                seen["traceback"] = content["evalue"] + "\n".join(content["traceback"])
            if message["msg_type"] == "stream" and interrupt_at in seen["text"]:
                self._manager.interrupt_kernel()

        def answer(message: dict[str, Any]) -> None:
            self.questions.append(message["content"])
            self._client.input(left.pop(0))

        self._client.execute_interactive(
            code,
            allow_stdin=True,
            stdin_hook=answer,
            output_hook=note,
            timeout=_SECONDS,
        )
        return seen

    def leave(self) -> None:
        """Shut the kernel down."""
        self._client.stop_channels()
        self._manager.shutdown_kernel()


def main() -> None:
    """Do what people do on the first day."""
    person = Person()
    started = time.monotonic()
    try:
        connect = (
            "from music_agregator_toolkit import *\nsession = await connect()\nsession"
        )
        refused = person.run(connect, "n")
        taken = person.run(connect, "")
        again = person.run(connect)
        begun = person.run(
            "run = await session.monitor('Slow Cartography', 'hi_res', artist='Ferro Mere')\n"
            "run"
        )
        interrupted = person.run(
            "print('now I wait', flush=True)\nawait run", interrupt_at="now I wait"
        )
        goes_on = person.run("story = await run.ended()\nstory[-1].status.value")
        secret = person.run(
            "import os\n"
            "from music_agregator.standalone.environment import settings_of\n"
            "told = {'MUSIC_AGREGATOR_QBITTORRENT_URL': 'http://127.0.0.1:1',\n"
            "        'MUSIC_AGREGATOR_QBITTORRENT_USERNAME': 'me',\n"
            "        'MUSIC_AGREGATOR_INDEXER_URL': 'http://127.0.0.1:2'}\n"
            "settings_of(told)",
            "canary-password",
            "canary-key",
        )
        busy = person.run(
            "import subprocess, sys\n"
            "program = '''\n"
            "import asyncio, sys\n"
            "from music_agregator_toolkit import connect\n"
            "asyncio.run(connect(dict(item.split('=', 1) for item in sys.argv[1:])))\n"
            "'''\n"
            "from music_agregator_toolkit.sandboxed import sandbox\n"
            "told = [f'{k}={v}' for k, v in (await sandbox()).environment.items()]\n"
            "done = subprocess.run([sys.executable, '-c', program, *told],\n"
            "                      capture_output=True, text=True)\n"
            "print(done.returncode, done.stderr[-300:])"
        )
    finally:
        person.leave()
    seen: dict[str, Any] = {
        name: value for name, value in locals().items() if isinstance(value, dict)
    }
    seen["questions"] = person.questions
    seen["seconds"] = time.monotonic() - started
    sys.stdout.write(json.dumps(seen))


main()
