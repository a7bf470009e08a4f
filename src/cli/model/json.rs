//! The report, for programs.

use super::amdahl::{self, BACK_ENDS};
use super::text::knee;
use super::{GuestResults, Results, measured};
use serde_json::{Value, json};
use std::io::{self, Write};
use zktr_emu::model::compare::{end_to_end, ptu};
use zktr_emu::model::{Design, Measured, Order, Policy};

/// All figures.
pub fn figures(design: &Design, out: &mut dyn Write) -> io::Result<()> {
    let all: Vec<Value> = design
        .figures()
        .map(|(path, figure)| {
            json!({
                "figure": path,
                "value": figure.value,
                "unit": figure.unit,
                "origin": figure.origin.name(),
                "source": figure.source,
                "least": figure.range.0,
                "most": figure.range.1,
            })
        })
        .collect();
    writeln!(out, "{:#}", Value::from(all))
}

/// The whole report.
pub fn results(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let design = &results.base.design;
    let front = results.mean(|guest| results.speedups(&guest.main).total);
    let end_to_end: Vec<Value> = amdahl::shares(design)
        .into_iter()
        .map(|share| {
            let [published, model] = amdahl::needed(design, share, front);
            let by_back_end: Vec<Value> = BACK_ENDS
                .iter()
                .map(|back| json!({ "back_end": back, "total": end_to_end(share, front, *back) }))
                .collect();
            json!({
                "share": share,
                "by_back_end": by_back_end,
                "needed_with_published_front_end": published,
                "needed_with_this_front_end": model,
            })
        })
        .collect();
    let published: serde_json::Map<String, Value> = design
        .figures()
        .filter_map(|(path, figure)| {
            Some((
                path.strip_prefix("published.")?.to_owned(),
                json!(figure.value),
            ))
        })
        .collect();
    let search = results.search.as_ref().map(|(plans, points, front)| {
        let point = |at: &usize| {
            let figures: serde_json::Map<String, Value> = plans[*at]
                .design
                .figures()
                .filter(|(path, figure)| design.value(path) != figure.value)
                .map(|(path, figure)| (path.to_owned(), json!(figure.value)))
                .collect();
            json!({
                "pipeline": plans[*at].pipeline,
                "figures": figures,
                "result": result_of(results, &points[*at]),
            })
        };
        json!({ "points": points.len(), "front": front.iter().map(point).collect::<Vec<_>>() })
    });
    let report = json!({
        "pipeline": results.base.pipeline,
        "profile": results.base.profile,
        "baseline": {
            "name": results.baseline_name,
            "main_seconds_per_cycle": results.baseline.main,
            "permutation_seconds_per_cycle": results.baseline.permutation,
        },
        "published": published,
        "guests": results.guests.iter().map(|g| guest(results, g)).collect::<Vec<_>>(),
        "end_to_end": end_to_end,
        "measured": measured::json(results, &BACK_ENDS),
        "search": search,
    });
    writeln!(out, "{report:#}")
}

fn guest(results: &Results, guest: &GuestResults) -> Value {
    let named = |all: &[(String, Measured)]| -> serde_json::Map<String, Value> {
        all.iter()
            .map(|(name, m)| (name.clone(), result_of(results, m)))
            .collect()
    };
    let by_name = |names: &[&'static str], all: &[Measured]| -> serde_json::Map<String, Value> {
        let pairs = names.iter().zip(all);
        pairs
            .map(|(name, m)| ((*name).to_owned(), result_of(results, m)))
            .collect()
    };
    let sweeps: Vec<Value> = results
        .axes
        .iter()
        .zip(&guest.sweeps)
        .map(|(axis, points)| {
            let points_json: Vec<Value> = axis
                .values
                .iter()
                .zip(points)
                .map(|(value, m)| json!({ "value": value, "result": result_of(results, m) }))
                .collect();
            json!({ "figure": axis.path, "knee": knee(points, axis), "points": points_json })
        })
        .collect();
    json!({
        "name": guest.name,
        "result": result_of(results, &guest.main),
        "orders": by_name(&Order::NAMES.map(|o| o.0), &guest.orders),
        "policies": by_name(&Policy::NAMES.map(|p| p.0), &guest.policies),
        "pipelines": named(&guest.pipelines),
        "profiles": named(&guest.profiles),
        "sweeps": sweeps,
    })
}

fn result_of(results: &Results, measured: &Measured) -> Value {
    let Measured {
        hardware,
        totals,
        bill,
    } = measured;
    let speedups = results.speedups(measured);
    let bounds: serde_json::Map<String, Value> = totals
        .bounds(hardware)
        .iter()
        .map(|(name, cycles)| ((*name).to_owned(), json!(cycles)))
        .collect();
    json!({
        "instructions": totals.instructions,
        "traced": totals.traced,
        "rows": totals.rows,
        "terms": totals.terms,
        "fractions": totals.fractions,
        "cycles": totals.cycles,
        "seconds": hardware.seconds(totals.cycles),
        "cpi": totals.cpi(),
        "mtu_cycles": totals.mtu,
        "ptu_cycles": ptu(hardware, totals),
        "stalled_cycles": totals.stalled,
        "unit_cycles_busy": totals.service,
        "unit_cycles_powered": totals.powered,
        "first_pass_cycles": totals.first_pass,
        "buffer_rows": totals.fill(),
        "bytes_written": totals.written,
        "bytes_read": totals.read,
        "bounds": bounds,
        "bottleneck": totals.bottleneck(hardware).0,
        "area_mm2": bill.area,
        "peak_mw": bill.peak,
        "power_mw": bill.power,
        "chip_mj": bill.chip,
        "dram_mj": bill.dram,
        "speedup": {
            "mtu": speedups.mtu,
            "ptu": speedups.ptu,
            "total": speedups.total,
            "energy": speedups.energy,
        },
    })
}
