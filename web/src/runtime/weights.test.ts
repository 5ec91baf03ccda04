import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../testing/holds.ts";
import { bytesOf } from "../testing/layers-model.ts";
import { refusal } from "../testing/refusal.ts";
import { decodeWeights } from "./weights.ts";

const spec = (name: string, length: number, quantization?: Record<string, unknown>) => ({
  name,
  shape: [length],
  dtype: "float32",
  ...(quantization && { quantization }),
});

const finite32 = fc.float({ noNaN: true, noDefaultInfinity: true });
const scale = fc.double({ min: -10, max: 10, noNaN: true });

test("float32, uint16 and uint8 values equal a plain reading of the bytes, whatever their order and alignment", () => {
  const part = fc.oneof(
    fc.array(finite32, { minLength: 1, maxLength: 20 }).map((values) => ({
      array: Float32Array.from(values),
      quantization: undefined,
      expected: Float32Array.from(values),
    })),
    fc
      .tuple(fc.uint16Array({ minLength: 1, maxLength: 20 }), scale, scale)
      .map(([array, scale, min]) => ({
        array,
        quantization: { dtype: "uint16", scale, min, original_dtype: "float32" },
        expected: Float32Array.from(array, (code) => code * scale + min),
      })),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 21 }), scale, scale)
      .map(([array, scale, min]) => ({
        array,
        quantization: { dtype: "uint8", scale, min },
        expected: Float32Array.from(array, (code) => code * scale + min),
      })),
  );
  holds(fc.array(part, { maxLength: 6 }), (parts) => {
    const specs = parts.map(({ array, quantization }, index) =>
      spec(`w${index}`, array.length, quantization),
    );
    const weights = decodeWeights(specs, bytesOf(parts.map(({ array }) => array)));
    parts.forEach(({ expected }, index) => {
      expect(weights.get(`w${index}`)?.values).toEqual(expected);
    });
  });
});

test("all 63,488 finite float16 codes decode to the numbers that the standard gives them", () => {
  const codes = Uint16Array.from({ length: 2 ** 16 }, (_, code) => code).filter(
    (code) => ((code >> 10) & 31) !== 31,
  );
  const { values } = decodeWeights(
    [spec("w", codes.length, { dtype: "float16" })],
    bytesOf([codes]),
  ).get("w")!;
  codes.forEach((code, index) => {
    // A half widened to float32 by hand: same sign and fraction, the exponent's bias moved from 15
    // to 127.
    const bits = new DataView(new ArrayBuffer(4));
    bits.setUint32(0, (((code & 0x8000) << 16) | ((code & 0x7fff) << 13)) >>> 0);
    expect(values[index]).toBe(bits.getFloat32(0) * 2 ** 112);
  });
});

test.each([
  ["a truncated buffer", [spec("w", 3)], 11, "integrity"],
  ["trailing bytes", [spec("w", 3)], 13, "integrity"],
  [
    "a shape of more numbers than any file holds",
    [{ ...spec("w", 1), shape: [2 ** 50, 2 ** 50] }],
    4,
    "integrity",
  ],
  ["a negative length", [{ ...spec("w", 1), shape: [-1] }], 4, "integrity"],
  ["a shape that is no list", [{ ...spec("w", 1), shape: 1 }], 4, "integrity"],
  ["a name twice", [spec("w", 1), spec("w", 1)], 8, "integrity"],
  ["no name", [{ shape: [1], dtype: "float32" }], 4, "integrity"],
  ["quantisation without scale", [spec("w", 2, { dtype: "uint8", min: 0 })], 2, "integrity"],
  ["int32", [{ ...spec("w", 1), dtype: "int32" }], 4, "unsupported"],
  ["an inherited key as dtype", [spec("w", 1, { dtype: "constructor" })], 4, "unsupported"],
  ["an unknown packing", [spec("w", 1, { dtype: "int4" })], 4, "unsupported"],
  ["a spec that is no object", [7], 4, "unsupported"],
] as const)("refuses %s", (_, specs, length, code) => {
  expect(() => decodeWeights(specs, new Uint8Array(length))).toThrow(refusal(code));
});

test.each([
  ...[NaN, Infinity, -Infinity].map(
    (value) => [`${value}`, undefined, Float32Array.of(value)] as const,
  ),
  ["float16 infinity", { dtype: "float16" }, Uint16Array.of(0x7c00)],
  ["affine values beyond float32", { dtype: "uint8", scale: 1e300, min: 0 }, Uint8Array.of(255)],
] as const)("refuses %s among the weights and names it", (_, quantization, array) => {
  expect(() => decodeWeights([spec("w", 1, quantization)], bytesOf([array]))).toThrow(
    refusal("integrity", "values of w must be finite"),
  );
});
