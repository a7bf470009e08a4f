//! Formulas as trees, for MathML and for plain text.

/// A formula.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Math {
    /// A name.
    Name(String),
    Number(String),
    /// An operator between two terms.
    Operator(&'static str),
    /// An operator before its only term.
    Prefix(&'static str),
    /// Words between formulas.
    Words(String),
    Row(Vec<Math>),
    Sub(Box<Math>, Box<Math>),
    Sup(Box<Math>, Box<Math>),
    /// A big operator with its limits.
    Big {
        operator: &'static str,
        below: Box<Math>,
        above: Box<Math>,
    },
    /// Opening and closing fence.
    Fenced(&'static str, Box<Math>, &'static str),
    /// Values with their conditions, behind a brace.
    Cases(Vec<(Math, Math)>),
}

impl Math {
    pub(crate) fn name(name: impl Into<String>) -> Self {
        Self::Name(name.into())
    }

    pub(crate) fn number(value: impl ToString) -> Self {
        Self::Number(value.to_string())
    }

    pub(crate) fn words(words: impl Into<String>) -> Self {
        Self::Words(words.into())
    }

    pub(crate) fn sub(self, index: Self) -> Self {
        Self::Sub(Box::new(self), Box::new(index))
    }

    pub(crate) fn sup(self, exponent: Self) -> Self {
        Self::Sup(Box::new(self), Box::new(exponent))
    }

    pub(crate) fn parenthesised(self) -> Self {
        Self::Fenced("(", Box::new(self), ")")
    }

    /// `name(arguments)`.
    pub(crate) fn call(function: Self, arguments: Vec<Self>) -> Self {
        Self::Row(vec![function, Self::list(arguments).parenthesised()])
    }

    /// Terms with commas between them.
    pub(crate) fn list(terms: Vec<Self>) -> Self {
        let mut out = Vec::new();
        for term in terms {
            if !out.is_empty() {
                out.push(Self::Operator(","));
            }
            out.push(term);
        }
        match <[Self; 1]>::try_from(out) {
            Ok([single]) => single,
            Err(many) => Self::Row(many),
        }
    }

    /// The formula on one line, in the notation of TeX where there is no character for it.
    pub(crate) fn plain(&self) -> String {
        let script = |inner: &Self| {
            let inner = inner.plain();
            if inner.chars().count() == 1 {
                inner
            } else {
                format!("{{{inner}}}")
            }
        };
        match self {
            Self::Name(text) | Self::Number(text) | Self::Words(text) => text.clone(),
            Self::Operator(operator) => match *operator {
                "," => ", ".to_owned(),
                "\u{2062}" => " ".to_owned(),
                _ => format!(" {operator} "),
            },
            Self::Prefix(operator) => (*operator).to_owned(),
            Self::Row(parts) => parts.iter().map(Self::plain).collect(),
            Self::Sub(base, index) => format!("{}_{}", base.plain(), script(index)),
            Self::Sup(base, exponent) => format!("{}^{}", base.plain(), script(exponent)),
            Self::Big {
                operator,
                below,
                above,
            } => format!("{operator}_{}^{} ", script(below), script(above)),
            Self::Fenced(open, inner, close) => format!("{open}{}{close}", inner.plain()),
            Self::Cases(cases) => {
                let cases: Vec<String> = cases
                    .iter()
                    .map(|(value, condition)| format!("{} {}", value.plain(), condition.plain()))
                    .collect();
                format!("{{ {} }}", cases.join("; "))
            }
        }
    }
}
