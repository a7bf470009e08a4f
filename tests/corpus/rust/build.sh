#!/bin/bash
# Compiles the loops of src/ to WebAssembly: build.sh DIR puts prover-loops.LEVEL.wasm there for each level of optimisation.
#
# It needs a Rust toolchain with the target wasm32-unknown-unknown. Where rustup cannot fetch that, Debian's compiler with
# the sources of its library does it: `build.sh --debian DIR` unpacks these packages in DIR/debian and installs nothing.
# Exit code 3: the packages cannot be fetched.
#
# SPDX-License-Identifier: MIT OR Apache-2.0
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
debian=
if [ "${1-}" = --debian ]; then
    debian=1
    shift
fi
mkdir -p "${1:?usage: build.sh [--debian] DIR}"
out=$(cd "$1" && pwd)
levels=${LEVELS:-"1 2 3 s z"}
target=wasm32-unknown-unknown
options=()

if [ -n "$debian" ]; then
    root=$out/debian
    if [ ! -x "$root/rustc" ]; then
        mkdir -p "$root/packages"
        library=$(apt-cache depends libstd-rust-web-dev 2>/dev/null | sed -n 's/.*Depends: \(libstd-rust-web-[0-9.]*\)$/\1/p')
        llvm=$(apt-cache depends "${library:-none}" 2>/dev/null | sed -n 's/.*Depends: \(libllvm[0-9]*\)$/\1/p')
        cd "$root/packages"
        apt-get download -q rustc-web rust-web-src libstd-rust-web-dev "$library" "$llvm" || exit 3
        for package in "$root"/packages/*.deb; do
            dpkg -x "$package" "$root"
        done
        cat > "$root/rustc" <<EOF
#!/bin/sh
LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu exec $root/usr/bin/rustc "\$@"
EOF
        chmod +x "$root/rustc"
    fi
    # The library has to be compiled too, by an option that is not stable; Debian's linker for WebAssembly is LLVM's.
    export RUSTC=$root/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C linker=wasm-ld-19"
    options=(-Zbuild-std=core,alloc,std,panic_abort)
fi

for level in $levels; do
    (cd "$here" && CARGO_PROFILE_RELEASE_OPT_LEVEL=$level cargo build --locked --release --target "$target" \
        --target-dir "$out/target" ${options[@]+"${options[@]}"})
    cp "$out/target/$target/release/prover_loops.wasm" "$out/prover-loops.O$level.wasm"
done
