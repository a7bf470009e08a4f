#!/usr/bin/env bash
# Makes tests/corpus/clif from tests/corpus/c, and tests/corpus/matrix/clif from the generic sources beside it: C to
# wasm with clang, wasm to CLIF with wasmtime's translator. Needs Debian 12 (it installs the compilers as root if they are missing) and a few
# minutes for the translator's first build; CARGO_TARGET_DIR is respected.
#
# SPDX-License-Identifier: MIT OR Apache-2.0
set -euo pipefail
cd "$(dirname "$0")"

default_compiler=19
second_compiler=14

install_compilers() {
    local missing=() package
    for package in {clang,lld}-{$default_compiler,$second_compiler}; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    if ((${#missing[@]})); then
        apt-get install --yes --no-install-recommends "${missing[@]}"
    fi
}

# module SOURCE NAME FIELD COMPILER OPT [FLAG...]: one wasm module, and its CLIF in
# clif/NAME.FIELD.clangCOMPILER.OPT.{clif,opt.clif}. The flags go to clang, but for
# --bounds-checks, which is the translator's and makes OPT in the names OPT-bounds.
module() {
    local source=$1 name=$2 field=$3 compiler=$4 opt=$5
    shift 5
    local clang_flags=() translator_flags=() label=$opt flag
    for flag in "$@"; do
        if [[ $flag == --bounds-checks ]]; then
            translator_flags+=("$flag")
            label+=-bounds
        else
            clang_flags+=("$flag")
        fi
    done
    local output=$name.$field.clang$compiler.$label
    # Default visibility is what --export-dynamic exports; static helpers stay internal.
    "clang-$compiler" --target=wasm32-unknown-unknown -nostdlib -ffreestanding -fno-builtin \
        -fvisibility=default -std=c11 -Wall -Wextra -Werror "-$opt" "-DFIELD_${field^^}" \
        "${clang_flags[@]}" -c "c/$source.c" -o "$scratch/$output.o"
    "wasm-ld-$compiler" --no-entry --export-dynamic "$scratch/$output.o" -o "$scratch/$output.wasm"
    "$translator" "${translator_flags[@]}" "$scratch/$output.wasm" "clif/$output"
}

install_compilers
target_dir=${CARGO_TARGET_DIR:-translator/target}
cargo build --release --locked --manifest-path translator/Cargo.toml --target-dir "$target_dir"
translator=$(realpath "$target_dir")/release/corpus-translator
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p clif
rm -f clif/*.clif

for path in c/*.c; do
    file=$(basename "$path" .c)
    for opt in O1 O2 Oz; do
        module "$file" "$file" babybear $default_compiler $opt
    done
    module "$file" "$file" koalabear $default_compiler O2
    module "$file" "$file" babybear $second_compiler O2
done

# The Montgomery spelling that the source was not written with.
module fingerprint fingerprint-add babybear $default_compiler O2 -DMONTY_FORM=MONTY_ADD
module logup logup-add babybear $default_compiler O2 -DMONTY_FORM=MONTY_ADD
module batch_inverse batch_inverse-subtract babybear $default_compiler O2 -DMONTY_FORM=MONTY_SUBTRACT
module powers powers-subtract babybear $default_compiler O2 -DMONTY_FORM=MONTY_SUBTRACT

# Memories without guard pages.
module fingerprint fingerprint babybear $default_compiler O2 --bounds-checks

# matrix FIELD MONTGOMERY OPT: the generic idioms in one field and representation, in
# matrix/clif/FIELD[-m].OPT.clif, as translated.
matrix() {
    local field=$1 montgomery=$2 opt=$3
    local output=$field.$opt
    ((montgomery)) && output=$field-m.$opt
    "clang-$default_compiler" --target=wasm32-unknown-unknown -nostdlib -ffreestanding -fno-builtin \
        -fvisibility=default -std=c11 -Wall -Wextra -Werror "-$opt" "-DFIELD=$field" "-DMONTGOMERY=$montgomery" \
        -c matrix/idioms.c -o "$scratch/$output.o"
    "wasm-ld-$default_compiler" --no-entry --export-dynamic "$scratch/$output.o" -o "$scratch/$output.wasm"
    "$translator" "$scratch/$output.wasm" "matrix/clif/$output"
    rm "matrix/clif/$output.opt.clif"
}

mkdir -p matrix/clif
rm -f matrix/clif/*.clif
for opt in O1 O2 O3 Os Oz; do
    for field in babybear koalabear goldilocks; do
        matrix $field 0 $opt
        matrix $field 1 $opt
    done
    matrix mersenne31 0 $opt
done
