//! What a hardware engineer asks about the extension, and where the manual alone answers it.

use super::support::{Files, by_id, section_text, text_of};
use zktr_isa::Spec;

/// A question; the page and section that answer it (no section: the whole page); what is said there.
struct Question(
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

const QUESTIONS: &[Question] = &[
    Question(
        "Which major opcode does the extension use, and can it be another one?",
        "index",
        "",
        &[
            "custom-3 = 0x7b",
            "custom-0 = 0x0b",
            "Major opcode of every Xzktr instruction",
        ],
    ),
    Question(
        "Which functions of that opcode are free?",
        "opcodes",
        "sec-page-opcodes-functions",
        &[
            "Of the 128 values of bits 31:25 under opcode 0x7b",
            "are free",
        ],
    ),
    Question(
        "What else is in the base opcode map?",
        "opcodes",
        "sec-page-opcodes-major",
        &["OP-IMM", "0x13", "BRANCH", "custom-1"],
    ),
    Question(
        "What do bits 14 to 12 mean?",
        "encodings",
        "enc-rocc",
        &["xd", "xs1", "xs2", "bits 14 xd", "bits 12 xs2"],
    ),
    Question(
        "What is the exact word of an instruction, and how is it stored?",
        "ext-xzktr",
        "inst-zktr.logup",
        &[
            "Mask 0xfe00707f, match 0x1a00707b",
            "little-endian",
            "7b f5 c5 1a",
        ],
    ),
    Question(
        "How can I emit it with an assembler that does not know it?",
        "ext-xzktr",
        "inst-zktr.logup",
        &[".insn r 0x7b, 7, 0x0d, a0, a1, a2"],
    ),
    Question(
        "Which registers does it read and write?",
        "ext-xzktr",
        "inst-zktr.logup",
        &[
            "register, written: the status",
            "register, read: address of a descriptor logup",
            "register, read: the count n",
        ],
    ),
    Question(
        "Does an instruction have side effects on other registers?",
        "registers",
        "",
        &["reads and writes the registers that are its operands and no others"],
    ),
    Question(
        "On which harts is it?",
        "ext-xzktr",
        "inst-zktr.logup",
        &["RV32, RV64"],
    ),
    Question(
        "How large is the descriptor and how is it aligned?",
        "ext-xzktr",
        "inst-zktr.inv",
        &["bytes, little-endian, aligned to 64 bytes"],
    ),
    Question(
        "Where in it is a field?",
        "ext-xzktr",
        "inst-zktr.logup",
        &[
            "gamma",
            "The constant term of the denominators.",
            "Coordinate c at 8 +",
        ],
    ),
    Question(
        "How is a two-dimensional array described?",
        "descriptors",
        "sec-page-descriptors-types",
        &[
            "the address of its first element",
            "one signed stride in bytes for each dimension, outermost first",
            "address + i * stride 0 + j * stride 1",
        ],
    ),
    Question(
        "Can strides be negative?",
        "descriptors",
        "sec-page-descriptors-types",
        &["Strides may be negative"],
    ),
    Question(
        "How are the coordinates of an extension element laid out in memory?",
        "descriptors",
        "sec-page-descriptors-types",
        &["from a coordinate to the next"],
    ),
    Question(
        "What has to be in the coordinates that a format does not have?",
        "descriptors",
        "sec-page-descriptors-types",
        &["Coordinates beyond the degree have to be zero"],
    ),
    Question(
        "When is the descriptor read, and may it be changed then?",
        "contract",
        "sec-page-contract-descriptor",
        &["read once, when the instruction starts; afterwards it may be changed"],
    ),
    Question(
        "Which fields and representations are there, with which codes?",
        "formats",
        "",
        &["babybear4-m", "2013265921", "0x78000001", "R=232"],
    ),
    Question(
        "Modulo which polynomial are extension elements multiplied?",
        "formats",
        "sec-page-formats-formats",
        &["x4=11", "x4=3"],
    ),
    Question(
        "What happens to a word that is not below the modulus?",
        "formats",
        "sec-page-formats-formats",
        &["every other word is refused"],
    ),
    Question(
        "With which status?",
        "contract",
        "status-range",
        &[
            "7",
            "A word that has to be a field element is not a canonical residue.",
        ],
    ),
    Question(
        "What happens with the inverse of zero?",
        "contract",
        "status-zero",
        &["8", "The inverse of zero was asked for."],
    ),
    Question(
        "Two conditions fail: which status is it?",
        "contract",
        "sec-page-contract-checks",
        &["The first condition that does not hold decides"],
    ),
    Question(
        "Which memory may a refused operation have changed?",
        "contract",
        "sec-page-contract-memory",
        &[
            "A refusal of phase check has changed no memory",
            "elements of views that the instruction only writes may have any values. Nothing else has changed",
        ],
    ),
    Question(
        "Is a page fault an exception?",
        "contract",
        "",
        &[
            "A refusal is no exception",
            "An address that cannot be accessed ends with a status too",
        ],
    ),
    Question(
        "What does a count of zero do?",
        "contract",
        "",
        &["A count of zero is not refused"],
    ),
    Question(
        "How many columns may a row have?",
        "ext-xzktr",
        "inst-zktr.rlc",
        &["0 to 64", "k is at most 64"],
    ),
    Question(
        "May the result overwrite the source?",
        "ext-xzktr",
        "inst-zktr.inv",
        &["In place is allowed", "out≡a"],
    ),
    Question(
        "And if it overlaps in another way?",
        "ext-xzktr",
        "inst-zktr.inv",
        &["out∩a=∅", "overlap"],
    ),
    Question(
        "What exactly is computed, in which order?",
        "ext-xzktr",
        "inst-zktr.scan",
        &[
            "Meaning, mode sum-before (code 1)",
            "Running sum, this row excluded.",
            "si+1=si+ai",
        ],
    ),
    Question(
        "How does software find out what a hart has?",
        "contract",
        "sec-page-contract-discovery",
        &["zktr.version (0xce0)", "illegal-instruction exception"],
    ),
    Question(
        "Where in the version register is the major version?",
        "csrs",
        "csr-zktr.version",
        &[
            "31:16",
            "Major version; 0 where there are no units.",
            "read-only",
        ],
    ),
    Question(
        "Which bit stands for an instruction?",
        "csrs",
        "csr-zktr.functions",
        &["13 zktr.logup"],
    ),
    Question(
        "How does a program learn that an operation with a ticket is done?",
        "ext-xzktr",
        "inst-zktr.wait",
        &["The final status of the operation with the ticket in"],
    ),
    Question(
        "Which compressed instructions stand for a base instruction?",
        "ext-i",
        "inst-addi",
        &["Compressed forms: c.addi4spn, c.nop, c.addi"],
    ),
    Question(
        "Where are the bits of a branch distance?",
        "ext-i",
        "inst-beq",
        &[
            "31 = imm[12], 30:25 = imm[10:5], 11:8 = imm[4:1], 7 = imm[11]",
            "a multiple of 2 in the range [-4096, 4094]",
        ],
    ),
    Question(
        "How are division by zero and its overflow defined?",
        "notation",
        "sec-page-notation-terms",
        &["by zero: all ones; on overflow: a"],
    ),
    Question(
        "Which cells does the trace have for an addition, and what constrains them?",
        "trace",
        "table-add_sub",
        &[
            "carry",
            "What is carried out of each byte of the sum.",
            "bool(carry[i]);",
            "receive(alu, ADD * add + SUB * sub, c, a, b);",
        ],
    ),
    Question(
        "Which pipeline signals fill them?",
        "trace",
        "sec-page-trace-signals",
        &["when it retires"],
    ),
    Question(
        "Who sends and receives on a bus?",
        "trace",
        "bus-alu",
        &["cpu", "add_sub"],
    ),
    Question(
        "What is a ticket, and how many are there?",
        "contract",
        "sec-page-contract-tickets",
        &[
            "a value from 64 on",
            "At most 16 operations are outstanding",
        ],
    ),
    Question(
        "What has changed between versions?",
        "ext-xzktr",
        "sec-ext-xzktr-changes",
        &["Version 0.2", "Mersenne-31 and Goldilocks"],
    ),
];

#[test]
fn the_manual_alone_answers() {
    let files = Files::new(&Spec::builtin());
    let mut open = Vec::new();
    for Question(question, page, id, answers) in QUESTIONS {
        let page = files.page(page);
        let text = match *id {
            "" => text_of(page.root_element()),
            row if row.starts_with("status-") || row.starts_with("bus-") => {
                text_of(by_id(&page, row))
            }
            id => section_text(&page, id) + &labels(&page),
        };
        for answer in *answers {
            if !text.contains(answer) {
                open.push(format!("{question}\n    not said: {answer}"));
            }
        }
    }
    assert!(open.is_empty(), "{}", open.join("\n"));
    assert!(QUESTIONS.len() >= 30);
}

/// What pictures say to those who do not see them.
fn labels(page: &roxmltree::Document<'_>) -> String {
    page.descendants()
        .filter_map(|node| node.attribute("aria-label"))
        .collect::<Vec<_>>()
        .join(" ")
}
