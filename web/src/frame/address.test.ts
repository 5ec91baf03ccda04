import { expect, test } from "vitest";
import { addressOf } from "./address.ts";

const SITE = "https://example.org/site/";
const of = (query: string) => addressOf(new URLSearchParams(query), SITE);

test.each([
  ["model=mnist-softmax", "mnist-softmax/latest.json"],
  ["src=models/mnist-softmax/latest.json", "mnist-softmax/latest.json"],
  [
    "src=models/mnist-softmax/0123456789ab/manifest.json",
    "mnist-softmax/0123456789ab/manifest.json",
  ],
  ["src=https://example.org/site/models/a/latest.json", "a/latest.json"],
  ["src=/site/models/a.b_c/latest.json&theme=dark", "a.b_c/latest.json"],
])("%s is a model of the site", (query, path) => {
  expect(of(query)).toBe(`${SITE}models/${path}`);
});

test.each([
  "",
  "model=",
  "model=../evil",
  "model=a/b",
  "model=a%2Fb",
  "model=a?b",
  "model=a%23",
  "model=.hidden",
  "model=A",
  "model=//example.com/",
  "src=",
  "src=https://example.com/site/models/a/latest.json",
  "src=//example.com/models/a/latest.json",
  "src=https://example.org.example.com/site/models/a/latest.json",
  "src=https://example.org@example.com/site/models/a/latest.json",
  "src=models/../../other/models/a/latest.json",
  "src=models/%252e%252e/a/latest.json",
  "src=models/..%252f..%252fa/latest.json",
  "src=models/a/latest.json%3Fquery",
  "src=models/a/latest.json%23hash",
  "src=models/index.json",
  "src=models/a/0123456789ab/layers-float32/model.json",
  "src=data:application/json,{}",
  "src=blob:https://example.org/site/models/a/latest.json",
  "src=http://[",
  "model=a&model=../b&src=https://example.com/",
])("%j cannot lead anywhere else", (query) => {
  if (query.startsWith("model=a&"))
    expect(of(query)).toBe(`${SITE}models/a/latest.json`); // the first one counts
  else
    expect(() => of(query)).toThrow(
      /^A frame must name a model of its own site\. Received: .* Use frame\.html/,
    );
});
