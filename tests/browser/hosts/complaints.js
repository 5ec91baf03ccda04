// Tells the host what goes wrong on its page, for a browser whose driver does not.
{
  const address = document.currentScript.src;
  const tell = (complaint) => {
    const request = new globalThis.XMLHttpRequest();
    request.open("POST", address, false); // told before the page goes on
    request.send(complaint);
  };
  for (const level of ["debug", "error", "info", "log", "warn"]) {
    globalThis.console[level] = (...all) => tell("console " + level + ": " + all.map(String).join(" "));
  }
  globalThis.addEventListener(
    "error",
    (event) => {
      const { target, message } = event;
      if (event instanceof globalThis.CustomEvent) return; // an element's own
      tell(target === globalThis ? "error: " + message : "failed: " + (target.src ?? target.href));
    },
    true,
  );
  globalThis.addEventListener("unhandledrejection", ({ reason }) => tell("error: " + reason));
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
    tell("policy violation: " + violatedDirective + " " + blockedURI);
  });
}
