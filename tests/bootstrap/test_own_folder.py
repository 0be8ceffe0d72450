"""A folder of a process's own, where several machines share the volume."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from interviewer.bootstrap.parts import own_folder

HOLD = """
import sys
from pathlib import Path
from interviewer.bootstrap.parts import own_folder
print(own_folder(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def test_what_the_living_have_stays_and_what_the_dead_left_goes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        (theirs / "voice.mka").write_bytes(b"voice")
        mine = own_folder(tmp_path)
        assert mine != theirs
        assert (theirs / "voice.mka").exists()
        other.kill()
        other.wait()
    (tmp_path / "1234").mkdir()  # as versions before this one named theirs
    newest = own_folder(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"{p.name}{end}" for p in (mine, newest) for end in ("", ".lock")}
    assert list(newest.iterdir()) == []
