/**
 * Ends this process when its parent does, even if that is killed: stdin is a pipe that the parent
 * holds open. What it writes there is one line.
 *
 * A thread of its own watches it, because the main one computes for seconds without looking at
 * events. SIGKILL is the signal that needs nothing of the main thread.
 */
import { Socket } from "node:net";
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import { fileURLToPath } from "node:url";

/** The line from the parent; without one this process stays until the parent ends. */
export function followParent() {
  const worker = new Worker(fileURLToPath(import.meta.url));
  return new Promise((resolve) => {
    worker.once("message", (line) => {
      worker.unref();
      resolve(line);
    });
  });
}

if (!isMainThread) {
  const parent = new Socket({ fd: 0 });
  let line = "";
  parent.on("data", (part) => {
    line += part;
    if (line.endsWith("\n")) parentPort.postMessage(line.trimEnd());
  });
  parent.on("close", () => process.kill(process.pid, "SIGKILL"));
}
