#!/usr/bin/env bash
# Copies C sources of published packages into a directory, for ZKTR_C_CORPUS:
#
#     assembler/tests/corpus/fetch.sh target/c-corpus
#     ZKTR_C_CORPUS=$PWD/target/c-corpus cargo test --release -p zktr-asm --test compilers -- --nocapture
#
# Cargo.lock has the digests of what it copies.
set -euo pipefail
directory=$(realpath -m "${1:?usage: fetch.sh DIRECTORY}")
cargo vendor --quiet --locked --manifest-path "$(dirname "$0")/Cargo.toml" "$directory" >/dev/null
# Packages that are there only because others name them as build dependencies.
rm -rf "$directory/cc" "$directory/libloading"
