//! `zktr trace`: what is in the files is what the golden filler fills, as readers of other hands see it; what does not
//! hold is found; what cannot be done is an error that says so.

mod cli_support;

use cli_support::Place;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use zktr::tables::check::check;
use zktr_emu::host::Machine;
use zktr_emu::loader::{self, Input};
use zktr_emu::trace::{self, Options, Recording, Trace};
use zktr_isa::Spec;
use zktr_isa::trace::CellValue;

/// Multiplies, divides, loads, stores and jumps; the loop is marked in one of two programs.
const GUEST: &str = "\
    .globl _start
_start:
    li      t0, 9
    li      a0, 1
    addi    s0, sp, -64
    zktr.on
1:  mul     a0, a0, t0
    sw      a0, (s0)
    lbu     t1, 1(s0)
    divu    t2, a0, t0
    sub     t2, t2, t1
    sra     t2, t2, t0
    addi    s0, s0, 4
    addi    t0, t0, -1
    bnez    t0, 1b
    zktr.off
    li      a7, 93
    li      a0, 0
    ecall
";

/// A table whose constraint holds in no row.
const WRONG: &str = r#"
[trace.table.wrong]
doc     = "Its constraint holds in no row."
rows    = "instruction"
columns = [{ name = "one", size = 1, is = "1", doc = "One." }]
rules   = "for k < 1 { assert(one[k] == 2); }"
"#;

/// A directory with the guest, linked, with marks and without.
fn place(test: &str) -> Place {
    let plain: Vec<&str> = GUEST
        .lines()
        .filter(|line| !line.contains("zktr."))
        .collect();
    let place = Place::new(test)
        .file("guest.s", plain.join("\n") + "\n")
        .file("marked.s", GUEST);
    for name in ["guest", "marked"] {
        let source = format!("{name}.s");
        place.run_to(0, &["asm", "--xlen", "32", "--link", &source, "-o", name]);
    }
    place
}

fn record(spec: &Arc<Spec>, place: &Place, options: &Options) -> Recording {
    let name = if options.marked { "marked" } else { "guest" };
    let bytes = place.read(name);
    let input = Input {
        name,
        bytes: &bytes,
    };
    let image = loader::load(spec, &[input], 1 << 30).expect("the guest is an executable");
    let mut machine = Machine::load(spec.clone(), &image, Default::default()).expect("it fits");
    trace::record(spec, &mut machine, options).expect("the schema has rows for it")
}

/// The tables of each segment, as the golden layer fills them.
fn golden(spec: &Arc<Spec>, place: &Place, options: &Options, field: &str) -> Vec<Trace> {
    record(spec, place, options)
        .executions
        .iter()
        .map(|execution| trace::fill(spec, execution, field).expect("the field fits"))
        .collect()
}

fn manifest(place: &Place, folder: &str) -> serde_json::Value {
    let bytes = place.read(&format!("{folder}/manifest.json"));
    serde_json::from_slice(&bytes).expect("the manifest is JSON")
}

/// Column names and rows of a file.
type Read = (Vec<String>, Vec<Vec<u32>>);

/// By NumPy's description of its format; the names are in the manifest.
fn read_npy(bytes: &[u8]) -> Vec<Vec<u32>> {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!((10 + length) % 64, 0, "the data are aligned");
    let header = std::str::from_utf8(&bytes[10..10 + length]).expect("the header is text");
    let shape = header
        .trim_end()
        .strip_prefix("{'descr': '<u4', 'fortran_order': False, 'shape': (")
        .and_then(|rest| rest.strip_suffix("), }"))
        .expect("a matrix of 32-bit numbers, row by row");
    let (rows, width) = shape.split_once(", ").expect("two dimensions");
    let (rows, width): (usize, usize) = (rows.parse().unwrap(), width.parse().unwrap());
    let data = &bytes[10 + length..];
    assert_eq!(data.len(), rows * width * 4);
    let cells: Vec<u32> = data
        .chunks_exact(4)
        .map(|cell| u32::from_le_bytes(cell.try_into().expect("four bytes")))
        .collect();
    cells.chunks(width).map(<[u32]>::to_vec).collect()
}

fn read_csv(bytes: &[u8]) -> Read {
    let mut reader = csv::Reader::from_reader(bytes);
    let names = reader.headers().expect("a line of names");
    let names = names.iter().map(str::to_owned).collect();
    let rows = reader.deserialize().map(|row| row.expect("numbers"));
    (names, rows.collect())
}

#[cfg(feature = "parquet")]
fn read_parquet(path: &Path) -> Read {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let file = std::fs::File::open(path).expect("the file has been written");
    let reader = SerializedFileReader::new(file).expect("a file of Parquet");
    let schema = reader.metadata().file_metadata().schema_descr();
    let names = schema
        .columns()
        .iter()
        .map(|c| c.name().to_owned())
        .collect();
    let rows = reader.get_row_iter(None).expect("rows").map(|row| {
        let row = row.expect("a row");
        row.get_column_iter()
            .map(|(_, field)| match field {
                Field::UInt(value) => *value,
                other => panic!("not an unsigned number of 32 bits: {other:?}"),
            })
            .collect()
    });
    let rows = rows.collect();
    (names, rows)
}

/// The path of something in the directory of a test.
fn path(test: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(test).join(name)
}

/// Compares the tables of a manifest's segments with others.
fn compare(
    spec: &Spec,
    manifest: &serde_json::Value,
    expected: &[Trace],
    padding: bool,
    read: impl Fn(&str, &serde_json::Value) -> Read,
) {
    let segments = manifest["segments"].as_array().expect("segments");
    assert_eq!(segments.len(), expected.len());
    let descriptions = manifest["tables"].as_array().expect("tables");
    for (segment, expected) in segments.iter().zip(expected) {
        let tables = segment["tables"].as_array().expect("tables");
        assert_eq!(tables.len(), descriptions.len());
        for (table, description) in tables.iter().zip(descriptions) {
            let name = table["name"].as_str().expect("a name");
            let (index, schema) = spec.trace().table(name).expect("a table of the schema");
            let filled = &expected.tables[index];
            assert_eq!(table["rows"], filled.rows, "{name}");
            assert_eq!(table["height"], filled.height(), "{name}");
            let (names, rows) = read(table["file"].as_str().expect("a file"), description);
            let cells = (0..schema.width()).map(|cell| schema.cell_name(cell));
            assert_eq!(names, cells.collect::<Vec<_>>(), "{name}");
            let height = if padding {
                filled.height()
            } else {
                filled.rows
            };
            assert_eq!(rows.len(), height, "{name}");
            for (i, row) in rows.iter().enumerate() {
                assert_eq!(row, filled.row(i), "{name}, row {i}");
            }
        }
    }
}

fn names(description: &serde_json::Value) -> Vec<String> {
    let cells = description["cells"].as_array().expect("names of cells");
    cells
        .iter()
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn files_hold_what_the_golden_filler_fills() {
    let place = place("trace_files");
    let spec = Spec::builtin();
    let whole = golden(&spec, &place, &Options::default(), "babybear");
    place.run_to(0, &["trace", "guest", "--format", "npy", "-o", "npy"]);
    let read = |file: &str, description: &serde_json::Value| {
        (
            names(description),
            read_npy(&place.read(&format!("npy/{file}"))),
        )
    };
    let described = manifest(&place, "npy");
    assert_eq!(described["modulus"], 0x7800_0001);
    assert_eq!(described["exit_code"], 0);
    assert_eq!(
        described["tables"].as_array().map(Vec::len),
        Some(spec.trace().tables.len())
    );
    compare(&spec, &described, &whole, true, read);

    place.run_to(0, &["trace", "guest", "--format", "csv", "-o", "csv"]);
    let read = |file: &str, _: &serde_json::Value| read_csv(&place.read(&format!("csv/{file}")));
    compare(&spec, &manifest(&place, "csv"), &whole, true, read);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_has_a_column_for_each_cell() {
    let place = place("trace_parquet");
    let spec = Spec::builtin();
    let whole = golden(&spec, &place, &Options::default(), "koalabear");
    let arguments = ["trace", "guest", "--field", "koalabear", "-o", "new/tables"];
    place.run_to(0, &arguments);
    let read = |file: &str, _: &serde_json::Value| {
        read_parquet(&path("trace_parquet", "new/tables").join(file))
    };
    compare(&spec, &manifest(&place, "new/tables"), &whole, true, read);
}

/// Segments have folders; marks, selected tables and padding are as the command line says.
#[test]
fn segments_of_marked_regions_have_tables_of_their_own() {
    let place = place("trace_segments");
    let spec = Spec::builtin();
    let options = Options {
        marked: true,
        segment: 50,
        ..Options::default()
    };
    let parts = golden(&spec, &place, &options, "mersenne31");
    assert_eq!(parts.len(), 2, "81 instructions");
    let outcome = place.run_to(
        0,
        &[
            "trace",
            "marked",
            "--marked",
            "--segment",
            "50",
            "--field",
            "mersenne31",
            "--table",
            "cpu",
            "--table",
            "memory",
            "--no-padding",
            "--format",
            "csv",
            "--check",
            "--json",
            "-o",
            "out",
        ],
    );
    let printed: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let described = manifest(&place, "out");
    assert_eq!(printed, described);
    assert_eq!(described["tables"].as_array().map(Vec::len), Some(2));
    let segments = &described["segments"];
    assert_eq!(segments[0]["instructions"], 50);
    assert_eq!(segments[1]["instructions"], 31);
    assert_eq!(segments[0]["end"]["pc"], segments[1]["start"]["pc"]);
    assert_eq!(segments[1]["start"]["clock"], spec.trace().clock.first);
    assert_eq!(segments[1]["tables"][0]["file"], "segment-0001/cpu.csv");
    let read = |file: &str, _: &serde_json::Value| read_csv(&place.read(&format!("out/{file}")));
    compare(&spec, &described, &parts, false, read);
}

#[test]
fn without_a_folder_there_are_numbers_only() {
    let place = place("trace_numbers");
    let outcome = place.run_to(0, &["trace", "guest", "--table", "cpu", "--check"]);
    let lines: Vec<Vec<&str>> = outcome
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let spec = Spec::builtin();
    let whole = &golden(&spec, &place, &Options::default(), "babybear")[0];
    let (index, _) = spec.trace().table("cpu").expect("a table");
    let cpu = &whole.tables[index];
    let rows = cpu.rows.to_string();
    let padding = (cpu.height() - cpu.rows).to_string();
    let (width, cells) = (cpu.width.to_string(), cpu.cells.len().to_string());
    assert_eq!(lines[2], ["cpu", &rows, &padding, &width, &cells]);
    assert_eq!(
        lines.last().unwrap().join(" "),
        "the program: exit with code 0"
    );
}

#[test]
fn what_does_not_hold_is_a_diagnostic_with_its_place() {
    let place = place("trace_check").file("wrong.toml", WRONG);
    let arguments = ["trace", "guest", "--spec", "wrong.toml", "--check"];
    let outcome = place.run_to(1, &arguments);
    assert!(
        outcome.stderr.contains(
            "error: table `wrong`, row 0: `assert(one[k] == 2)` does not hold with k = 0, nor in"
        ),
        "{outcome}"
    );
    assert!(outcome.stderr.contains("wrong.toml:6:"), "{outcome}");
    assert!(outcome.stderr.contains("with one[0] = 1"), "{outcome}");
    // It is not asked for.
    place.run_to(0, &arguments[..4]);
}

#[test]
fn a_corrupted_cell_is_found_and_said_where() {
    let place = place("trace_corrupted");
    let spec = Spec::builtin();
    let schema = spec.trace();
    let options = Options {
        marked: true,
        ..Options::default()
    };
    let right = golden(&spec, &place, &options, "babybear").remove(0);
    let mut rows = 0;
    assert_eq!(check(schema, &right, &mut |more| rows += more), []);
    let all: usize = right.tables.iter().map(|table| table.height()).sum();
    assert_eq!(rows, all as u64);

    // A constraint of its own table.
    let (index, cpu) = schema.table("cpu").expect("a table");
    let cell = cpu.column("taken").expect("a column").at as usize;
    let mut wrong = right.clone();
    let at = 8 * cpu.width() + cell;
    wrong.tables[index].cells[at] = 5;
    let found = check(schema, &wrong, &mut |_| ());
    assert!(
        found.iter().any(
            |d| d.message == "table `cpu`, row 8: `bool(taken)` does not hold"
                && d.span.is_some()
                && d.notes[0].0 == "with taken = 5"
        ),
        "{found:?}"
    );

    // A multiplicity: only a bus sees it.
    let (index, column) = (0..schema.tables.len())
        .find_map(|index| {
            let cells = &schema.tables[index].cells;
            let column = cells
                .iter()
                .position(|cell| matches!(cell.value, CellValue::Count(_)))?;
            Some((index, column))
        })
        .expect("a column that counts");
    let mut wrong = right.clone();
    wrong.tables[index].cells[column] += 1;
    let found = check(schema, &wrong, &mut |_| ());
    let name = &schema.tables[index].name;
    let said = format!("table `{name}`, row 0 exchanges the first of them");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].message.contains("does not balance: a message is"),
        "{found:?}"
    );
    assert!(
        found[0].notes.iter().any(|(note, _)| *note == said),
        "{found:?}"
    );
}

#[test]
fn impossible_wishes_are_errors() {
    let place = place("trace_errors");
    let trace = |code: i32, more: &[&str], message: &str| {
        let outcome = place.run_to(code, &[&["trace"], more].concat());
        assert!(outcome.stderr.contains(message), "{more:?}: {outcome}");
        assert_eq!(outcome.stdout, "", "{more:?}");
    };
    trace(2, &[], "required");
    trace(1, &["guest", "--table", "cpx"], "did you mean `cpu`?");
    trace(
        1,
        &["guest", "--field", "babybea"],
        "fields for tables are babybear",
    );
    trace(
        1,
        &["guest", "--field", "goldilocks"],
        "2^31, which that of `goldilocks` is not",
    );
    trace(
        2,
        &["guest", "--segment", "0"],
        "`--segment` is a number from 1 to ",
    );
    trace(2, &["guest", "--format", "xls"], "invalid value");
    trace(2, &["guest", "-o", "guest"], "cannot write `guest`");
    trace(2, &["nothing"], "cannot read `nothing`");
    trace(1, &["guest.s"], "guest.s");
    trace(1, &["guest", "--entry", "main"], "no file defines `main`");
    trace(1, &["marked"], "help: trace only what the guest marks");
    trace(
        1,
        &["marked", "--marked", "--fuel", "4"],
        "nothing to trace: out of fuel",
    );
    place.write("notes", "");
    trace(
        2,
        &["guest", "-o", "."],
        "`.` is not empty: name another folder",
    );
}

/// A guest that never ends: what it has done until then is there, and the exit code says that it is not all.
#[test]
fn an_endless_guest_ends_with_its_fuel() {
    let place = Place::new("trace_endless").file("endless.s", "_start: j _start\n.globl _start\n");
    let arguments = ["asm", "--xlen", "32", "--link", "endless.s", "-o", "guest"];
    place.run_to(0, &arguments);
    let arguments = [
        "trace",
        "guest",
        "--fuel",
        "100",
        "--segment",
        "40",
        "--format",
        "npy",
        "--table",
        "jump",
        "--table",
        "cpu",
        "-o",
        "out",
        "--check",
    ];
    let outcome = place.run_to(1, &arguments);
    assert!(
        outcome.stderr.contains("the program stopped: out of fuel"),
        "{outcome}"
    );
    let described = manifest(&place, "out");
    let lengths: Vec<_> = described["segments"]
        .as_array()
        .expect("segments")
        .iter()
        .map(|segment| segment["instructions"].as_u64().expect("a number"))
        .collect();
    assert_eq!(lengths, [40, 40, 20]);
}

/// A call is traced up to and with its return; a jump to where there is no code is in the tables as well.
#[test]
fn the_last_instruction_is_in_the_tables() {
    let source = ".globl twice\n.globl wild\ntwice: slli a0, a0, 1\n ret\nwild: jr a0\n nop\n";
    let place = Place::new("trace_last").file("last.s", source);
    place.run_to(0, &["asm", "--xlen", "32", "last.s", "-o", "last.o"]);
    for (entry, code, instructions) in [("twice", 0, 2), ("wild", 1, 1)] {
        let arguments = [
            "trace", "last.o", "--entry", entry, "--args", "4", "--check", "--json",
        ];
        let outcome = place.run_to(code, &arguments);
        let printed: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        assert_eq!(printed["segments"][0]["instructions"], instructions);
        assert!(!outcome.stderr.contains("balance"), "{outcome}");
    }
}

/// Nothing of a run that fails is left.
#[test]
fn a_guest_without_rows_leaves_no_files() {
    let place = Place::new("trace_refused").file(
        "odd.s",
        ".globl _start\n_start:\n li t0, 1\n lw t1, -7(sp)\n nop\n",
    );
    let arguments = ["asm", "--xlen", "32", "--link", "odd.s", "-o", "guest"];
    place.run_to(0, &arguments);
    let outcome = place.run_to(1, &["trace", "guest", "--segment", "1", "-o", "out"]);
    assert!(outcome.stderr.contains("is not aligned"), "{outcome}");
    assert!(!path("trace_refused", "out").exists());
    // A guest of the other width.
    place.run_to(0, &["asm", "--xlen", "64", "--link", "odd.s", "-o", "wide"]);
    let outcome = place.run_to(1, &["trace", "wide", "-o", "out"]);
    assert!(outcome.stderr.contains("RV32"), "{outcome}");
}

/// What NumPy and Arrow read: the same in all formats.
const READERS: &str = r#"
import csv, json, sys
import numpy, pyarrow.parquet
def manifest(folder): return json.load(open(folder + "/manifest.json"))
count = 0
for entry, n, c, p in zip(manifest("npy")["tables"], *(manifest(f)["segments"][0]["tables"] for f in ("npy", "csv", "parquet"))):
    matrix = numpy.load("npy/" + n["file"], allow_pickle=False)
    assert matrix.dtype == numpy.uint32 and matrix.shape == (n["height"], entry["width"]), matrix.shape
    lines = list(csv.reader(open("csv/" + c["file"], newline="")))
    assert lines[0] == entry["cells"]
    assert (numpy.array(lines[1:], dtype=numpy.uint32).reshape(matrix.shape) == matrix).all()
    table = pyarrow.parquet.read_table("parquet/" + p["file"])
    assert table.column_names == entry["cells"]
    for index, column in enumerate(table.columns):
        assert str(column.type) == "uint32"
        assert (column.to_numpy() == matrix[:, index]).all()
    count += 1
print(count, "tables agree")
"#;

#[cfg(feature = "parquet")]
#[test]
fn python_reads_the_files() {
    let python = std::env::var("ZKTR_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python)
        .args(["-c", "import numpy, pyarrow.parquet"])
        .output();
    if !probe.is_ok_and(|output| output.status.success()) {
        assert!(
            std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
            "{python} with numpy and pyarrow is missing"
        );
        eprintln!("skipped: python_reads_the_files needs {python} with numpy and pyarrow");
        return;
    }
    let place = place("trace_python").file("read.py", READERS);
    for format in ["npy", "csv", "parquet"] {
        let tables = ["--table", "cpu", "--table", "words", "--table", "run"];
        let arguments = ["trace", "guest", "--format", format, "-o", format];
        place.run_to(0, &[&arguments[..], &tables].concat());
    }
    let directory = path("trace_python", "");
    let output = Command::new(&python)
        .arg("read.py")
        .current_dir(directory)
        .output()
        .expect("python starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("tables agree\n"));
}

/// A run that is saved, resumed, saved again and traced: the tables of its last part are those that the library has for it.
#[test]
fn another_process_goes_on() {
    let place = place("trace_resumed");
    place.run_to(0, &["run", "guest", "--save", "one", "--at", "20"]);
    place.run_to(
        0,
        &[
            "run", "guest", "--resume", "one", "--save", "two", "--at", "32",
        ],
    );
    place.run_to(
        0,
        &[
            "trace", "guest", "--resume", "two", "-o", "rest", "--format", "npy", "--check",
        ],
    );
    let manifest = manifest(&place, "rest");
    let spec = Spec::builtin();
    let options = Options::default();
    let whole = record(&spec, &place, &options);
    let events = &whole.executions[0].events;
    let segment = &manifest["segments"][0];
    assert_eq!(segment["instructions"], events.len() - 32);
    assert_eq!(segment["start"]["pc"], events[32].code.pc);
    assert_eq!(
        place.run(&["run", "guest", "--resume", "two"]).code,
        place.run(&["run", "guest"]).code
    );
    // Another program, a time that is over, one that is never reached, no checkpoint.
    for (arguments, error) in [
        (
            &["run", "marked", "--resume", "one"][..],
            "of a run of something else",
        ),
        (
            &[
                "run", "guest", "--resume", "two", "--save", "x", "--at", "31",
            ],
            "is over",
        ),
        (
            &["run", "guest", "--save", "x", "--at", "100000"],
            "nothing is saved",
        ),
        (&["trace", "guest", "--resume", "guest"], "is no checkpoint"),
    ] {
        let outcome = place.run(arguments);
        assert_ne!(outcome.code, Some(0), "{arguments:?}");
        assert!(outcome.stderr.contains(error), "{}", outcome.stderr);
    }
}
