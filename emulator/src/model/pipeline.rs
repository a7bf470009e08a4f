//! Cycles of an instruction in a pipeline: the spec's classes of latency, with what the pipeline has otherwise.

use super::design::Design;
use super::workload::Code;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// Cycles of each [`Code`].
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// For each code, cycles until the next instruction begins.
    cycles: Vec<f32>,
    /// For each instruction, further cycles if the one behind it needs its result.
    waits: Vec<f32>,
}

/// A class of latency in this pipeline.
#[derive(Debug, Clone, Copy)]
struct Class {
    cycles: f32,
    taken: Option<f32>,
    zero: Option<f32>,
    sign: f32,
    wait: f32,
}

impl Pipeline {
    /// The pipeline of this name.
    ///
    /// # Errors
    /// The design has none.
    pub fn new(spec: &Spec, design: &Design, name: &str) -> Result<Self, Diagnostic> {
        design.named("pipeline", name)?;
        let class = |class: &zktr_isa::latency::Latency| {
            let other = |key: &str| {
                let path = format!("pipeline.{name}.class.{}.{key}", class.name);
                design.get(&path).map(|figure| figure.value as f32)
            };
            let spec = |cycles: Option<u32>| cycles.map(|cycles| cycles as f32);
            Class {
                cycles: other("cycles").unwrap_or(class.cycles as f32),
                taken: other("taken").or(spec(class.taken)),
                zero: other("zero").or(spec(class.zero)),
                sign: other("signs").or(spec(class.sign)).unwrap_or(0.0),
                wait: other("use").unwrap_or(0.0),
            }
        };
        let one = Class {
            cycles: 1.0,
            taken: None,
            zero: None,
            sign: 0.0,
            wait: 0.0,
        };
        let classes: Vec<Class> = (0..spec.instructions.len())
            .map(|index| spec.latency(index).map_or(one, class))
            .collect();
        let codes = 0..(classes.len() * Code::EACH) as u32;
        Ok(Self {
            cycles: codes
                .map(|code| classes[Code(code).instruction()].of(Code(code)))
                .collect(),
            waits: classes.iter().map(|class| class.wait).collect(),
        })
    }

    /// Cycles until the next instruction begins, if its operands are there.
    #[must_use]
    pub fn cycles(&self, code: Code) -> f32 {
        self.cycles[code.0 as usize]
    }

    /// Further cycles before an instruction that needs this one's result.
    #[must_use]
    pub fn wait(&self, code: Code) -> f32 {
        self.waits[code.instruction()]
    }
}

impl Class {
    fn of(self, code: Code) -> f32 {
        match (self.taken, self.zero) {
            (Some(taken), _) if code.has(Code::TAKEN) => taken,
            (_, Some(zero)) if code.has(Code::ZERO) => zero,
            _ if code.has(Code::SIGNS) => self.cycles + self.sign,
            _ => self.cycles,
        }
    }
}
