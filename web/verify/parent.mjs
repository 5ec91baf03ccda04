/**
 * Ends this process when its parent does, even if that is killed: stdin is a pipe that the parent holds open.
 *
 * A thread of its own watches it, because the main one computes for seconds without looking at events. SIGKILL is the
 * signal that needs nothing of the main thread.
 */
import { Socket } from "node:net";
import { Worker, isMainThread } from "node:worker_threads";
import { fileURLToPath } from "node:url";

export function endWithParent() {
  new Worker(fileURLToPath(import.meta.url)).unref();
}

if (!isMainThread) {
  const parent = new Socket({ fd: 0 });
  parent.on("close", () => process.kill(process.pid, "SIGKILL"));
  parent.resume();
}
