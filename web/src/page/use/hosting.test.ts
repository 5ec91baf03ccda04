import { expect, test } from "vitest";
import { hosted, hostingOf } from "./hosting.ts";

const URL = "https://example.org/site/";

test.each([
  "http://127.0.0.1:8000/?model=digits#use",
  "http://127.0.1.1/",
  "http://localhost:8000/site/index.html",
  "http://blog.localhost/",
  "http://[::1]:8000/",
  "http://0.0.0.0:8000/",
  "file:///home/me/site/index.html",
])("%s is only this computer's: the page says what to replace, and how to be rid of it", (page) => {
  const { base, advice } = hostingOf(page, undefined);
  expect(page.startsWith(base)).toBe(true);
  expect(base.endsWith("/")).toBe(true);
  expect(advice).toContain(`\`${base}\`, which only this computer can reach`);
  expect(advice).toContain("--base-url");
});

test.each([
  `${URL}?model=digits`,
  "http://192.168.0.7:8000/",
  "https://localhost.example.org/",
  "https://127.example/",
])("%s is an address for others: there is nothing to say", (page) => {
  expect(hostingOf(page, undefined).advice).toBe("");
});

test("the owner's address is named wherever the page is open, and a preview says that nothing is there yet", () => {
  const page = "http://localhost:8000/index.html";
  const preview = hostingOf(page, URL);
  expect(preview.base).toBe(URL);
  expect(preview.advice).toMatch(
    /`https:\/\/example\.org\/site\/`, where this site is to be hosted/,
  );
  expect(hosted("http://localhost:8000/models/a/latest.json", page, preview)).toBe(
    `${URL}models/a/latest.json`,
  );
  expect(hosted("https://other.example/x", page, preview)).toBe("https://other.example/x");
  expect(hostingOf(`${URL}index.html`, URL)).toEqual({ base: URL, advice: "" });
  expect(hostingOf("https://mirror.example/", URL)).toEqual({ base: URL, advice: "" });
});

test.each([null, 7, "", "x", "example.org/", "https://", "javascript:alert(1)/"])(
  "%j in place of an address is as good as none",
  (declared) => {
    expect(hostingOf("https://example.com/a/?b", declared)).toEqual({
      base: "https://example.com/a/",
      advice: "",
    });
  },
);
