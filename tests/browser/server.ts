// Hosts of sites and blogs. What they send is what `pipeline serve` sends (serve.py); a host can alter it on its way.
import { createServer, request as ask, Agent, type IncomingMessage } from "node:http";
import { type AddressInfo } from "node:net";
import { normalize } from "node:path";
import { inject } from "vitest";

/** What `tamper` answers to break the connection off. */
export const BROKEN = Buffer.from("broken off");

/** Tells a host what a page complains about: for a browser whose driver does not. */
const COMPLAINTS = "complaints.js";
const watching = (complaintHost: Host) => `
  const tell = (complaint) => {
    const request = new XMLHttpRequest();
    request.open("POST", "${complaintHost.url}${COMPLAINTS}", false); // told before the page goes on
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
  readonly asked: string[];
  readonly abandoned: string[];
  /** What forms sent to it. */
  readonly posted: string[];
  /**
   * From now on every page reports its complaints, by a script that the host puts at its start. They are told to `complaintHost`:
   * another host where the page's policy lets it speak to that one only.
   */
  watch(complaintHost?: Host): { readonly complaints: string[]; readonly requests: string[] };
  /** Where complaints that pages tell this host go. */
  hear: (complaint: string) => void;
  /** From now on there is nobody at this address; again does no harm. */
  close: () => Promise<void>;
}

const agent = new Agent({ keepAlive: true });

/** Serve `folder` under `prefix` on a free port of this machine, by default with the policy of a published site. */
export async function serve(
  folder: string,
  { prefix = "/some/where/", policy = "", shared = false }: { prefix?: string; policy?: string; shared?: boolean } = {},
): Promise<Host> {
  const untouched: Host["tamper"] = (_, body) => body;
  let watched: (ReturnType<Host["watch"]> & { readonly script: string }) | null = null;

  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? "/", "http://host");
      const path = normalize(decodeURIComponent(pathname.slice(prefix.length)) || "index.html");
      const sent = request.method === "POST" ? (await request.toArray()).join("") : null;
      if (path === COMPLAINTS) {
        if (sent !== null) host.hear(sent);
        response.writeHead(200, { "Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*" });
        response.end(watched?.script);
        return;
      }
      host.asked.push(path);
      if (sent !== null) host.posted.push(sent);
      response.once("close", () => {
        if (!response.writableFinished) host.abandoned.push(path);
      });
      watched?.requests.push(host.origin + pathname);
      const isAltered = host.tamper !== untouched || watched !== null;
      const wanted = { ...request.headers, "x-folder": folder, "x-base": prefix, "x-shared": String(shared) };
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const headers = Object.entries(wanted).filter(([name]) => !(isAltered && name === "accept-encoding"));
        const options = { port: inject("server"), path: pathname, headers: Object.fromEntries(headers), agent };
        ask(options, resolve).on("error", reject).end();
      });
      const file = Buffer.concat(await answer.toArray());
      const isThere = answer.statusCode !== 404;
      let body = isThere ? await host.tamper(path, file) : null;
      if (body === BROKEN) {
        request.socket.destroy();
        return;
      }
      if (watched && !body && path !== "favicon.ico") watched.complaints.push(`failed: ${pathname}`);
      if (watched && body && path.endsWith(".html")) {
        body = Buffer.from(body.toString().replace("<head>", `<head><script src="${COMPLAINTS}"></script>`));
      }
      response.statusCode = isThere && !body ? 404 : (answer.statusCode ?? 500);
      for (const [name, value = ""] of Object.entries(answer.headers)) {
        const isOfTheFile = ["content-length", "last-modified"].includes(name);
        if (name !== "connection" && !(isOfTheFile && isAltered)) response.setHeader(name, value);
      }
      if (policy) response.setHeader("Content-Security-Policy", policy);
      // A file that is missing is no answer for a year, as that file would be.
      if (!host.keeps || !body) response.setHeader("Cache-Control", "no-store");
      response.end(body ?? "not found");
    })();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const host: Host = {
    ...{ url: origin + prefix, origin, folder, tamper: untouched, keeps: true },
    ...{ asked: [], abandoned: [], posted: [] },
    hear: () => undefined,
    watch(complaintHost = host) {
      watched = { complaints: [], requests: [], script: watching(complaintHost) };
      const { complaints } = watched;
      complaintHost.hear = (complaint) => complaints.push(complaint);
      return watched;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => {
          closed(); // also where it is closed already
        });
        server.closeAllConnections();
      }),
  };
  return host;
}
