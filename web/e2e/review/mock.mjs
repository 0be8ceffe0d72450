/**
 * The service as the recruiter's pages know it: a small HTTP server over `story.mjs`, with the
 * built pages and a recording with Range support. Run it by hand to look at the pages:
 *
 *   node e2e/review/mock.mjs [folder of the built pages]
 */

import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { access, mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import * as story from "./story.mjs";

const run = promisify(execFile);

export const API_KEY = "ik_test_key";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".mp4": "video/mp4",
  ".mp3": "audio/mpeg",
  ".pdf": "application/pdf",
};

/** A recording of the story's length: a tone, and one frame a second of `picture` or a plain one. */
export async function makeRecording(folder, picture = null) {
  const input = picture
    ? ["-loop", "1", "-framerate", "1", "-i", picture]
    : ["-f", "lavfi", "-i", "color=c=0x334155:s=640x360:r=1"];
  const tone = ["-f", "lavfi", "-i", "sine=frequency=220:sample_rate=16000"];
  const length = ["-t", String(story.DURATION)];
  const quiet = ["-hide_banner", "-loglevel", "error", "-y"];
  await run("ffmpeg", [
    ...quiet, ...input, ...tone, ...length,
    "-c:v", "libx264", "-preset", "ultrafast", "-tune", "stillimage", "-pix_fmt", "yuv420p", "-g", "5",
    "-c:a", "aac", "-b:a", "24k", "-movflags", "+faststart", join(folder, "video.mp4"),
  ]);
  await run("ffmpeg", [...quiet, ...tone, ...length, "-b:a", "24k", join(folder, "audio.mp3")]);
}

const envelope = (status, code, message) => ({
  error: { type: "error", code, message, param: null, doc_url: null, errors: [] },
  status,
});

function send(response, status, body, headers = {}) {
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  response.writeHead(status, { ...type, "Cache-Control": "no-store", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

const refuse = (response, status, code, message) =>
  send(response, status, { error: envelope(status, code, message).error });

async function sendFile(request, response, path) {
  const { size } = await stat(path);
  const type = TYPES[extname(path)] ?? "application/octet-stream";
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const start = range ? Number(range[1]) : 0;
  const end = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
  response.writeHead(range ? 206 : 200, {
    "Content-Type": type,
    "Accept-Ranges": "bytes",
    "Content-Length": end - start + 1,
    ...(range ? { "Content-Range": `bytes ${start}-${end}/${size}` } : {}),
  });
  createReadStream(path, { start, end }).pipe(response);
}

function page(rows, query, cursorOf) {
  const limit = Number(query.get("limit") ?? 20);
  const after = query.get("starting_after");
  const from = after ? rows.findIndex((one) => cursorOf(one) === after) + 1 : 0;
  const data = rows.slice(from, from + limit);
  return {
    data,
    pagination: { has_more: from + limit < rows.length, total_count: rows.length, url: null },
  };
}

async function readBody(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text === "" ? {} : JSON.parse(text);
}

/** One running mock. Tests reach into `state` to make it slow, failing or logged out. */
export class Mock {
  constructor(pages, media) {
    this.pages = pages;
    this.media = media;
    this.reset();
    this.server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => {
        response.destroy(error);
      });
    });
  }

  reset() {
    this.state = {
      loggedIn: false,
      /** Milliseconds before each API answer, or Infinity for none. */
      delay: 0,
      /** Path part → status: makes matching API calls fail. */
      failing: new Map(),
      mediaGone: false,
      /** What was posted, in order. */
      posted: [],
    };
    this.questions = structuredClone(story.questions);
    this.interviews = new Map(story.interviews.map((one) => [one.interview_id, structuredClone(one)]));
  }

  async start(port = 0) {
    await new Promise((done) => this.server.listen(port, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this.url;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  async #answer(request, response) {
    const url = new URL(request.url, "http://mock");
    if (url.pathname.startsWith("/api/")) {
      if (this.state.delay === Infinity) return;
      if (this.state.delay > 0) await new Promise((done) => setTimeout(done, this.state.delay));
      await this.#api(request, response, url);
    } else if (url.pathname.startsWith("/media/")) {
      if (this.state.mediaGone) refuse(response, 403, "expired", "This address has run out.");
      else await sendFile(request, response, join(this.media, normalize(url.pathname.slice(7))));
    } else {
      await this.#static(request, response, url.pathname);
    }
  }

  async #static(request, response, pathname) {
    const path = join(this.pages, normalize(pathname));
    const found = extname(path) !== "" && (await access(path).then(() => true, () => false));
    await sendFile(request, response, found ? path : join(this.pages, "index.html"));
  }

  async #api(request, response, url) {
    const path = url.pathname;
    const { state } = this;
    for (const [part, status] of state.failing) {
      if (path.includes(part)) return refuse(response, status, "failing", "Made to fail.");
    }
    if (request.method !== "GET" && request.headers["x-requested-with"] !== "interviewer") {
      return refuse(response, 403, "csrf", "A header is missing.");
    }
    if (path === "/api/review/login") {
      const { api_key: key } = await readBody(request);
      if (key !== API_KEY) return refuse(response, 401, "invalid_key", "Unknown key.");
      state.loggedIn = true;
      return send(response, 204, undefined, { "Set-Cookie": "review=1; HttpOnly; Path=/" });
    }
    if (path === "/api/review/logout") {
      state.loggedIn = false;
      return send(response, 204);
    }
    if (!state.loggedIn) return refuse(response, 401, "unauthorized", "Log in first.");
    if (path === "/api/review/me") {
      return send(response, 200, { workspace: { id: "W1", slug: "cloudmetrics", name: "CloudMetrics" } });
    }
    if (request.method !== "GET" && path.includes("/questions")) {
      return this.#changeQuestions(request, response, path);
    }
    if (request.method === "POST") return this.#post(request, response, path);
    return this.#get(response, path, url.searchParams);
  }

  #get(response, path, query) {
    const [, , , kind, id, what] = path.split("/");
    if (kind === "postings" && id === undefined) {
      return send(response, 200, page(story.postings, query, (one) => one.id));
    }
    if (kind === "postings") {
      const posting = story.postings.find((one) => one.id === id);
      if (posting === undefined) return refuse(response, 404, "not_found", "No such posting.");
      const full = id === story.POSTING_ID;
      if (what === undefined) return send(response, 200, { object: "posting", data: posting });
      if (what === "stats") {
        const total = full ? story.candidates.length : 0;
        const data = { posting_id: id, title: posting.title, total_candidates: total, completed_interviews: full ? 82 : 0, average_interview_score: full ? 64.2 : null };
        return send(response, 200, { object: "posting_stats", data });
      }
      if (what === "questions") {
        return send(response, 200, page(full ? this.questions : [], query, (one) => one.id));
      }
      const rows = (full ? story.candidates : []).filter(
        (one) =>
          (!query.get("status") || one.status === query.get("status")) &&
          (!query.get("search") || `${one.name} ${one.email}`.toLowerCase().includes(query.get("search").toLowerCase())),
      );
      return send(response, 200, page(rows, query, (one) => one.interview_id));
    }
    if (kind === "interviews" && what === "data") return this.#interview(response, id);
    return refuse(response, 404, "not_found", "No such thing.");
  }

  #interview(response, id) {
    if (id === story.erased.interview_id) return refuse(response, 410, "erased", "It was erased.");
    if (id === story.forbidden.interview_id) return refuse(response, 403, "forbidden", "Not yours.");
    if (id === story.broken.interview_id) return refuse(response, 500, "internal", "Our fault.");
    const data = this.interviews.get(id);
    if (data === undefined) return refuse(response, 404, "not_found", "No such interview.");
    return send(response, 200, { object: "interview_data", data });
  }

  /** Adds, changes, deletes and orders as the service does, its refusals included. */
  async #changeQuestions(request, response, path) {
    const [, , , , postingId, , id] = path.split("/");
    const body = await readBody(request);
    const of = (modality) => this.questions.filter((one) => one.modality === modality);
    if (request.method === "POST" && id === "reorder") {
      const given = body.question_ids;
      if ([...given].sort().join() !== of(body.modality).map((one) => one.id).sort().join()) {
        return refuse(response, 422, "missing_question", "Every active question must be named exactly once.");
      }
      for (const one of of(body.modality)) one.rank = given.indexOf(one.id) + 1;
      return send(response, 200, page(of(body.modality), new URLSearchParams("limit=100"), (one) => one.id));
    }
    if (request.method === "POST") {
      const added = { ...story.blankQuestion, ...body, id: `N${this.questions.length}`, posting_id: postingId, rank: of(body.modality).length + 1 };
      this.questions.push(added);
      return send(response, 201, { object: "question", data: added });
    }
    const question = this.questions.find((one) => one.id === id);
    if (question === undefined) return refuse(response, 404, "not_found", "No such question.");
    if (request.method === "PATCH") Object.assign(question, body);
    else if (question.modality === "voice" && of("voice").length === 1) {
      return refuse(response, 409, "last_question", "An active posting keeps at least one question.");
    } else {
      this.questions = this.questions.filter((one) => one !== question);
      of(question.modality).sort((a, b) => a.rank - b.rank).forEach((one, at) => (one.rank = at + 1));
    }
    return send(response, 200, { object: "question", data: question });
  }

  async #post(request, response, path) {
    const [, , , , id, what] = path.split("/");
    const body = await readBody(request);
    this.state.posted.push({ path, body });
    const data = this.interviews.get(id);
    if (data === undefined) return refuse(response, 404, "not_found", "No such interview.");
    if (what === "shortlist") data.status = "shortlisted";
    if (what === "dismiss") data.status = "dismissed";
    if (what === "review") {
      const web = data.web_interview;
      const row = web.scorecard.find((one) => one.question_id === body.question_id);
      row.override = { score: body.score, reason: body.reason, by: "key:1", at: story.NOW };
      web.match_score = story.matchScore(web.scorecard);
      data.score = web.match_score;
    }
    return send(response, 200, { object: "interview_data", data });
  }
}

/** A mock over freshly built pages and a made recording; `close` removes all of it. */
export async function openMock({ picture = null, pages = null } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "review-pages-"));
  let built = pages;
  if (built === null) {
    built = join(folder, "pages");
    const { build } = await import("vite");
    await build({
      root: fileURLToPath(new URL("../..", import.meta.url)),
      logLevel: "error",
      build: { outDir: built, emptyOutDir: true },
    });
  }
  await makeRecording(folder, picture);
  const mock = new Mock(built, folder);
  await mock.start();
  return {
    mock,
    url: mock.url,
    close: async () => {
      await mock.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { mock, url } = await openMock({ pages: process.argv[2] ?? null });
  mock.state.loggedIn = true;
  console.log(`${url}/review (API key: ${API_KEY})`);
}
