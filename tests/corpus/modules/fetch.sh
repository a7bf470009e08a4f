#!/usr/bin/env bash
# Copies WebAssembly modules of published packages into a directory, to count what the pass does with them:
#
#     tests/corpus/modules/fetch.sh target/modules
#     cargo run --release --features wasm -- survey --neutral --cost target/modules/*.wasm
#
# modules.txt says which, with their digests. Needs npm.
#
# SPDX-License-Identifier: MIT OR Apache-2.0
set -euo pipefail
directory=$(realpath -m "${1:?usage: fetch.sh DIRECTORY}")
list=$(realpath "$(dirname "$0")/modules.txt")
mkdir -p "$directory"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
while read -r package module digest; do
    [[ -z $package || $package == \#* ]] && continue
    name=$(basename "$module")
    if ! sha256sum --check --status <<<"$digest  $directory/$name" 2>/dev/null; then
        archive=$(npm pack --silent "$package")
        tar --extract --file "$archive" "package/$module"
        sha256sum --check --quiet <<<"$digest  package/$module"
        mv "package/$module" "$directory/$name"
        rm -rf package "$archive"
    fi
done <"$list"
