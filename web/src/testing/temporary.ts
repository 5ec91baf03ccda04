// Folders for the tests of a file that has its process for itself.
import { mkdtempSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const folders = mkdtempSync(join(tmpdir(), "tests-"));
afterAll(() => rm(folders, { recursive: true, maxRetries: 5 }));

/** A folder that is removed when the file's tests are done. */
export const temporary = () => mkdtemp(join(folders, "one-"));
