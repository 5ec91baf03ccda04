#!/bin/sh
# Create .venv, including pip. Debian and Ubuntu ship python3 without the venv package: install it if permitted.
set -eu
python=$1
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || {
  echo "Python must be 3.11, 3.12 or 3.13, for which TensorFlow exists. Received: $("$python" --version). Run: make build PYTHON=/path/to/python3.13" >&2
  exit 1
}
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  if [ "$(id -u)" = 0 ]; then sudo=""; else sudo="sudo"; fi
  echo "This Python has no venv module. Installing $package." >&2
  { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null; } || {
    echo "Could not install $package. Install it yourself (apt-get install $package), then run make again." >&2
    exit 1
  }
fi
"$python" -m venv .venv
