#!/bin/sh
# Find the browsers for the tests and the blog engine they embed into: those named by the environment, the system's, or
# else Debian's packages. Fails without Chromium. Any other one that is missing is reported, and its tests are skipped.
set -eu

have() { # the first argument may be empty: a variable that is not set
  for command in "$@"; do
    if [ -n "$command" ] && command -v "$command" >/dev/null 2>&1; then return 0; fi
  done
  return 1
}

have_minibrowser() {
  for path in "${MINIBROWSER:-}" /usr/lib/*/webkit2gtk-4.1/MiniBrowser /usr/libexec/webkit2gtk-4.1/MiniBrowser; do
    if [ -x "$path" ]; then return 0; fi
  done
  return 1
}

missing=""
have "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable || missing="$missing chromium"
have "${FIREFOX:-}" firefox-esr firefox || missing="$missing firefox-esr"
have "${WEBKITWEBDRIVER:-}" WebKitWebDriver || missing="$missing webkit2gtk-driver"
have_minibrowser || missing="$missing libwebkit2gtk-4.1-0"
have "${XVFB:-}" Xvfb || missing="$missing xvfb"
have "${JEKYLL:-}" jekyll || missing="$missing jekyll"
[ -n "$missing" ] || exit 0

if have apt-get; then
  if [ "$(id -u)" = 0 ]; then sudo=""; else sudo="sudo"; fi
  echo "Installing the system's packages for the tests:$missing" >&2
  $sudo apt-get update -qq || echo "The package list could not be updated; continuing with the old one." >&2
  for package in $missing fonts-liberation; do # one by one, so that one unavailable package does not block the others
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
      echo "Could not install $package: the tests that need it are skipped." >&2
  done
else
  echo "These are missing, and there is no apt-get to install them:$missing" >&2
fi

have "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable || {
  echo "The tests need Chromium. Install Chromium or Chrome yourself, or set CHROMIUM to its path, then run make again." >&2
  exit 1
}
