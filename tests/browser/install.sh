#!/bin/sh
# Find the browsers for the tests and the blog engine they embed into: those named by the environment, the system's, or
# else Debian's packages. Fails without Chromium. Any other one that is missing is reported, and its tests are skipped.
# With names of programs it only prints their paths, each on a line that is empty where one is missing.
set -eu

first() { # path of the first of these that is there; a variable that is not set is empty
  for command in "$@"; do
    if [ -n "$command" ] && command -v "$command" 2>/dev/null; then return 0; fi
  done
  return 1
}

find_program() {
  case $1 in
    chromium) first "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable ;;
    firefox) first "${FIREFOX:-}" firefox-esr firefox ;;
    WebKitWebDriver) first "${WEBKITWEBDRIVER:-}" WebKitWebDriver ;;
    MiniBrowser) first "${MINIBROWSER:-}" /usr/lib*/webkit2gtk-4.1/MiniBrowser /usr/lib/*/webkit2gtk-4.1/MiniBrowser ;;
    Xvfb) first "${XVFB:-}" Xvfb ;;
    jekyll) first "${JEKYLL:-}" jekyll ;;
  esac
}

if [ $# -gt 0 ]; then
  for program in "$@"; do find_program "$program" || echo; done
  exit
fi

missing=""
find_program chromium >/dev/null || missing="$missing chromium"
find_program firefox >/dev/null || missing="$missing firefox-esr"
find_program WebKitWebDriver >/dev/null || missing="$missing webkit2gtk-driver"
find_program MiniBrowser >/dev/null || missing="$missing libwebkit2gtk-4.1-0"
find_program Xvfb >/dev/null || missing="$missing xvfb"
find_program jekyll >/dev/null || missing="$missing jekyll"
[ -n "$missing" ] || exit 0

if first apt-get >/dev/null; then
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

find_program chromium >/dev/null || {
  echo "The tests need Chromium. Install Chromium or Chrome yourself, or set CHROMIUM to its path, then run make again." >&2
  exit 1
}
