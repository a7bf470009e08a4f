//! Objects for machines without the accelerator: they call the units by name, and linked with the library of software units
//! they compute what C computes.

mod cli_support;

use cli_support::Place;
use std::path::PathBuf;
use std::process::Command;

/// `out[i] = out[i - 1] + a[i]` in BabyBear: (out, a, n). The accesses do not trap, says the front end.
const SUMS: &str = "\
function %sums(i64, i64, i64) system_v {
block0(v0: i64, v1: i64, v2: i64):
    v3 = iconst.i64 0
    v4 = iconst.i32 0
    brif v2, block1(v3, v4), block2

block1(v5: i64, v6: i32):
    v7 = iconst.i64 2
    v8 = ishl v5, v7
    v9 = iadd v1, v8
    v10 = load.i32 notrap aligned v9
    v11 = iadd v6, v10
    v12 = iconst.i32 0x7800_0001
    v13 = isub v11, v12
    v14 = icmp uge v11, v12
    v15 = select v14, v13, v11
    v16 = iadd v0, v8
    store notrap aligned v15, v16
    v17 = iconst.i64 1
    v18 = iadd v5, v17
    v20 = icmp ult v18, v2
    brif v20, block1(v18, v15), block2

block2:
    return
}
";

/// Calls it for a few rows and for many, and counts the calls of the unit.
const PROGRAM: &str = "\
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
void sums(uint32_t *out, const uint32_t *a, uint64_t n);
uint64_t __real_zktr_scan(uint64_t descriptor, uint64_t count);
static int done;
uint64_t __wrap_zktr_scan(uint64_t descriptor, uint64_t count) {
    uint64_t status = __real_zktr_scan(descriptor, count);
    done += status == 0;
    return status;
}
static int check(uint64_t n, int operations) {
    uint32_t *a = malloc(4 * n), *out = malloc(4 * n), sum = 0;
    for (uint64_t i = 0; i < n; i++) a[i] = (uint32_t)(i * 2654435761u) % 2013265921u;
    done = 0;
    sums(out, a, n);
    for (uint64_t i = 0; i < n; i++) {
        sum = ((uint64_t)sum + a[i]) % 2013265921u;
        if (out[i] != sum) { printf(\"row %lu of %lu\\n\", i, n); return 1; }
    }
    if (done != operations) { printf(\"%d operations for %lu rows\\n\", done, n); return 1; }
    return 0;
}
int main(void) { return check(10, 0) | check(1000000, 1); }
";

/// The static library that was built together with this test: the newest one beside it.
fn library() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let entries = std::fs::read_dir(test.parent()?).ok()?;
    let libraries = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let name = path.file_name()?.to_str()?;
        let named = name.starts_with("libzktr_units") && name.ends_with(".a");
        Some((path.metadata().ok()?.modified().ok()?, path)).filter(|_| named)
    });
    libraries.max().map(|(_, path)| path)
}

#[test]
fn an_object_of_this_machine_uses_the_library() {
    let has_gcc = Command::new("gcc").arg("--version").output();
    let has_gcc = has_gcc.is_ok_and(|output| output.status.success());
    let (true, true, Some(library)) = (cfg!(target_arch = "x86_64"), has_gcc, library()) else {
        assert!(
            std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
            "gcc for x86-64 or the static library is missing"
        );
        eprintln!("skipped: an_object_of_this_machine_uses_the_library needs gcc for x86-64");
        return;
    };
    let place = Place::new("native")
        .file("sums.clif", SUMS)
        .file("main.c", PROGRAM);
    for level in ["none", "speed"] {
        let options = ["--target", "x86-64", "--opt-level", level];
        let compile = ["compile", "sums.clif", "-o", "sums.o"];
        place.run_to(0, &[&compile[..], &options[..]].concat());
        let mut gcc = Command::new("gcc");
        gcc.args(["-O1", "-w", "main.c", "sums.o", "-Wl,--wrap=zktr_scan"])
            .arg(&library)
            .args(["-lpthread", "-ldl", "-lm", "-o", "program"]);
        let linked = place.tool(gcc);
        let errors = String::from_utf8_lossy(&linked.stderr);
        assert!(linked.status.success(), "{errors}");
        let run = place.tool(Command::new("./program"));
        let printed = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "{level}: {printed}");
    }
}

#[test]
fn loops_that_may_trap_stay_without_the_accelerator() {
    let trapping = SUMS.replace("load.i32 notrap aligned", "load.i32");
    let place = Place::new("native_traps")
        .file("sums.clif", SUMS)
        .file("traps.clif", trapping);
    // The symbol of the unit is in the object if there is a call.
    let calls = |file: &str, options: &[&str]| {
        let compile = ["compile", file, "-o", "out.o"];
        place.run_to(0, &[&compile[..], options].concat());
        let name = b"zktr_scan\0";
        place.read("out.o").windows(name.len()).any(|w| w == name)
    };
    for machine in ["x86-64", "aarch64"] {
        let target = ["--target", machine];
        assert!(calls("sums.clif", &target));
        assert!(!calls("traps.clif", &target));
        let offload = [&target[..], &["--may-trap", "offload"]].concat();
        assert!(calls("traps.clif", &offload));
        let none = [&target[..], &["--no-offload"]].concat();
        assert!(!calls("sums.clif", &none));
    }
    // On the accelerator there is an instruction instead.
    assert!(!calls("sums.clif", &[]));
}
