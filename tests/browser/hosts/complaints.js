// Keeps what goes wrong on its page, for a browser whose driver does not tell: see server.ts.
{
  const complaints = (globalThis.complaints = []);
  for (const level of ["debug", "error", "info", "log", "warn"]) {
    globalThis.console[level] = (...all) =>
      complaints.push("console " + level + ": " + all.map(String).join(" "));
  }
  globalThis.addEventListener(
    "error",
    (event) => {
      const { target, message } = event;
      if (event instanceof globalThis.CustomEvent) return; // an element's own
      complaints.push(
        target === globalThis ? "error: " + message : "failed: " + (target.src ?? target.href),
      );
    },
    true,
  );
  globalThis.addEventListener("unhandledrejection", ({ reason }) =>
    complaints.push("error: " + reason),
  );
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
    if (!blockedURI.endsWith("/favicon.ico"))
      complaints.push("policy violation: " + violatedDirective + " " + blockedURI);
  });
}
