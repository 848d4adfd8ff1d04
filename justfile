# The things one does all day. `just --list` names them.

# Format and lints, warnings as errors.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Every test; a snapshot that differs fails.
test:
    INSTA_UPDATE=no cargo test --workspace

# The rendered documentation, private items included, without that of the dependencies.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

# Rewrites the expected snapshots. Read the difference before committing it.
bless:
    INSTA_UPDATE=always cargo test --workspace

# The terminal program; arguments are handed on: `just run open region-to-region`.
run *ARGS:
    cargo run --release -- {{ARGS}}

# The desktop program.
window *ARGS:
    cargo run --release -p gui -- {{ARGS}}

# Licences, advisories and sources of the dependencies; needs cargo-deny.
deny:
    cargo deny check

# Everything that guards main.
ci:
    .ci/run
