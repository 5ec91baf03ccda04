// A static host as strict as the real one: it serves a site from a sub-path, with the site's own policy.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";

/** For a folder that is not a published site: only what comes from the same origin. */
const STRICT =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'";

/** The policy that a published site's own `_headers` asks of its host. */
export async function publishedPolicy(site: string): Promise<string> {
  const path = join(site, "_headers");
  const policy = /Content-Security-Policy: (.+)/.exec(await readFile(path, "utf8").catch(() => ""))?.[1];
  if (policy) return policy;
  throw new Error(
    `${path} must set a Content-Security-Policy. Received: none. Publish the site with “pipeline build”.`,
  );
}

const TYPES: Readonly<Record<string, string>> = {
  ".bin": "application/octet-stream",
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** What `tamper` answers to break the connection off. */
export const BROKEN = Buffer.from("broken off");

/** Tells a host what a page complains about: for a browser whose driver does not. */
const COMPLAINTS = "complaints.js";
const watching = (ear: Host) => `
  const tell = (complaint) => {
    const request = new XMLHttpRequest();
    request.open("POST", "${ear.url}${COMPLAINTS}", false); // told before the page goes on
    request.send(complaint);
  };
  for (const level of ["debug", "error", "info", "log", "warn"]) {
    console[level] = (...all) => tell("console " + level + ": " + all.map(String).join(" "));
  }
  addEventListener("error", (event) => {
    const { target, message } = event;
    if (event instanceof CustomEvent) return; // an element's own
    tell(target === window ? "error: " + message : "failed: " + (target.src ?? target.href));
  }, true);
  addEventListener("unhandledrejection", ({ reason }) => tell("error: " + reason));
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
    tell("policy violation: " + violatedDirective + " " + blockedURI);
  });
`;

export interface Host {
  /** Address of the site's index, with a slash at its end. */
  readonly url: string;
  readonly origin: string;
  /** What it serves. */
  readonly folder: string;
  /** What happens to an answer on its way; a test sets this to break things. The path is relative to the site. */
  tamper: (path: string, body: Buffer) => Buffer | Promise<Buffer> | null;
  /** Whether browsers may keep what they got. */
  keeps: boolean;
  /** What it was asked for, and what nobody waited for until it was answered; relative to the site. */
  readonly asked: readonly string[];
  readonly abandoned: readonly string[];
  /** What forms sent to it. */
  readonly posted: readonly string[];
  /**
   * From now on every page reports its complaints, by a script that the host puts at its start. They are told to `ear`:
   * another host where the page's policy lets it speak to that one only.
   */
  watch(ear?: Host): {
    readonly complaints: readonly string[];
    readonly requests: readonly string[];
  };
  /** Where complaints that pages tell this host go. */
  hear: (complaint: string) => void;
  /** From now on there is nobody at this address; again does no harm. */
  close: () => Promise<void>;
}

/** Serve `folder` under `prefix` on a free port of this machine; everything outside `prefix` is 404. */
export async function serve(
  folder: string,
  {
    prefix = "/some/where/",
    policy = STRICT,
    shared = false,
  }: {
    readonly prefix?: string;
    readonly policy?: string;
    /** Whether pages of other origins may use the files, as a published site allows it. */
    readonly shared?: boolean;
  } = {},
): Promise<Host> {
  const untouched: Host["tamper"] = (_, body) => body;
  const asked: string[] = [];
  const abandoned: string[] = [];
  const posted: string[] = [];
  let watched: {
    complaints: string[];
    requests: string[];
    script: string;
  } | null = null;
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? "/", "http://host");
      const path = normalize(decodeURIComponent(pathname.slice(prefix.length)) || "index.html");
      if (path === COMPLAINTS) {
        if (request.method === "POST") {
          host.hear((await request.toArray()).join(""));
        }
        response.writeHead(200, {
          "Content-Type": "text/javascript",
          "Access-Control-Allow-Origin": "*",
        });
        response.end(watched?.script);
        return;
      }
      asked.push(path);
      if (request.method === "POST") posted.push((await request.toArray()).join(""));
      response.once("close", () => {
        if (!response.writableFinished) abandoned.push(path);
      });
      watched?.requests.push(origin + pathname);
      const inside = pathname.startsWith(prefix) && !path.startsWith("..") && !path.startsWith(sep);
      const file = inside ? await readFile(join(folder, path)).catch(() => null) : null;
      const body = file && (await host.tamper(path, file));
      if (body === BROKEN) {
        request.socket.destroy();
        return;
      }
      response.writeHead(body ? 200 : 404, {
        "Content-Security-Policy": policy,
        "Content-Type": TYPES[extname(path)] ?? "text/plain; charset=utf-8",
        "Cache-Control": !host.keeps ? "no-store" : body && !path.endsWith(".html") ? "max-age=3600" : "no-cache",
        "X-Content-Type-Options": "nosniff",
        ...(shared ? { "Access-Control-Allow-Origin": "*" } : {}),
      });
      if (!body && watched && path !== "favicon.ico") {
        watched.complaints.push(`failed: ${pathname}`);
      }
      response.end(
        body && watched && path.endsWith(".html")
          ? body.toString().replace("<head>", `<head><script src="${COMPLAINTS}"></script>`)
          : (body ?? "not found"),
      );
    })();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const host: Host = {
    url: origin + prefix,
    origin,
    folder,
    tamper: untouched,
    keeps: true,
    asked,
    abandoned,
    posted,
    hear: () => undefined,
    watch(ear = host) {
      const complaints: string[] = [];
      ear.hear = (complaint) => complaints.push(complaint);
      watched = { complaints, requests: [], script: watching(ear) };
      return watched;
    },
    close: () =>
      new Promise((closed) => {
        // An error says that it is closed already.
        server.close(() => {
          closed();
        });
        server.closeAllConnections();
      }),
  };
  return host;
}
