"""A language model on another machine, as far as this one notices: answers that cost nothing here.

`python -m tests.load.elsewhere PORT` serves OpenAI's chat completions with the delays of a small
model on a GPU. What it says would not do in an interview: a question about the last long word of
the prompt. For load measurements only.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from tests.ports import free_port

NAME = "elsewhere"
FIRST_TOKEN_SECONDS = 0.2
TOKEN_SECONDS = 0.02
START_SECONDS = 30.0
CHOICES = ("no", "3")
"""A follow-up is worth its time; a middling score."""
QUESTIONS = (
    "What was the hardest part of the {word}, and how did you handle it?",
    "How did you go about the {word}, step by step?",
    "What would you do differently about the {word} now?",
    "Who else worked on the {word}, and what did you do yourself?",
)


@contextmanager
def served() -> Iterator[dict[str, str]]:
    """The variables, without their prefix, by which the service finds it."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.load.elsewhere", str(port)])
    try:
        _wait_until_ready(port)
        yield {"LLM_BASE_URL": f"http://127.0.0.1:{port}/v1", "LLM_MODEL": NAME}
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


async def _models(_: web.Request) -> web.Response:
    return web.json_response({"object": "list", "data": [{"id": NAME, "object": "model"}]})


async def _complete(request: web.Request) -> web.StreamResponse:
    asked = await request.json()
    await asyncio.sleep(FIRST_TOKEN_SECONDS)
    question = _question(str(asked["messages"][-1]["content"]))
    if asked.get("stream"):
        return await _streamed(request, question.split(" "))
    if asked.get("logprobs"):
        return web.json_response(_answer(CHOICES[0], logprobs={"content": [_likeliest()]}))
    await asyncio.sleep(TOKEN_SECONDS * min(asked["max_tokens"], len(question.split())))
    return web.json_response(_answer(question))


def _question(prompt: str) -> str:
    said = prompt.rpartition("<answer>")[2].partition("</answer>")[0]
    words = re.findall(r"[a-z]{6,}", said.lower())
    return QUESTIONS[len(said) % len(QUESTIONS)].format(word=words[-1] if words else "work")


async def _streamed(request: web.Request, words: list[str]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for number, word in enumerate(words):
        piece = word if number == 0 else f" {word}"
        body = _answer(None, delta={"role": "assistant", "content": piece})
        await response.write(f"data: {json.dumps(body)}\n\n".encode())
        await asyncio.sleep(TOKEN_SECONDS)
    await response.write(b"data: [DONE]\n\n")
    return response


def _answer(text: str | None, **more: Any) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "finish_reason": None if text is None else "stop", **more}
    if text is not None:
        choice["message"] = {"role": "assistant", "content": text}
    kind = "chat.completion.chunk" if text is None else "chat.completion"
    return {"id": "1", "object": kind, "created": 0, "model": NAME, "choices": [choice]}


def _likeliest() -> dict[str, Any]:
    top = [{"token": text, "logprob": -1.0, "bytes": None} for text in CHOICES]
    return {**top[0], "top_logprobs": top}


def main() -> None:
    app = web.Application()
    app.router.add_get("/v1/models", _models)
    app.router.add_post("/v1/chat/completions", _complete)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)


if __name__ == "__main__":
    main()
