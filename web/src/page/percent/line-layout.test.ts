import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../../testing/holds.ts";
import { digitsOf, domainOf, dragged, keyed, niceTicks, rowsOf, shareOf } from "./line-layout.ts";

test("a line has round ends with room on both sides of the values", () => {
  expect(domainOf([-9.3, 2, 8.4])).toEqual({
    low: -15,
    high: 15,
    ticks: [-15, -10, -5, 0, 5, 10, 15],
  });
  expect(domainOf([0, 0, 0])).toMatchObject({ low: -1, high: 1 }); // no biases
  holds(
    fc.array(fc.double({ min: -500, max: 500, noNaN: true }), { minLength: 2, maxLength: 30 }),
    (values) => {
      const domain = domainOf(values);
      const span = Math.max(...values) - Math.min(...values);
      const slack = 1e-9 * Math.max(1, ...values.map(Math.abs));
      expect(Math.min(...values) - domain.low).toBeGreaterThanOrEqual(0.25 * span - slack);
      expect(domain.high - Math.max(...values)).toBeGreaterThanOrEqual(0.25 * span - slack);
      expect(domain.ticks.length).toBeLessThanOrEqual(8);
    },
  );
});

test("a value outside is at the end of the line, and no pointer or key moves one beyond it", () => {
  const domain = domainOf([-10, 10]);
  expect([-99, domain.low, 0, domain.high, 99].map((value) => shareOf(domain, value))).toEqual([
    0, 0, 0.5, 1, 1,
  ]);
  expect([0.1, -0.25, 3].map((share) => dragged(domain, 5, share))).toEqual([8, -2.5, 15]);
  const after = (key: string) => keyed(domain, 3, key);
  expect(["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"].map(after)).toEqual([
    3.1, 3.1, 2.9, 2.9,
  ]);
  expect(["PageUp", "PageDown", "Home", "End"].map(after)).toEqual([4, 2, -15, 15]);
  expect(["Tab", "Enter", "toString"].map(after)).toEqual([null, null, null]);
  expect(keyed(domain, 14.95, "ArrowRight")).toBe(15);
});

test("tags stand below their values, beside them where there is room, or else in further rows", () => {
  expect(rowsOf([50, 200, 210], [40, 40, 40], 300, 4)).toEqual([
    { left: 30, row: 0 },
    { left: 180, row: 1 },
    { left: 190, row: 0 },
  ]);
  expect(rowsOf([175, 210], [40, 40], 300, 4)).toEqual([
    { left: 146, row: 0 }, // 9 left of where it belongs
    { left: 190, row: 0 },
  ]);
  // At the ends they keep to the line.
  expect(rowsOf([0, 100], [40, 40], 100, 4)).toEqual([
    { left: 0, row: 0 },
    { left: 60, row: 0 },
  ]);
});

test("no tag covers another or leaves the line, whatever their number and lengths", () => {
  const label = fc.record({
    centre: fc.double({ min: 0, max: 328, noNaN: true }),
    width: fc.integer({ min: 30, max: 150 }),
  });
  holds(fc.array(label, { minLength: 2, maxLength: 40 }), (labels) => {
    const widths = labels.map(({ width }) => width);
    const places = rowsOf(
      labels.map(({ centre }) => centre),
      widths,
      328,
      4,
    );
    places.forEach(({ left, row }, index) => {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + widths[index]!).toBeLessThanOrEqual(328);
      // The stem from the value meets it.
      const { centre, width } = labels[index]!;
      expect(centre).toBeGreaterThanOrEqual(left - 1e-9);
      expect(centre).toBeLessThanOrEqual(left + width + 1e-9);
      places.forEach((other, place) => {
        if (place === index || other.row !== row) return;
        const apart = Math.max(
          left - other.left - widths[place]!,
          other.left - left - widths[index]!,
        );
        expect(apart).toBeGreaterThanOrEqual(4 - 1e-9);
      });
    });
  });
});

test("ticks are round numbers around the range", () => {
  expect(niceTicks(0.137, 0.288)).toEqual([0.1, 0.15, 0.2, 0.25, 0.3]);
  expect(niceTicks(0, 20)).toEqual([0, 5, 10, 15, 20]);
  expect(niceTicks(0.9238, 0.9638)).toEqual([0.92, 0.93, 0.94, 0.95, 0.96, 0.97]);
  expect(niceTicks(3, 3)).toEqual([2.4, 2.6, 2.8, 3, 3.2, 3.4, 3.6]); // a single value
});

test("for any range, ticks ascend, enclose it, and are few", () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  holds(number, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (low, width) => {
    const ticks = niceTicks(low, low + width);
    const slack = 1e-6 * Math.max(1, Math.abs(low), width); // ticks are rounded to twelve digits
    expect(ticks[0]).toBeLessThanOrEqual(low + slack);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(low + width - slack);
    expect(ticks.length).toBeLessThanOrEqual(7); // five steps, and a partial one at each end
    expect([...ticks].sort((a, b) => a - b)).toEqual(ticks);
  });
});

test("ticks have as many digits as are needed to tell them apart", () => {
  expect(digitsOf([0.1, 0.15, 0.2])).toBe(2);
  expect(digitsOf([0, 5, 10])).toBe(0);
});
