//! The manual as pages of XHTML that work from a file system: no network, no fonts, one style sheet, one
//! small script for the search.

mod mathml;
mod search;
mod svg;
mod write;

use super::Rendered;
use super::anchors::Anchors;
use super::document::{Block, Inline, Page, Row, Table, Target};
use crate::spec::Spec;
use write::Writer;

const STYLE: &str = include_str!("manual.css");
const SCRIPT: &str = include_str!("manual.js");
/// What the manual is called.
const TITLE: &str = "Instruction set manual";

/// All files, in the order of the pages.
pub(crate) fn files(spec: &Spec, pages: &[Page], anchors: &Anchors) -> Vec<Rendered> {
    let edition = edition(spec);
    let mut files: Vec<Rendered> = pages
        .iter()
        .map(|page| Rendered {
            name: format!("{}.html", anchors.page(&Target::Page(page.chapter))),
            text: Renderer {
                anchors,
                page,
                out: Writer::default(),
            }
            .page(pages, &edition),
        })
        .collect();
    let assets = [
        ("manual.css", STYLE.to_owned()),
        ("manual.js", SCRIPT.to_owned()),
        ("search-index.js", search::script(spec, pages, anchors)),
    ];
    files.extend(assets.map(|(name, text)| Rendered {
        name: name.to_owned(),
        text,
    }));
    files
}

fn edition(spec: &Spec) -> String {
    let versions: Vec<String> = spec
        .extensions
        .iter()
        .map(|e| format!("{} {}.{}", e.name, e.version.0, e.version.1))
        .collect();
    versions.join(", ")
}

struct Renderer<'a> {
    anchors: &'a Anchors,
    page: &'a Page,
    out: Writer,
}

impl Renderer<'_> {
    fn page(mut self, pages: &[Page], edition: &str) -> String {
        let title = format!("{} – {TITLE}", self.page.title);
        self.out.markup("<!DOCTYPE html>\n");
        self.out.open(
            "html",
            &[("xmlns", "http://www.w3.org/1999/xhtml"), ("lang", "en")],
        );
        self.out.markup("<head><meta charset=\"utf-8\"/>");
        self.out
            .markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
        self.out
            .markup("<meta name=\"color-scheme\" content=\"light dark\"/>");
        self.out.element("title", &[], &title);
        self.out.markup(
            "<link rel=\"stylesheet\" href=\"manual.css\"/>\
             <script src=\"search-index.js\" defer=\"defer\"></script>\
             <script src=\"manual.js\" defer=\"defer\"></script></head>\n",
        );
        self.out.open("body", &[]);
        self.out
            .markup("<a class=\"skip\" href=\"#content\">Skip to the text</a>\n");
        self.header();
        self.chapters(pages);
        self.out.open("main", &[("id", "content")]);
        let anchor = self.anchors.id(&Target::Page(self.page.chapter));
        self.out.element("h1", &[("id", &anchor)], &self.page.title);
        self.out.newline();
        self.contents();
        for block in &self.page.blocks {
            self.block(block);
        }
        self.out.open("footer", &[]);
        self.out
            .text(&format!("Generated from the specification: {edition}."));
        self.out.markup("</footer></main></body></html>\n");
        self.out.finish()
    }

    fn header(&mut self) {
        self.out
            .markup("<header><a class=\"title\" href=\"index.html\">");
        self.out.text(TITLE);
        self.out.markup(
            "</a><form role=\"search\" id=\"search\"><label for=\"query\">Search</label>\
             <input id=\"query\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" \
             placeholder=\"mnemonic, CSR, 0x word … (press /)\" role=\"combobox\" \
             aria-expanded=\"false\" aria-controls=\"results\" aria-autocomplete=\"list\"/>\
             <ul id=\"results\" role=\"listbox\" aria-label=\"Search results\" hidden=\"hidden\"></ul>\
             </form></header>\n",
        );
    }

    fn chapters(&mut self, pages: &[Page]) {
        self.out.markup("<nav aria-label=\"Chapters\"><ul>");
        for page in pages {
            self.out.open("li", &[]);
            let file = format!("{}.html", self.anchors.page(&Target::Page(page.chapter)));
            let mut attributes = vec![("href", file.as_str())];
            if page.chapter == self.page.chapter {
                attributes.push(("aria-current", "page"));
            }
            self.out.element("a", &attributes, &page.title);
            self.out.close("li");
        }
        self.out.markup("</ul></nav>\n");
    }

    /// The sections of this page, if there are several.
    fn contents(&mut self) {
        let sections: Vec<(&Target, &[Inline])> = self
            .page
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Heading {
                    level: 2,
                    anchor: Some(anchor),
                    text,
                } => Some((anchor, text.as_slice())),
                _ => None,
            })
            .collect();
        if sections.len() < 3 {
            return;
        }
        self.out
            .markup("<nav class=\"contents\" aria-label=\"On this page\"><ul>");
        for (anchor, text) in sections {
            self.out.open("li", &[]);
            let href = format!("#{}", self.anchors.id(anchor));
            self.out.open("a", &[("href", &href)]);
            self.inline(text);
            self.out.markup("</a></li>");
        }
        self.out.markup("</ul></nav>\n");
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading {
                level,
                anchor,
                text,
            } => self.heading(*level, anchor.as_ref(), text),
            Block::Paragraph(text) => {
                self.out.open("p", &[]);
                self.inline(text);
                self.out.close("p");
            }
            Block::List(items) => {
                self.out.open("ul", &[]);
                for item in items {
                    self.out.open("li", &[]);
                    self.inline(item);
                    self.out.close("li");
                }
                self.out.close("ul");
            }
            Block::Table(table) => self.table(table),
            Block::Code(code) => self.code(code),
            Block::Meaning { formulas, text } => {
                self.out.open("div", &[("class", "meaning")]);
                self.out.open("div", &[("class", "formulas")]);
                for (depth, formula) in formulas {
                    let style = format!("--depth:{depth}");
                    self.out.open("div", &[("style", &style)]);
                    mathml::display(&mut self.out, formula);
                    self.out.close("div");
                }
                self.out.close("div");
                self.code(text);
                self.out.close("div");
            }
            Block::Bits(picture) => self.figure(|out| svg::bits(out, picture)),
            Block::Bytes(picture) => self.figure(|out| svg::bytes(out, picture)),
        }
        self.out.newline();
    }

    fn figure(&mut self, draw: impl Fn(&mut Writer)) {
        // Pictures that are wider than the page are scrolled, also with the keyboard.
        self.out
            .open("figure", &[("class", "wide"), ("tabindex", "0")]);
        draw(&mut self.out);
        self.out.close("figure");
    }

    fn code(&mut self, code: &str) {
        self.out.open("pre", &[("tabindex", "0")]);
        self.out.element("code", &[], code.trim_end());
        self.out.close("pre");
    }

    fn heading(&mut self, level: u8, anchor: Option<&Target>, text: &[Inline]) {
        let element = format!("h{}", level.clamp(2, 6));
        let Some(anchor) = anchor else {
            self.out.open(&element, &[]);
            self.inline(text);
            self.out.close(&element);
            return;
        };
        let id = self.anchors.id(anchor);
        self.out.open(&element, &[("id", &id)]);
        self.inline(text);
        let href = format!("#{id}");
        self.out.element(
            "a",
            &[
                ("class", "self"),
                ("href", &href),
                ("aria-label", "Link to this section"),
            ],
            "#",
        );
        self.out.close(&element);
    }

    fn table(&mut self, table: &Table) {
        let class = if table.map { "wide map" } else { "wide" };
        self.out.open("div", &[("class", class), ("tabindex", "0")]);
        self.out.open("table", &[]);
        if !table.caption.is_empty() {
            self.out.element("caption", &[], &table.caption);
        }
        self.out.markup("<thead><tr>");
        for title in &table.header {
            self.out.element("th", &[("scope", "col")], title);
        }
        self.out.markup("</tr></thead><tbody>\n");
        for row in &table.rows {
            self.row(row, table.map);
        }
        self.out.markup("</tbody></table></div>");
    }

    fn row(&mut self, row: &Row, map: bool) {
        match &row.anchor {
            Some(anchor) => {
                let id = self.anchors.id(anchor);
                self.out.open("tr", &[("id", &id)]);
            }
            None => self.out.open("tr", &[]),
        }
        for (column, cell) in row.cells.iter().enumerate() {
            if map && column == 0 {
                self.out.open("th", &[("scope", "row")]);
                self.inline(cell);
                self.out.close("th");
            } else {
                self.out.open("td", &[]);
                self.inline(cell);
                self.out.close("td");
            }
        }
        self.out.close("tr");
        self.out.newline();
    }

    fn inline(&mut self, text: &[Inline]) {
        for piece in text {
            match piece {
                Inline::Text(text) => self.out.text(text),
                Inline::Code(code) => self.out.element("code", &[], code),
                Inline::Strong(text) => self.out.element("strong", &[], text),
                Inline::Math(math) | Inline::Term(math, _) => mathml::inline(&mut self.out, math),
                Inline::Link(to, inner) => {
                    let (page, id) = (self.anchors.page(to), self.anchors.id(to));
                    let here = self.anchors.page(&Target::Page(self.page.chapter));
                    let href = if page == here {
                        format!("#{id}")
                    } else {
                        format!("{page}.html#{id}")
                    };
                    self.out.open("a", &[("href", &href)]);
                    self.inline(std::slice::from_ref(inner));
                    self.out.close("a");
                }
            }
        }
    }
}
