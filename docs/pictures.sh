#!/bin/sh
# Draws the pictures of the dashboard anew, from the program itself: sh docs/pictures.sh [PROGRAM]
set -eu
cd "$(dirname "$0")/.."
program=${1:-target/release/causeway}
docs=docs

# The map a minute after the first line went down, with what can be done to it.
"$program" snapshot onprem-to-aws --at 6h --size 150x40 --theme dark \
    --press i --press 'link_down dx-primary' --press Enter --press u --press '+1m' --press Enter \
    --press : --press 'select dx-primary' --press Enter --out "$docs/dashboard.svg"

# A migration of forty servers in waves.
"$program" snapshot region-to-region-40 --at 1d6h --size 150x40 --theme dark --view migration --select app-01 \
    --out "$docs/dashboard-migration.svg"

# Every candidate of a route with the step that decided.
"$program" snapshot dx-vpn-backup --at 5m --size 120x34 --theme dark --view routes --press a --select cgw-1 \
    --out "$docs/dashboard-routes.svg"

# Two branches compared: one line fails, or both.
"$program" snapshot dx-vpn-backup --at 5m --size 120x40 --theme dark \
    --press i --press 'link_down dx-primary' --press Enter \
    --press b --press 'both lines' --press Enter \
    --press i --press 'link_down dx-secondary' --press Enter --press u --press 8m --press Enter \
    --press B --press g --press Enter --press u --press 8m --press Enter --press B --press G --press c \
    --out "$docs/dashboard-compare.svg"

# What preflight finds in a broken lab, on a light background.
"$program" snapshot r2r-mgn-sg-without-staging --size 120x34 --theme light --view preflight --press j --press k \
    --out "$docs/dashboard-preflight.svg"
