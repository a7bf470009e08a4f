//! Layouts of descriptors.
//!
//! An extent of a view may be the count of the instructions that use the descriptor, so that a layout
//! is complete only when those are known; until then it is a draft.

use super::{Loader, Sections};
use crate::algebra::{FieldId, Kind, OperandId};
use crate::model::{
    Access, Check, CheckStep, Descriptor, DescriptorField, Elem, Extent, FieldType, Flag, View,
};
use crate::sem::lexer::is_name;
use crate::sem::parse::RESERVED;
use crate::span::{Diagnostic, Span};
use crate::tree::{Node, Table, Text};
use std::collections::BTreeMap;

/// The largest descriptor.
const MAX_SIZE: i128 = 4096;
/// Keys of the section that are no descriptors.
const COMMON: [&str; 3] = ["align", "header", "checks"];

/// What is not known yet about the descriptors of [`crate::Spec::descriptors`].
#[derive(Default)]
pub(super) struct Drafts {
    align: u32,
    /// For each descriptor: names of extents, by field and dimension.
    extents: Vec<BTreeMap<(usize, usize), (String, Span)>>,
    /// For each descriptor: the count that its extents name, once an instruction uses it.
    counts: Vec<Option<(OperandId, String)>>,
}

impl<'a> Loader<'a> {
    pub(super) fn descriptors(&mut self, files: &mut [Sections<'a>]) {
        let mut header: Option<(&'a [Node], String)> = None;
        for file in files.iter_mut() {
            let Some(table) = &mut file.descriptor else {
                continue;
            };
            let align = table.int("align", 1..=MAX_SIZE);
            let list = table.list("header");
            let checks = table.list("checks");
            if (align.is_some() || list.is_some() || checks.is_some())
                && self.define_at("descriptor header", "common", &table.span)
            {
                if let Some((align, span)) = align {
                    if align.count_ones() != 1 {
                        self.sink.error("an alignment is a power of two", span);
                    }
                    self.descriptors.align = align as u32;
                }
                if let Some(list) = list {
                    header = Some((list, file.extension_name.clone()));
                }
                let span = table.span.clone();
                self.checks(checks.unwrap_or_default(), &span);
            }
        }
        let header = header
            .as_ref()
            .map_or((&[][..], ""), |(list, extension)| (*list, extension));
        for file in files.iter() {
            for (name, node) in file.descriptor.iter().flat_map(Table::entries) {
                if !COMMON.contains(&name.text.as_str()) {
                    self.descriptor(name, node, header, &file.extension_name);
                }
            }
        }
    }

    /// The order of the checks: each of them once, what reads the descriptor first, the data last.
    fn checks(&mut self, list: &'a [Node], span: &Span) {
        const FIRST: [Check; 3] = [
            Check::DescriptorAlignment,
            Check::DescriptorAccess,
            Check::Fields,
        ];
        for node in list {
            let Some(mut table) = Table::new(node, "a check", self.sink) else {
                continue;
            };
            let name = table.need_text("check");
            let doc = table.doc("doc");
            table.finish();
            let Some(name) = name else {
                continue;
            };
            let known = Check::NAMES.iter().find(|(known, _)| *known == name.text);
            let Some(&(_, check)) = known else {
                let names = Check::NAMES.iter().map(|(name, _)| *name);
                self.unknown("check", &name.text, &name.span, names);
                continue;
            };
            if !self.define("check", name) {
                continue;
            }
            let place = self.spec.checks.len();
            let early = FIRST.iter().position(|first| *first == check);
            if early.is_some_and(|expected| expected != place)
                || early.is_none() && place < FIRST.len()
            {
                let message = "the first checks are `descriptor-alignment`, `descriptor-access` and `fields`: \
                               nothing can be checked before they hold";
                self.sink.error(message, &name.span);
            }
            if self
                .spec
                .checks
                .last()
                .is_some_and(|c| c.check == Check::Data)
            {
                self.sink
                    .error("nothing is checked after the data", &name.span);
            }
            self.spec.checks.push(CheckStep { check, doc });
        }
        for (name, check) in Check::NAMES {
            if self.sink.len() == 0 && !self.spec.checks.iter().any(|c| c.check == check) {
                self.sink
                    .error(format!("`checks` does not have `{name}`"), span);
            }
        }
    }

    fn descriptor(
        &mut self,
        name: &'a Text,
        node: &'a Node,
        header: (&'a [Node], &str),
        extension: &str,
    ) -> Option<()> {
        let mut table = Table::new(node, "a descriptor", self.sink)?.at(&name.span);
        let size = table.int("size", 1..=MAX_SIZE);
        let size = table.need("size", size);
        let list = table.list("fields");
        let list = table.need("fields", list);
        table.finish();
        let (size, size_span) = size?;
        let align = self.descriptors.align.max(1);
        if size % i128::from(align) != 0 {
            self.sink.error(
                format!("the size has to be a multiple of the alignment, {align}"),
                size_span,
            );
        }
        let mut extents = BTreeMap::new();
        let mut fields: Vec<DescriptorField> = Vec::new();
        let header = header.0.iter().map(|node| (node, header.1));
        for (node, extension) in header.chain(list?.iter().map(|node| (node, extension))) {
            if let Some(field) = self.descriptor_field(node, fields.len(), &mut extents, extension)
            {
                let kind = std::mem::discriminant(&field.ty);
                let single = matches!(
                    field.ty,
                    FieldType::Format | FieldType::Mode | FieldType::Flags | FieldType::Reduction
                );
                if single
                    && fields
                        .iter()
                        .any(|other| std::mem::discriminant(&other.ty) == kind)
                {
                    let message = "a descriptor has at most one field of this type";
                    self.sink.error(message, &field.span);
                }
                if let Some(other) = fields.iter().find(|other| other.name == field.name) {
                    let message = format!("field `{}` is defined twice", field.name);
                    let diagnostic = Diagnostic::error(message, field.span.clone());
                    self.sink
                        .push(diagnostic.note("first defined here", Some(other.span.clone())));
                    continue;
                }
                if let Some(other) = fields.iter().find(|other| {
                    field.at < other.at + other.size && other.at < field.at + field.size
                }) {
                    let message = format!("field `{}` overlaps field `{}`", field.name, other.name);
                    let diagnostic = Diagnostic::error(message, field.span.clone());
                    self.sink.push(diagnostic.note(
                        format!(
                            "`{}` has the bytes {} to {}",
                            other.name,
                            other.at,
                            other.at + other.size - 1
                        ),
                        Some(other.span.clone()),
                    ));
                }
                if fields.last().is_some_and(|last| field.at < last.at) {
                    self.sink.error(
                        "fields have to stand in the order of their offsets",
                        &field.span,
                    );
                }
                if i128::from(field.at + field.size) > size {
                    let message = format!(
                        "field `{}` ends at byte {}, but the size is {size}",
                        field.name,
                        field.at + field.size
                    );
                    self.sink.error(message, &field.span);
                }
                fields.push(field);
            }
        }
        // Extents that are fields of this descriptor are known now.
        let known: Vec<((usize, usize), FieldId)> = extents
            .iter()
            .filter_map(|(place, (extent, _))| {
                let index = fields.iter().position(|f| f.name == *extent)?;
                matches!(fields[index].ty, FieldType::Uint(_))
                    .then_some((*place, FieldId(index as u32)))
            })
            .collect();
        for (place, id) in known {
            set_extent(&mut fields, place, Extent::Field(id));
            extents.remove(&place);
        }
        if self.define("descriptor", name) {
            self.spec.descriptors.push(Descriptor {
                name: name.text.clone(),
                size: size as u32,
                align,
                fields,
                span: name.span.clone(),
            });
            self.descriptors.extents.push(extents);
            self.descriptors.counts.push(None);
        }
        Some(())
    }

    fn descriptor_field(
        &self,
        node: &'a Node,
        index: usize,
        extents: &mut BTreeMap<(usize, usize), (String, Span)>,
        extension: &str,
    ) -> Option<DescriptorField> {
        let mut table = Table::new(node, "a field", self.sink)?;
        let name = table.need_text("name");
        let at = table.int("at", 0..=MAX_SIZE);
        let at = table.need("at", at);
        let ty = table.need_text("type");
        let access = table.text("access");
        let value = table.int("value", 0..=i128::from(u64::MAX));
        let max = table.int("max", 0..=i128::from(u64::MAX));
        let status = table.text("status");
        let flags = table.list("flags");
        let doc = table.doc("doc");
        let since = self.since(&mut table, extension);
        let whole = table.span.clone();
        table.finish();
        let (name, (at, at_span), ty_text) = (name?, at?, ty?);
        if !is_name(&name.text) || RESERVED.contains(&name.text.as_str()) {
            self.sink.error(
                format!("`{}` is not accepted as the name of a field", name.text),
                &name.span,
            );
            return None;
        }
        let ty = self.field_type(ty_text, access, index, extents, &whole)?;
        let (size, natural) = ty.layout();
        let flags = match (flags, &ty) {
            (Some(list), FieldType::Flags) => self.flags(list, &whole),
            (Some(_), _) => {
                let message = "only a field of type \"flags\" has flags";
                self.sink.error(message, &whole);
                Vec::new()
            }
            (None, _) => Vec::new(),
        };
        if at % i128::from(natural) != 0 {
            let message = format!("field `{}` has to be aligned to {natural} bytes", name.text);
            self.sink.error(message, at_span);
        }
        if let Some((limit, span)) = value.or(max) {
            match ty {
                FieldType::Uint(bytes) if bytes == 8 || limit < 1i128 << (8 * u32::from(bytes)) => {
                }
                FieldType::Uint(_) => self
                    .sink
                    .error("the value does not fit into the field", span),
                _ => self
                    .sink
                    .error("only an integer field has a fixed or largest value", span),
            }
        }
        let limited = value.or(max).is_some()
            || matches!(ty, FieldType::Format | FieldType::Mode | FieldType::Flags);
        if limited && status.is_none() {
            let message = "missing key `status`: what the instruction refuses other values with";
            self.sink.error(message, &name.span);
        }
        if let Some(status) = status
            && !self.spec.statuses.iter().any(|s| s.name == status.text)
        {
            let known = self.spec.statuses.iter().map(|s| s.name.as_str());
            self.unknown("status", &status.text, &status.span, known);
        }
        Some(DescriptorField {
            name: name.text.clone(),
            at: at as u32,
            size,
            ty,
            value: value.map(|(value, _)| value as u64),
            max: max.map(|(max, _)| max as u64),
            status: status.map(|s| s.text.clone()),
            flags,
            doc,
            since,
            span: name.span.clone(),
        })
    }

    /// The flags of a byte, from bit 0 on.
    fn flags(&self, list: &'a [Node], span: &Span) -> Vec<Flag> {
        let mut flags: Vec<Flag> = Vec::new();
        for node in list {
            let Some(mut table) = Table::new(node, "a flag", self.sink) else {
                continue;
            };
            let name = table.need_text("name");
            let doc = table.doc("doc");
            table.finish();
            let Some(name) = name else {
                continue;
            };
            if !is_name(&name.text) || flags.iter().any(|flag| flag.name == name.text) {
                let message = format!("`{}` is not accepted as the name of a flag", name.text);
                self.sink.error(message, &name.span);
            }
            flags.push(Flag {
                name: name.text.clone(),
                doc,
            });
        }
        if flags.len() > 8 {
            self.sink.error("a byte has eight flags", span);
        }
        flags
    }

    /// The type of a field.
    fn field_type(
        &self,
        text: &'a Text,
        access: Option<&'a Text>,
        index: usize,
        extents: &mut BTreeMap<(usize, usize), (String, Span)>,
        whole: &Span,
    ) -> Option<FieldType> {
        let ty = text.text.as_str();
        if let Some(inner) = ty
            .strip_prefix("view<")
            .and_then(|rest| rest.strip_suffix('>'))
        {
            return self.view_type(text, inner, access, index, extents, whole);
        }
        if let Some(access) = access {
            self.sink.error("only a view has an access", &access.span);
        }
        Some(match ty {
            "u8" => FieldType::Uint(1),
            "u16" => FieldType::Uint(2),
            "u32" => FieldType::Uint(4),
            "u64" => FieldType::Uint(8),
            "format" => FieldType::Format,
            "mode" => FieldType::Mode,
            "flags" => FieldType::Flags,
            "felt<base>" => FieldType::Felt(Kind::Base),
            "felt<ext>" => FieldType::Felt(Kind::Ext),
            "reduction" => FieldType::Reduction,
            _ => {
                let known = [
                    "u8",
                    "u16",
                    "u32",
                    "u64",
                    "format",
                    "mode",
                    "flags",
                    "felt<base>",
                    "felt<ext>",
                    "reduction",
                    "view<ext, n>",
                ];
                self.unknown("type", ty, &text.span, known);
                return None;
            }
        })
    }

    fn view_type(
        &self,
        text: &'a Text,
        inner: &str,
        access: Option<&'a Text>,
        index: usize,
        extents: &mut BTreeMap<(usize, usize), (String, Span)>,
        whole: &Span,
    ) -> Option<FieldType> {
        let mut parts = inner.split(',').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let Some(&(_, elem)) = Elem::NAMES.iter().find(|(known, _)| *known == name) else {
            let known = Elem::NAMES.iter().map(|(name, _)| *name);
            self.unknown("element type", name, &text.span, known);
            return None;
        };
        let mut dims = Vec::new();
        for (dimension, extent) in parts.enumerate() {
            if !is_name(extent) {
                self.sink
                    .error(format!("`{extent}` is no name of an extent"), &text.span);
                return None;
            }
            extents.insert((index, dimension), (extent.to_owned(), text.span.clone()));
            // Replaced when the name is resolved.
            dims.push(Extent::Count(OperandId(0)));
        }
        let names = || Access::NAMES.iter().map(|(name, _)| *name);
        let Some(text) = access else {
            let known: Vec<String> = names().map(|name| format!("\"{name}\"")).collect();
            let message = format!("missing key `access`: one of {}", known.join(", "));
            self.sink.error(message, whole);
            return None;
        };
        let Some(&(_, access)) = Access::NAMES.iter().find(|(name, _)| *name == text.text) else {
            self.unknown("access", &text.text, &text.span, names());
            return None;
        };
        Some(FieldType::View(View { elem, dims, access }))
    }

    /// An instruction uses a descriptor with this count: the extents that are not fields have to be it.
    pub(super) fn use_descriptor(
        &mut self,
        index: usize,
        count: Option<(OperandId, &str)>,
        span: &Span,
    ) -> Option<()> {
        let open = self.descriptors.extents[index].clone();
        if open.is_empty() {
            return Some(());
        }
        let name = &self.spec.descriptors[index].name;
        for (extent, place) in open.values() {
            if count.is_none_or(|(_, count)| count != extent) {
                let message = format!(
                    "descriptor `{name}` has the extent `{extent}`, which is no count of this instruction"
                );
                let diagnostic = Diagnostic::error(message, span.clone());
                self.sink
                    .push(diagnostic.note("the extent is written here", Some(place.clone())));
                return None;
            }
        }
        let (operand, count) = count?;
        if let Some((first, _)) = &self.descriptors.counts[index] {
            if *first != operand {
                let message = format!(
                    "descriptor `{name}` is used elsewhere with its count in another operand"
                );
                self.sink.error(message, span);
                return None;
            }
            return Some(());
        }
        self.descriptors.counts[index] = Some((operand, count.to_owned()));
        for place in open.keys() {
            set_extent(
                &mut self.spec.descriptors[index].fields,
                *place,
                Extent::Count(operand),
            );
        }
        Some(())
    }

    /// Reports extents that no instruction has given a meaning.
    pub(super) fn finish_descriptors(&self) {
        for (index, extents) in self.descriptors.extents.iter().enumerate() {
            if self.descriptors.counts[index].is_none()
                && self.sink.len() == 0
                && let Some((extent, span)) = extents.values().next()
            {
                let message = format!(
                    "extent `{extent}` is neither an integer field of this descriptor nor the count of an instruction"
                );
                self.sink.error(message, span);
            }
        }
    }
}

fn set_extent(fields: &mut [DescriptorField], (field, dimension): (usize, usize), extent: Extent) {
    if let Some(DescriptorField {
        ty: FieldType::View(view),
        ..
    }) = fields.get_mut(field)
        && let Some(slot) = view.dims.get_mut(dimension)
    {
        *slot = extent;
    }
}
