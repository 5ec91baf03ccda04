import { expect, test } from "vitest";
import { answerOf } from "../training/sgd.ts";
import { browserName, compare } from "./compare.ts";

const [CHROMIUM, MAC] = ["AppleWebKit/537.36 (KHTML, like Gecko)", "AppleWebKit/605.1.15 (KHTML, like Gecko)"];

test("the largest difference of all probabilities, and how many answers are the same", () => {
  const recorded = [
    [0.7, 0.2, 0.1],
    [0.4, 0.6, 0],
  ];
  expect(answerOf([0.1, 0.45, 0.45])).toBe(1); // the first of equal ones
  expect(compare(recorded, recorded)).toEqual({ images: 2, maxDifference: 0, agreeing: 2 });
  const { maxDifference, agreeing } = compare(recorded, [
    [0.7, 0.2, 0.1],
    [0.55, 0.45, 0],
  ]);
  expect(maxDifference).toBeCloseTo(0.15, 12);
  expect(agreeing).toBe(1);
});

test("an answer that is not a number, too short or missing does not agree, and fails every limit", () => {
  for (const here of [[[NaN, 0.2]], [[0.8]], []]) {
    const { maxDifference, agreeing } = compare([[0.8, 0.2]], here);
    expect(maxDifference <= 1).toBe(false);
    if (here[0]?.length !== 2) expect(agreeing).toBe(0);
  }
});

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140"],
  [`Mozilla/5.0 (X11; Linux x86_64) ${CHROMIUM} HeadlessChrome/141.0.0.0 Safari/537.36`, "Chrome 141"],
  [`Mozilla/5.0 (Windows NT 10.0) ${CHROMIUM} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, "Edge 140"],
  [`Mozilla/5.0 (Macintosh) ${MAC} Version/26.0 Safari/605.1.15`, "Safari 26.0"],
  [`Mozilla/5.0 (iPhone) ${MAC} CriOS/140.0.1 Mobile/15E148 Safari/604.1`, "Chrome 140"],
  ["curl/8.0", null],
])("the browser of %s", (userAgent, name) => {
  expect(browserName(userAgent)).toBe(name);
});
