#!/bin/sh
# A Chromium for the browser tests: the one that CHROMIUM names, the system's, or else from the system's packages.
set -eu
for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
  if [ -n "$browser" ] && command -v "$browser" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ]; then sudo=""; else sudo="sudo"; fi
echo "No Chromium found: installing the system's package" >&2
{ $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || {
  echo "Could not install it. Install Chromium or Chrome yourself, or set CHROMIUM to its path, then run make again." >&2
  exit 1
}
