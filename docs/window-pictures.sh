#!/usr/bin/env bash
# Opens the real window on a display of its own, drives it by clicks and keys, checks what can be checked from outside, and
# draws the pictures of the window anew: bash docs/window-pictures.sh [PROGRAM [FOLDER]]
#
# Needs Xvfb, xdotool and ImageMagick, and what the window opens at run time: OpenGL by software and the X11 libraries.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${1:-target/release/causeway-gui}")
out=$(realpath "${2:-docs}")
size=${SIZE:-1280x800}

if [ -z "${CAUSEWAY_ON_DISPLAY:-}" ]; then
    # No window manager: the window stands in the corner of the screen.
    CAUSEWAY_ON_DISPLAY=1 exec xvfb-run -a -s "-screen 0 ${size}x24" bash "$0" "$program" "$out"
fi

room=$(mktemp -d)
window=
running=
leave() {
    [ -z "$running" ] || kill "$running" 2>/dev/null || true
    rm -rf "$room"
}
trap leave EXIT
export XDG_STATE_HOME=$room/state XDG_CONFIG_HOME=$room/config XDG_RUNTIME_DIR=$room
chmod 700 "$room"

fail() {
    echo "window: $*" >&2
    import -window root "$out/window-failed.png" || true
    exit 1
}

# Opens a lab or a session, and waits until the window is there.
open() {
    "$program" "$1" >"$room/log" 2>&1 &
    running=$!
    window=$(timeout 60 xdotool search --sync --onlyvisible --name '^Causeway' | tail -1)
    [ -n "$window" ] || fail "no window came: $(cat "$room/log")"
    xdotool windowsize "$window" "${size%x*}" "${size#*x}"
    xdotool windowfocus "$window"
    settle 2
}
settle() { sleep "${1:-0.7}"; }
keys() { for key in "$@"; do xdotool key "$key"; settle 0.4; done; }
write() { xdotool type --delay 15 "$1"; settle 0.5; }
# A command of the palette, or something to select.
ask() { keys colon; write "$1"; keys Return; settle; }
go_until() { keys u; xdotool key ctrl+a; write "$1"; keys Return; settle "${2:-3}"; }
# A picture, which must not be flat.
picture() {
    # The pointer out of the way of what is drawn.
    xdotool mousemove $((${size%x*} - 3)) $((${size#*x} - 3))
    settle 1
    import -window root "$out/$1.png"
    colours=$(identify -format %k "$out/$1.png")
    [ "$colours" -gt 64 ] || fail "$1 has $colours colours: nothing was drawn"
    # A tenth of the size, the same to the eye.
    convert "$out/$1.png" -strip -colors 160 -define png:compression-level=9 "PNG8:$out/$1.png"
}
titled() { case $(xdotool getwindowname "$window") in *"$1"*) ;; *) fail "the window is called $(xdotool getwindowname "$window"), not $1" ;; esac; }

open onprem-to-aws
titled 'On premises to AWS'
keys Escape
# A real click on the bar runs the lab, another stops it.
xdotool mousemove 188 22 click 1
settle 2
xdotool mousemove 188 22 click 1
settle
# As fast as the machine can.
keys plus plus plus plus plus plus plus plus
go_until 6h 9
keys i
write 'link_down of dx-primary'
keys Return
go_until '+1m' 3
ask 'Select dx-primary'
picture window

# The board of a migration under way.
go_until 13h 14
keys 7
ask 'Select db-1'
picture window-migration

# Every candidate of a route, and what decided.
ask 'Select cgw-1'
keys 4
picture window-routes

# The session is written by hand, and kept by itself.
keys S
xdotool key ctrl+a
write "$room/mine.session.ron"
keys Return
settle 1.5
grep -q 'dx-primary' "$room/mine.session.ron" || fail "the session was not saved"
ls "$room"/state/causeway/sessions/*.ron >/dev/null || fail "the session is not kept while it runs"

# Killed, and started again: it offers the session back.
kill -9 "$running"
wait "$running" 2>/dev/null || true
open region-to-region
titled 'Region to Region'
picture window-offer
keys Escape
# Closed in order, it remembers how it was arranged.
keys q
for _ in $(seq 50); do
    kill -0 "$running" 2>/dev/null || break
    sleep 0.1
done
kill -0 "$running" 2>/dev/null && fail "q does not close the window"
running=
[ -s "$room/state/causeway/window.ron" ] || fail "the arrangement was not remembered"

# The session from its file, two branches compared, on a light background.
open "$room/mine.session.ron"
titled 'On premises to AWS'
keys Escape percent plus plus plus plus plus plus plus plus
go_until 14h 4
keys b
write 'both lines'
keys Return
keys i
write 'link_down of dx-secondary'
keys Return
go_until '+10m' 4
# Compared with the branch that it was taken from.
keys c
settle
picture window-branches
keys q
settle 1
running=
echo "window: driven by clicks and keys; pictures in $out"
