#!/usr/bin/env bash
# Makes the assembly of the guests from their C, with gcc. Debian: gcc-riscv64-unknown-elf.
#
# SPDX-License-Identifier: MIT OR Apache-2.0
set -euo pipefail
cd "$(dirname "$0")"

for source in c/*.c; do
    name=$(basename "$source" .c)
    # No calls of memcpy and memset, no compressed instructions, no notes of the compiler.
    riscv64-unknown-elf-gcc -S -O2 -march=rv32im -mabi=ilp32 -mcmodel=medany -msmall-data-limit=0 -ffreestanding -fno-builtin -fno-ident \
        -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns "$source" -o "$name.s"
    sed -i -e '/^\t\.file/d' "$name.s"
done
