"""What the benchmarks write, and how they measure a process."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from interviewer.observability import metrics
from interviewer.rehearsal.run import RehearsalReport, TurnTiming
from tests.load import bench, flame, response
from tests.load.processes import usage, watched


def test_a_table_replaces_only_what_is_between_its_marks(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text(
        "# Benchmarks\n\n## Scoring\n\nBy hand.\n\n## Words\n\nBefore.\n"
        "<!-- bench:words -->\nold\n<!-- /bench -->\nAfter.\n"
    )
    bench.publish(document, "words", r"new \1")
    bench.publish(document, "response", "| a |")
    text = document.read_text()
    assert "Before.\n<!-- bench:words -->\nnew \\1\n<!-- /bench -->\nAfter.\n" in text
    assert "By hand." in text
    assert "old" not in text
    assert text.endswith(
        "## Response and cost\n\n<!-- bench:response -->\n| a |\n<!-- /bench -->\n"
    )
    bench.publish(document, "response", "| b |")
    assert document.read_text() == text.replace("| a |", "| b |")


def test_figures_of_other_parts_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    bench.keep(path, "words", ["live 7.1"])
    bench.keep(path, "response", {"all": {}})
    bench.keep(path, "words", ["live 7.0"])
    kept = json.loads(path.read_text())
    assert {part: kept[part]["figures"] for part in kept} == {
        "words": ["live 7.0"],
        "response": {"all": {}},
    }


def test_without_recordings_it_says_what_it_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "DOCUMENT", tmp_path / "benchmarks.md")
    monkeypatch.setattr(sys, "argv", ["bench", "words", "scoring"])
    assert bench.main() == 0
    assert capsys.readouterr().out == "Left out for want of --eval: words, scoring.\n"
    assert not (tmp_path / "benchmarks.md").exists()


def test_the_table_has_a_row_for_each_interview_and_one_for_all() -> None:
    turn = TurnTiming(
        number=1, follow_up=False, said="I did.", spoke_for=2.0, first_sound=0.8, to_move=1.25
    )
    report = RehearsalReport(persona="strong", interview_id="I", turns=[turn], seconds=90.0)
    figures = response.latencies([report])
    cost = {"minutes": 1.5, "cpu_seconds_per_minute": 30.0, "peak_rss_mb": 900}
    one = {"persona": "strong", "posting": "demo", "report_seconds": 9.5, **figures, **cost}
    silent = {**one, "persona": "silent", **response.latencies([])}
    spoiled = {"turns": 4, "cut_in": 1, "to_a_part": 2}
    baseline = {**spoiled, "first_sound_p50": 2.5, "first_sound_p95": 2.9}
    stages = [{"stage": "hold", "times": 4, "mean": 1.125}]
    all_of_them = {"all": {**figures, **cost}, "stock": baseline, "stages": stages}
    lines = response.table({"interviews": [one, silent], **all_of_them}).split("\n")
    assert (
        lines[2] == "| strong | demo | 1.5 | 1 | 0.80 / 0.80 | 1.25 / 1.25 | 0 | 30.0 | 9.5 | 900 |"
    )
    assert "| – | – |" in lines[3]
    assert lines[4].startswith("| all |")
    assert {len(line.split("|")) for line in lines[:5]} == {12}
    assert lines[6].endswith(
        "2.50 / 2.90 s; of 4 answers it replied into 1, and to 2 before it had their last words."
    )
    assert (
        lines[-1]
        == "| hold | 4 | 1.12 | silence until it may be over, whether they go on then or not |"
    )


def test_the_flame_graph_has_the_work_and_not_the_waiting() -> None:
    sampled = [
        "run (app.py:1);decode (speech/<whisper>.py:30) 30",
        "run (app.py:1);decode (speech/<whisper>.py:31) 30",
        "run (app.py:2);tell (agent/feed.py:9) 20",
        "run (app.py:1);wait (threading.py:327) 500",
    ]
    stacks = flame.busy(sampled)
    assert stacks == {
        ("run (app.py)", "decode (speech/<whisper>.py)"): 60,
        ("run (app.py)", "tell (agent/feed.py)"): 20,
    }
    svg = flame.drawn(stacks)
    shares = dict(re.findall(r"<title>(.*): (.*)</title>", svg))
    assert shares == {
        "run (app.py)": "100.0%",
        "decode (speech/&lt;whisper&gt;.py)": "75.0%",
        "tell (agent/feed.py)": "25.0%",
    }
    assert "0.4 s of work" in svg


def test_each_stage_of_a_turn_has_its_mean() -> None:
    registry = CollectorRegistry()
    stages = Histogram("interviewer_turn_seconds", "", ["stage"], registry=registry)
    for seconds in (0.2, 0.4):
        stages.labels("settle").observe(seconds)
    told = generate_latest(registry).decode()
    assert response.mean_stages(told) == [{"stage": "settle", "times": 2, "mean": 0.3}]
    assert [f.name for f in metrics.TURN_STAGE.describe()] == ["interviewer_turn_seconds"]


async def test_the_time_of_children_and_of_their_children_counts() -> None:
    burn = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass\n"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); input()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", child, stdin=asyncio.subprocess.PIPE
    )
    try:
        async with watched(process.pid) as spent, asyncio.timeout(30):
            while usage(process.pid).cpu_seconds < 0.4:
                await asyncio.sleep(0.05)
    finally:
        process.kill()
        await process.wait()
    assert 0.3 < spent.cpu_seconds < 5.0
    assert spent.peak_rss_bytes > 2**20
