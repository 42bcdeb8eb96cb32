#!/bin/sh
# Jiachi's front door: ./run.sh serves, ./run.sh test [pytest arguments], ./run.sh bench [name …], ./run.sh soak [name …].
# Sets up what is missing, asks nothing, writes to .venv/ and INSTANCE only (system packages aside).
set -eu
cd "$(dirname "$0")"
INSTANCE=${INSTANCE:-$PWD/instance}
case $INSTANCE in /*) ;; *) INSTANCE=$PWD/$INSTANCE ;; esac
export INSTANCE FLASK_APP=app PYTHONDONTWRITEBYTECODE=${PYTHONDONTWRITEBYTECODE:-}
VENV=$PWD/.venv
PY=$VENV/bin/python

say() { printf '%s\n' "$*" >&2; }
stop() { say "$*"; exit 3; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo -n "$@"; else return 1; fi
}

apt_updated=
apt_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    if [ -z "$apt_updated" ]; then
        as_root apt-get update -qq >&2 || return 1
        apt_updated=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 || {
        say "Could not install: $*"
        return 1
    }
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

make_venv() {
    [ -x "$PY" ] && "$PY" -c 'import pip' 2>/dev/null && return 0
    rm -rf "$VENV"
    if ! base=$(find_python); then
        apt_install python3 python3-venv || true
        base=$(find_python) || stop "Jiachi needs Python 3.11 or newer. Please install python3 and start again."
    fi
    if ! "$base" -m venv "$VENV" >/dev/null 2>&1; then
        rm -rf "$VENV"
        apt_install python3-venv || true
        "$base" -m venv "$VENV" >&2 || stop "Python can't make virtual environments here. Please install python3-venv."
    fi
}

# What was installed from a lock file is stamped with the file's hash, and only once all of it is there.
install_locked() {
    stamp=$VENV/.installed-$(sha256sum "$1" | cut -c1-20)
    [ -f "$stamp" ] && return 0
    say "Installing the Python packages of $1 …"
    "$PY" -m uv --version >/dev/null 2>&1 || "$PY" -m pip install -q --disable-pip-version-check uv >&2 || true
    if ! "$PY" -m uv pip install -q --python "$PY" --require-hashes -r "$1" >&2; then
        "$PY" -m pip install -q --disable-pip-version-check --require-hashes -r "$1" >&2 ||
            stop "The Python packages could not be installed. Is the package registry reachable?"
    fi
    : >"$stamp"
}

has_noto() { command -v fc-list >/dev/null 2>&1 && fc-list ":lang=$1" family 2>/dev/null | grep -q 'Noto.*CJK'; }
has_library() { "$PY" -c "import ctypes, sys; ctypes.CDLL(sys.argv[1])" "$1" 2>/dev/null; }

install_system_parts() {
    missing=
    has_library libpango-1.0.so.0 || missing="$missing libpango-1.0-0"
    has_library libpangoft2-1.0.so.0 || missing="$missing libpangoft2-1.0-0"
    has_library libharfbuzz-subset.so.0 || missing="$missing libharfbuzz-subset0"
    command -v fc-list >/dev/null 2>&1 || missing="$missing fontconfig"
    { has_noto zh-cn && has_noto ko; } || missing="$missing fonts-noto-cjk"
    if [ -n "$missing" ]; then
        say "Installing system packages:$missing …"
        # shellcheck disable=SC2086  # a list of package names
        apt_install $missing || true
    fi
    tell_missing_parts & # a second of importing that the site need not wait for
}

tell_missing_parts() {
    "$PY" -c 'import weasyprint' >/dev/null 2>&1 && has_library libharfbuzz-subset.so.0 && has_noto zh-cn && has_noto ko ||
        say "PDFs can't be made here: please install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk. The site runs without them."
}

install_test_parts() {
    command -v pdftotext >/dev/null 2>&1 || apt_install poppler-utils || stop "The tests need pdftotext: please install poppler-utils."
    command -v khal >/dev/null 2>&1 || apt_install khal || stop "The calendar tests need a real calendar program: please install khal."
    if [ -n "${CHROMIUM:-}" ]; then
        [ -x "$CHROMIUM" ] || stop "CHROMIUM=$CHROMIUM is not a program."
    elif command -v chromium >/dev/null 2>&1; then
        CHROMIUM=$(command -v chromium)
    elif grep -qi '^ID=ubuntu' /etc/os-release 2>/dev/null; then
        stop "On Ubuntu chromium is a snap, which the tests can't drive. Install a Chromium or Chrome as a program and start again with CHROMIUM=/path/to/it ./run.sh test"
    else
        apt_install chromium || stop "The browser tests need Debian's chromium, or CHROMIUM=/path/to/one."
        CHROMIUM=$(command -v chromium)
    fi
    export CHROMIUM
}

free_port() {
    "$PY" - "$1" <<'PYTHON'
import socket, sys
for port in range(int(sys.argv[1]), int(sys.argv[1]) + 100):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(port)
        break
else:
    sys.exit("no free port")
PYTHON
}

set_up() {
    make_venv
    install_locked requirements.txt
    install_system_parts
}

set_up_for_tests() {
    set_up
    install_locked requirements-dev.txt
    install_test_parts
}

serve() {
    case ${PORT:-8000} in *[!0-9]* | ??????*) say "PORT=$PORT is not a port: a number from 1 to 65535."; exit 2 ;; esac
    [ "${PORT:-8000}" -ge 1 ] && [ "${PORT:-8000}" -le 65535 ] || { say "PORT=$PORT is not a port: a number from 1 to 65535."; exit 2; }
    set_up
    umask 077 # the database and the keys are nobody else's to read
    mkdir -p "$INSTANCE"
    chmod 700 "$INSTANCE"
    PORT=$(free_port "${PORT:-8000}") || exit 2
    # Sixty-four threads share one heap, since Python lets only one of them run: a third less memory.
    export PORT JIACHI_ANNOUNCE=1 MALLOC_ARENA_MAX=1
    "$VENV/bin/flask" prepare
    printf 'http://127.0.0.1:%s\n' "$PORT" >"$INSTANCE/address"
    exec "$VENV/bin/gunicorn" --config gunicorn.conf.py
}

case ${1:-serve} in
serve)
    serve
    ;;
test)
    shift
    set_up_for_tests
    exec "$PY" -m pytest "$@"
    ;;
bench)
    shift
    set_up_for_tests
    exec "$PY" -m bench "$@"
    ;;
soak)
    shift
    set_up_for_tests
    exec "$PY" -m bench.soak "$@"
    ;;
*)
    say "Usage: ./run.sh, ./run.sh test [pytest arguments], ./run.sh bench [name …], ./run.sh soak [name …]"
    exit 2
    ;;
esac
