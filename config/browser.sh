#!/bin/bash
# Has a Chromium for the browser tests, if that is possible: root on a Debian machine may install it. Never fails:
# without a browser those tests skip and say why.
set -uo pipefail
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium and fonts-noto-cjk for the browser tests" >&2
    export DEBIAN_FRONTEND=noninteractive
    install() { apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk </dev/null >/dev/null 2>&1; }
    install || { apt-get update -qq </dev/null >/dev/null 2>&1 && install; }
fi
command -v chromium >/dev/null 2>&1 || echo "No Chromium: browser tests will be skipped" >&2
exit 0
