//! The report, for people.

use super::amdahl::{self, BACK_ENDS};
use super::table::{Table, number, percent};
use super::{GuestResults, Results, measured};
use std::io::{self, Write};
use zktr_emu::model::compare::{Speedups, end_to_end, ptu};
use zktr_emu::model::search::Axis;
use zktr_emu::model::{Design, Measured, Order, Policy};

/// All figures.
pub fn figures(design: &Design, out: &mut dyn Write) -> io::Result<()> {
    let mut section = "";
    for (path, figure) in design.figures() {
        let head = path.rsplit_once('.').map_or(path, |(head, _)| head);
        if head != section {
            writeln!(out, "[{head}]")?;
            section = head;
        }
        let name = &path[(head.len() + 1).min(path.len())..];
        writeln!(
            out,
            "  {name:<18} {:>12} {:<36} {:<8}  {}",
            figure.value,
            figure.unit,
            figure.origin.name(),
            figure.source
        )?;
    }
    Ok(())
}

/// A model's answer beside the published one.
fn compare(table: &mut Table, what: &str, published: f64, model: f64) {
    let ratio = if published == 0.0 {
        f64::NAN
    } else {
        model / published
    };
    table.row(vec![
        what.to_owned(),
        number(published),
        number(model),
        number(ratio),
    ]);
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / (values.len() as f64).max(1.0)
}

impl Results {
    /// How much faster than the baseline.
    pub fn speedups(&self, measured: &Measured) -> Speedups {
        let joules = (measured.bill.chip + measured.bill.dram) * 1e-3;
        self.baseline
            .speedups(&measured.hardware, &measured.totals, joules)
    }

    /// The average over the guests.
    pub fn mean(&self, of: impl Fn(&GuestResults) -> f64) -> f64 {
        mean(self.guests.iter().map(of))
    }
}

/// The whole report.
pub fn results(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let Results { base, .. } = results;
    let name = |names: &[(&'static str, Order)]| {
        names
            .iter()
            .find(|(_, order)| *order == base.order)
            .map_or("", |found| found.0)
    };
    writeln!(
        out,
        "pipeline {}, profile {}, order {}; {} units, buffer of {} rows, {} MHz",
        base.pipeline,
        base.profile,
        name(&Order::NAMES),
        base.design.value("ptu.units"),
        base.design.value("buffer.rows"),
        base.design.value("clock.frequency"),
    )?;
    guests(results, out)?;
    against_the_paper(results, out)?;
    orders(results, out)?;
    others(results, out)?;
    energy(results, out)?;
    end_to_end_table(results, out)?;
    if !results.runs.is_empty() {
        measured_table(results, out)?;
    }
    for (at, axis) in results.axes.iter().enumerate() {
        sweep(results, at, axis, out)?;
    }
    search(results, out)
}

fn guests(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let doc = results.base.design.names("baseline");
    let doc = doc
        .filter(|(name, _)| *name == results.baseline_name)
        .map(|(_, doc)| doc)
        .next();
    writeln!(
        out,
        "\nSpeed-ups over {}: {}",
        results.baseline_name,
        doc.unwrap_or("")
    )?;
    let mut table = Table::new(&[
        "guest",
        "instructions",
        "CPI",
        "ms",
        "MTU busy",
        "stalled",
        "PTUs busy",
        "buffer",
        "bound by",
        "MTU x",
        "PTU x",
        "total x",
    ]);
    for guest in &results.guests {
        let Measured {
            hardware, totals, ..
        } = &guest.main;
        let speedups = results.speedups(&guest.main);
        table.row(vec![
            guest.name.clone(),
            number(totals.instructions),
            format!("{:.3}", totals.cpi()),
            number(hardware.seconds(totals.cycles) * 1e3),
            percent(totals.mtu / totals.cycles),
            percent(totals.stalled / totals.cycles),
            percent(totals.service / hardware.units / totals.cycles),
            number(totals.fill()),
            totals.bottleneck(hardware).0.to_owned(),
            number(speedups.mtu),
            number(speedups.ptu),
            number(speedups.total),
        ]);
    }
    table.write(out)
}

fn against_the_paper(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let published = |key: &str| results.base.design.value(&format!("published.{key}"));
    let speedups: Vec<_> = results
        .guests
        .iter()
        .map(|g| results.speedups(&g.main))
        .collect();
    let averages = [
        mean(speedups.iter().map(|s| s.mtu)),
        mean(speedups.iter().map(|s| s.ptu)),
        mean(speedups.iter().map(|s| s.total)),
    ];
    writeln!(
        out,
        "\nAgainst the paper (its baseline ran on 64 cores; rows with * rest on figures chosen with the published one in view)"
    )?;
    let mut table = Table::new(&["", "published", "model", "model / published"]);
    compare(
        &mut table,
        "main trace, times faster",
        published("mtu"),
        averages[0],
    );
    compare(
        &mut table,
        "permutation trace",
        published("ptu"),
        averages[1],
    );
    compare(
        &mut table,
        "trace generation",
        published("total"),
        averages[2],
    );
    let knee = results.mean(|guest| {
        let totals = &guest.main.totals;
        totals.service / totals.mtu
    });
    compare(
        &mut table,
        "* units that the MTU can feed: work / CPI",
        published("knee"),
        knee,
    );
    let slower = results.mean(|g| g.orders[1].totals.cycles / g.orders[0].totals.cycles);
    compare(
        &mut table,
        "pipelining over the serial pattern",
        published("pipelining"),
        slower,
    );
    let bytes = |m: &Measured| m.totals.written + m.totals.read;
    let saved = results.mean(|g| 1.0 - bytes(&g.orders[0]) / bytes(&g.orders[1]));
    compare(
        &mut table,
        "* less DRAM traffic (published: power), %",
        published("pipelining-power"),
        saved * 100.0,
    );
    table.write(out)?;
    let per_instruction = |of: fn(&Measured) -> f64| {
        results.mean(|guest| {
            let measured = &guest.main;
            measured.hardware.seconds(of(measured)) / measured.totals.instructions * 1e6
        })
    };
    let mtu = per_instruction(|m| m.totals.mtu);
    let units = per_instruction(|m| ptu(&m.hardware, &m.totals));
    writeln!(
        out,
        "  The published ratios would need a baseline of {} us main and {} us permutation trace a guest cycle;\n  \
         that of {} is {} and {}.",
        number(published("mtu") * mtu),
        number(published("ptu") * units),
        results.baseline_name,
        number(results.baseline.main * 1e6),
        number(results.baseline.permutation * 1e6),
    )
}

fn orders(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\nOrders: duration and energy against the overlapped one"
    )?;
    let mut table = Table::new(&["order", "duration", "bytes", "energy", "of this, chip"]);
    for (at, (name, _)) in Order::NAMES.iter().enumerate() {
        let ratio = |of: fn(&Measured) -> f64| {
            number(results.mean(|g| of(&g.orders[at]) / of(&g.orders[0])))
        };
        table.row(vec![
            (*name).to_owned(),
            ratio(|m| m.totals.cycles),
            ratio(|m| m.totals.written + m.totals.read),
            ratio(|m| m.bill.chip + m.bill.dram),
            ratio(|m| m.bill.chip),
        ]);
    }
    table.write(out)
}

fn others(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = results.guests.first() else {
        return Ok(());
    };
    writeln!(
        out,
        "\nProfiles, pipelines and policies: averages; duration against the design above"
    )?;
    let mut table = Table::new(&[
        "",
        "rows",
        "terms",
        "fractions",
        "CPI",
        "duration",
        "bound by",
        "PTUs busy",
        "powered",
        "energy",
        "total x",
    ]);
    let mut row = |name: &str, of: &dyn Fn(&GuestResults) -> Measured| {
        let each = |what: fn(&Measured) -> f64| results.mean(|guest| what(&of(guest)));
        let ratio =
            |what: fn(&Measured) -> f64| results.mean(|guest| what(&of(guest)) / what(&guest.main));
        let bound = of(first);
        table.row(vec![
            name.to_owned(),
            number(each(|m| m.totals.rows / m.totals.traced)),
            number(each(|m| m.totals.terms / m.totals.traced)),
            number(each(|m| m.totals.fractions / m.totals.traced)),
            number(each(|m| m.totals.cpi())),
            number(ratio(|m| m.totals.cycles)),
            bound.totals.bottleneck(&bound.hardware).0.to_owned(),
            percent(each(|m| {
                m.totals.service / m.hardware.units / m.totals.cycles
            })),
            percent(each(|m| {
                m.totals.powered / m.hardware.units / m.totals.cycles
            })),
            number(ratio(|m| m.bill.chip)),
            number(results.mean(|guest| results.speedups(&of(guest)).total)),
        ]);
    };
    for (at, (name, _)) in first.profiles.iter().enumerate() {
        row(name, &|guest| guest.profiles[at].1);
    }
    for (at, (name, _)) in first.pipelines.iter().enumerate() {
        row(name, &|guest| guest.pipelines[at].1);
    }
    for (at, (name, _)) in Policy::NAMES.iter().enumerate() {
        row(name, &|guest| guest.policies[at]);
    }
    table.write(out)
}

fn energy(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\nArea {:.3} mm2, {:.3} mW if all is busy; energy of the runs",
        area(results).0,
        area(results).1
    )?;
    let mut table = Table::new(&[
        "guest",
        "mW",
        "uJ",
        "MTU",
        "buffer",
        "units",
        "inverter",
        "rest",
        "DRAM, uJ",
        "baseline, J",
        "times less",
    ]);
    for guest in &results.guests {
        let Measured { totals, bill, .. } = &guest.main;
        let mut cells = vec![
            guest.name.clone(),
            number(bill.power),
            number(bill.chip * 1e3),
        ];
        cells.extend(bill.parts.iter().map(|part| percent(part / bill.chip)));
        cells.push(number(bill.dram * 1e3));
        cells.push(number(
            results.baseline.total() * results.baseline.watts * totals.traced,
        ));
        cells.push(number(results.speedups(&guest.main).energy));
        table.row(cells);
    }
    table.write(out)
}

fn area(results: &Results) -> (f64, f64) {
    results
        .guests
        .first()
        .map_or((0.0, 0.0), |g| (g.main.bill.area, g.main.bill.peak))
}

fn end_to_end_table(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let design = &results.base.design;
    let front = results.mean(|guest| results.speedups(&guest.main).total);
    writeln!(
        out,
        "\nEnd to end, by the front end's share and the back end's speed-up; and the back end that {} times needs",
        number(design.value("published.end-to-end"))
    )?;
    let mut head = vec!["share".to_owned()];
    head.extend(BACK_ENDS.map(|back| format!("back end {back} x")));
    head.push(format!(
        "needed at {} x",
        number(design.value("published.total"))
    ));
    head.push(format!("at {} x", number(front)));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut table = Table::new(&head);
    for share in amdahl::shares(design) {
        let mut cells = vec![percent(share)];
        cells.extend(BACK_ENDS.map(|back| number(end_to_end(share, front, back))));
        let needed = amdahl::needed(design, share, front);
        cells.extend(needed.map(|back| back.map_or_else(|| "none".to_owned(), number)));
        table.row(cells);
    }
    table.write(out)
}

/// The same with measured times.
fn measured_table(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let published = results.base.design.value("published.end-to-end");
    let mut head = ["front end", "seconds", "back end", "share"]
        .map(String::from)
        .to_vec();
    head.extend(BACK_ENDS.map(|back| format!("{back} x")));
    head.push("limit".to_owned());
    head.push(format!("for {} x", number(published)));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut table = Table::new(&head);
    for pipeline in measured::pipelines(results) {
        let mut cells = vec![
            pipeline.name.clone(),
            number(pipeline.front),
            number(pipeline.back),
            percent(pipeline.share()),
        ];
        cells.extend(BACK_ENDS.map(|back| number(pipeline.end_to_end(back))));
        cells.push(number(pipeline.limit()));
        let needed = pipeline.needed(published);
        cells.push(needed.map_or_else(|| "none".to_owned(), number));
        table.row(cells);
    }
    writeln!(
        out,
        "\nEnd to end with measured times, over the first report, by the back end's speed-up; and that which {} times needs",
        number(published)
    )?;
    table.write(out)
}

fn sweep(results: &Results, at: usize, axis: &Axis, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\n{}: total speed-up; duration against the fastest",
        axis.path
    )?;
    let mut head = vec!["value".to_owned()];
    head.extend(results.guests.iter().map(|guest| guest.name.clone()));
    head.extend(["duration", "mm2", "energy", "stalled"].map(String::from));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let mut table = Table::new(&head);
    for (point, value) in axis.values.iter().enumerate() {
        let of = |guest: &GuestResults| guest.sweeps[at][point];
        let mut cells = vec![value.to_string()];
        for guest in &results.guests {
            cells.push(number(results.speedups(&of(guest)).total));
        }
        let fastest = |guest: &GuestResults| {
            let times = guest.sweeps[at].iter().map(|m| m.totals.cycles);
            times.fold(f64::INFINITY, f64::min)
        };
        cells.push(number(results.mean(|g| of(g).totals.cycles / fastest(g))));
        cells.push(format!(
            "{:.3}",
            results.guests.first().map_or(0.0, |g| of(g).bill.area)
        ));
        cells.push(number(results.mean(|g| of(g).bill.chip / g.main.bill.chip)));
        cells.push(percent(
            results.mean(|g| of(g).totals.stalled / of(g).totals.cycles),
        ));
        table.row(cells);
    }
    table.write(out)?;
    for guest in &results.guests {
        if let Some(knee) = knee(&guest.sweeps[at], axis) {
            let work = guest.main.totals.service / guest.main.totals.mtu;
            let predicted = match axis.path.as_str() {
                "ptu.units" => format!("; work / CPI is {}", number(work)),
                _ => String::new(),
            };
            writeln!(
                out,
                "  {}: from {knee} on at most 1 % slower than the fastest{predicted}",
                guest.name
            )?;
        }
    }
    Ok(())
}

/// The first value from which on no point is more than 1 % slower than the fastest.
pub fn knee(points: &[Measured], axis: &Axis) -> Option<f64> {
    let fastest = points
        .iter()
        .map(|m| m.totals.cycles)
        .fold(f64::INFINITY, f64::min);
    let slow = points
        .iter()
        .rposition(|m| m.totals.cycles > 1.01 * fastest);
    axis.values.get(slow.map_or(0, |at| at + 1)).copied()
}

fn search(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let Some((plans, points, front)) = &results.search else {
        return Ok(());
    };
    writeln!(
        out,
        "\nSearch: {} of {} designs are beaten by no other one",
        front.len(),
        points.len()
    )?;
    let mut table = Table::new(&[
        "pipeline",
        "differs in",
        "ms",
        "mm2",
        "mW at most",
        "uJ",
        "bound by",
    ]);
    for at in front {
        let (plan, point) = (&plans[*at], &points[*at]);
        let own = plan
            .design
            .figures()
            .filter(|(path, figure)| results.base.design.value(path) != figure.value);
        let differences: Vec<String> = own
            .map(|(path, figure)| format!("{path}={}", figure.value))
            .collect();
        table.row(vec![
            plan.pipeline.clone(),
            differences.join(" "),
            number(point.hardware.seconds(point.totals.cycles) * 1e3),
            format!("{:.3}", point.bill.area),
            format!("{:.1}", point.bill.peak),
            number((point.bill.chip + point.bill.dram) * 1e3),
            point.totals.bottleneck(&point.hardware).0.to_owned(),
        ]);
    }
    table.write(out)
}
