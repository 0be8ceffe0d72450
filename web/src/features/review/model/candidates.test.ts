import { describe, expect, it } from "vitest";

import { applyView, DEFAULT_VIEW, hasResults, type View, viewFromQuery, viewToQuery } from "./candidates";
import { candidate } from "./story";

const NOW = 1_000_000_000;
const rows = [
  candidate("Ada", { score: 70, status: "completed", interviewed_at: NOW - 3_600 }),
  candidate("Ben", { score: null, status: "pending", created_at: NOW - 10 * 86_400 }),
  candidate("Cem", { score: 91, status: "shortlisted", interviewed_at: NOW - 3 * 86_400 }),
  candidate("Dee", { score: 70, status: "dismissed", interviewed_at: NOW - 2 * 86_400 }),
];
const names = (change: Partial<View>) =>
  applyView(rows, { ...DEFAULT_VIEW, ...change }, NOW).map((row) => row.name);

describe("sorting", () => {
  it("puts the newest first", () => {
    expect(names({})).toEqual(["Ada", "Dee", "Cem", "Ben"]);
  });

  it("keeps those without a score last in both directions", () => {
    expect(names({ sort: "score", direction: "desc" })).toEqual(["Cem", "Ada", "Dee", "Ben"]);
    expect(names({ sort: "score", direction: "asc" })).toEqual(["Ada", "Dee", "Cem", "Ben"]);
  });

  it("puts what waits for a decision first", () => {
    expect(names({ sort: "status", direction: "asc" })).toEqual(["Ada", "Ben", "Cem", "Dee"]);
  });

  it("leaves the given list as it was", () => {
    names({ sort: "name", direction: "desc" });
    expect(rows[0]?.name).toBe("Ada");
  });
});

describe("filtering", () => {
  it("finds part of a name or address in any case", () => {
    expect(names({ search: " DEE@ " })).toEqual(["Dee"]);
  });

  it("takes status, lowest score and days together", () => {
    expect(names({ minScore: 70 })).toEqual(["Ada", "Dee", "Cem"]);
    expect(names({ minScore: 70, days: 1 })).toEqual(["Ada"]);
    expect(names({ status: "dismissed", minScore: 80 })).toEqual([]);
  });
});

describe("the address", () => {
  it("holds a view and gives it back", () => {
    const view: View = { search: "a b", status: "completed", minScore: 60, days: 7, sort: "score", direction: "asc" };
    expect(viewFromQuery(viewToQuery(view))).toEqual(view);
  });

  it("is empty for the usual view", () => {
    expect(viewToQuery(DEFAULT_VIEW)).toBe("");
    expect(viewFromQuery("")).toEqual(DEFAULT_VIEW);
  });

  it("ignores what it doesn't know", () => {
    expect(viewFromQuery("?status=x&sort=-y&min_score=abc&days=-3")).toEqual(DEFAULT_VIEW);
  });
});

it("has something to show only after the evaluation", () => {
  expect(hasResults("evaluating")).toBe(false);
  expect(hasResults("dismissed")).toBe(true);
});
