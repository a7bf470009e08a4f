//! Forms of `.insn`.

use super::Loader;
use super::pattern::{Piece, split};
use crate::algebra::OperandId;
use crate::model::{BitSlice, InsnForm, Operand, OperandKind, Role, SyntaxPiece};
use crate::tree::{Node, Text};

impl<'a> Loader<'a> {
    pub(super) fn form(&mut self, key: &'a Text, node: &'a Node) -> Option<()> {
        let format = self.encoding_format(key, node)?;
        let Some(syntax) = format.syntax else {
            self.sink.error("missing key `syntax`", &key.span);
            return None;
        };
        let mut operands: Vec<Operand> = Vec::new();
        for (name, node) in &format.operands {
            let Some(node) = node else {
                self.sink
                    .error("a form says what its operands are", &name.span);
                return None;
            };
            operands.push(self.operand(name, node, &name.span, &format)?);
        }
        for name in format.names() {
            if operands.iter().any(|operand| operand.name == name) {
                continue;
            }
            let slices = format.pieces.iter().filter(|piece| piece.name == name);
            operands.push(Operand {
                name: name.to_owned(),
                kind: OperandKind::Imm {
                    signed: false,
                    pc_relative: false,
                },
                slices: slices
                    .map(|piece| BitSlice {
                        word_lo: piece.word_lo,
                        len: piece.len,
                        value_lo: piece.value_lo,
                    })
                    .collect(),
                exclude: Vec::new(),
                hint: Vec::new(),
                fixed: None,
                modulo: None,
                role: Role::Value,
                span: key.span.clone(),
            });
        }
        let mut pieces = Vec::new();
        let mut seen = vec![false; operands.len()];
        for (piece, range) in split(syntax, 0, self.sink)? {
            match piece {
                Piece::Punct(mark) => pieces.push(SyntaxPiece::Punct(mark)),
                Piece::Word(word) => {
                    let found = operands.iter().position(|operand| operand.name == word);
                    let Some(index) = found else {
                        let known = operands.iter().map(|operand| operand.name.as_str());
                        self.unknown("field", word, &syntax.part(range), known);
                        return None;
                    };
                    seen[index] = true;
                    pieces.push(SyntaxPiece::Operand(OperandId(index as u32)));
                }
            }
        }
        if let Some(missing) = seen.iter().position(|seen| !seen) {
            let message = format!("field `{}` is not in the syntax", operands[missing].name);
            self.sink.error(message, &syntax.span);
            return None;
        }
        if self.define("form of .insn", key) {
            let name = key.text.split('.').next().unwrap_or_default();
            self.spec.insn_forms.push(InsnForm {
                name: name.to_owned(),
                length: format.length,
                operands,
                syntax: pieces,
            });
        }
        Some(())
    }
}
