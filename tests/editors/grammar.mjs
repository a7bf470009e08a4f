// Colours lines with the exported grammar, by the libraries that Visual Studio Code uses, and compares.
// Arguments: the folder of the exported extension, and one with node_modules (vscode-textmate, vscode-oniguruma).

import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [extension, modules] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, "index.js"));
const { Registry, parseRawGrammar, INITIAL } = require("vscode-textmate");
const oniguruma = require("vscode-oniguruma");

const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));

const read = (name) => fs.readFileSync(path.join(extension, name), "utf8");
const manifest = JSON.parse(read("package.json"));
JSON.parse(read("language-configuration.json"));
const contributed = manifest.contributes.grammars[0];
const registry = new Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) =>
    scope === contributed.scopeName ? parseRawGrammar(read(contributed.path), "grammar.json") : null,
});
const grammar = await registry.loadGrammar(contributed.scopeName);

const keyword = "keyword.mnemonic";
const custom = "support.function.extension";
const directive = "keyword.control.directive";
const register = "variable.language.register";
const label = "entity.name.function";
const comment = "comment.line";
const number = "constant.numeric";

// Lines one after another, each with words and what they have to be.
const lines = [
  ["main: addi a0, x11, -12 # addi", { main: label, addi: keyword, a0: register, x11: register, 12: number, "# addi": comment }],
  ["1:\tzktr.rlc a0, a1, a2", { 1: label, "zktr.rlc": custom, a2: register }],
  ["addi.x addiw a0x", { addiw: keyword, "addi.x": null, a0x: null }],
  ["\t.p2align 2; c.nop // x", { ".p2align": directive, "c.nop": keyword, "// x": comment }],
  ["\tcsrr t0, mstatus", { csrr: keyword, t0: register, mstatus: "support.constant.csr" }],
  ["\tlui a0, %hi(table)", { "%hi": "keyword.operator.relocation", table: null }],
  ["/* addi", { addi: "comment.block" }],
  ["addi */ mv", { addi: "comment.block", mv: keyword }],
  ['\t.asciz "a \\n # addi" # x', { "\\n": "constant.character.escape", addi: "string.quoted.double", "# x": comment }],
  ['\t.ascii "open', { open: "string.quoted.double" }],
  ["\tli t0, 0x1F", { t0: register, "0x1F": number }],
  [".macro twice reg", { ".macro": directive, twice: "entity.name.function.macro" }],
  ["\tadd \\reg, \\reg, zero", { "\\reg": "variable.parameter", zero: register }],
  ["\t.zktr.descriptor zktr.scan format=babybear4-m, mode=sum", {
    ".zktr.descriptor": directive, "zktr.scan": custom, format: "variable.other.property", "babybear4-m": "support.constant.format",
  }],
  ["loop_x: beqz a0, 1b", { loop_x: label, beqz: keyword, "1b": number }],
];

let state = INITIAL;
let failures = 0;
for (const [line, expected] of lines) {
  const result = grammar.tokenizeLine(line, state);
  state = result.ruleStack;
  for (const [word, scope] of Object.entries(expected)) {
    const at = line.indexOf(word);
    const token = result.tokens.find((t) => t.startIndex <= at && at < t.endIndex);
    const scopes = token.scopes.filter((s) => s !== contributed.scopeName);
    const right = scope === null ? scopes.length === 0 : scopes.some((s) => s === `${scope}.zktr`);
    if (!right) {
      failures += 1;
      console.error(`${JSON.stringify(line)}: ${word} is ${scopes.join(" ") || "nothing"}, not ${scope}`);
    }
  }
}
console.log(`${lines.length} lines, ${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
