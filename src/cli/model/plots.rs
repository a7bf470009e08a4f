//! The report as plots: one SVG file for each question.

use super::{GuestResults, Results, amdahl, measured};
use crate::cli::Failure;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::path::Path;
use zktr_emu::model::compare::end_to_end;
use zktr_emu::model::{Measured, Order};

/// Colours that people with any colour vision can tell apart (Okabe and Ito).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(90, 90, 90),
    RGBColor(200, 185, 20),
];
const SIZE: (u32, u32) = (1080, 540);
/// Where the legend begins, right of the plot.
const LEGEND: u32 = 880;
const GRID: RGBColor = RGBColor(225, 225, 225);

/// Values by group and series.
struct Bars<'a> {
    title: &'a str,
    unit: &'a str,
    groups: Vec<String>,
    series: Vec<(&'a str, Vec<f64>)>,
    stacked: bool,
    /// A published value, with a name.
    line: Option<(String, f64)>,
}

/// Curves.
struct Lines<'a> {
    title: String,
    x: String,
    y: &'a str,
    /// Both axes are logarithmic, or the horizontal one only.
    logarithmic: (bool, bool),
    curves: Vec<(String, Vec<(f64, f64)>)>,
    /// A published value, with a name: vertical or horizontal.
    vertical: Option<(String, f64)>,
    horizontal: Option<(String, f64)>,
}

/// Writes all plots to a folder, which is made if it does not exist.
pub fn write(results: &Results, folder: &Path) -> Result<(), Failure> {
    let fail = |error: &dyn std::fmt::Display| {
        Failure::Usage(format!(
            "cannot write plots to `{}`: {error}",
            folder.display()
        ))
    };
    std::fs::create_dir_all(folder).map_err(|error| fail(&error))?;
    for (name, svg) in draw(results) {
        std::fs::write(folder.join(name), svg).map_err(|error| fail(&error))?;
    }
    Ok(())
}

/// All plots with the names of their files.
fn draw(results: &Results) -> Vec<(String, String)> {
    let published = |key: &str| results.base.design.value(&format!("published.{key}"));
    let groups = || {
        results
            .guests
            .iter()
            .map(|guest| guest.name.clone())
            .collect()
    };
    let each = |of: &dyn Fn(&GuestResults) -> f64| results.guests.iter().map(of).collect();
    let mut out = vec![
        (
            "speedups.svg".to_owned(),
            bars(&Bars {
                title: &format!("Speed-up over {}, by guest", results.baseline_name),
                unit: "times faster",
                groups: groups(),
                series: vec![
                    ("MTU", each(&|g| results.speedups(&g.main).mtu)),
                    ("PTUs", each(&|g| results.speedups(&g.main).ptu)),
                    (
                        "trace generation",
                        each(&|g| results.speedups(&g.main).total),
                    ),
                ],
                stacked: false,
                line: Some(("published average".into(), published("total"))),
            }),
        ),
        (
            "shares.svg".to_owned(),
            bars(&Bars {
                title: "Where the time goes",
                unit: "% of the run",
                groups: groups(),
                series: vec![
                    (
                        "MTU executes",
                        each(&|g| 100.0 * g.main.totals.mtu / g.main.totals.cycles),
                    ),
                    (
                        "MTU waits for the buffer",
                        each(&|g| 100.0 * g.main.totals.stalled / g.main.totals.cycles),
                    ),
                    (
                        "PTUs busy",
                        each(&|g| {
                            let totals = &g.main.totals;
                            100.0 * totals.service / g.main.hardware.units / totals.cycles
                        }),
                    ),
                ],
                stacked: false,
                line: None,
            }),
        ),
        (
            "orders.svg".to_owned(),
            bars(&Bars {
                title: "What overlaps: time against the overlapped order",
                unit: "times",
                groups: groups(),
                series: Order::NAMES
                    .iter()
                    .enumerate()
                    .map(|(at, (name, _))| {
                        let time = |m: &Measured| m.totals.cycles;
                        (*name, each(&|g| time(&g.orders[at]) / time(&g.orders[0])))
                    })
                    .collect(),
                stacked: false,
                line: Some(("published: serial".into(), published("pipelining"))),
            }),
        ),
        (
            "energy.svg".to_owned(),
            bars(&Bars {
                title: "Energy of the chip for a million instructions",
                unit: "uJ",
                groups: groups(),
                series: ["MTU", "Trace Buffer", "PTUs", "inverters", "rest"]
                    .into_iter()
                    .enumerate()
                    .map(|(at, name)| {
                        let part = |g: &GuestResults| {
                            g.main.bill.parts[at] * 1e9 / g.main.totals.instructions
                        };
                        (name, each(&part))
                    })
                    .collect(),
                stacked: true,
                line: None,
            }),
        ),
    ];
    let front = results.mean(|guest| results.speedups(&guest.main).total);
    let shares = amdahl::shares(&results.base.design);
    let fronts = [("accelerated", front), ("on a CPU", 1.0)];
    let amdahl_curves = fronts.iter().flat_map(|(name, front)| {
        shares.iter().map(move |share| {
            let points = back_ends().map(|back| (back, end_to_end(*share, *front, back)));
            (
                format!("front end {:.0} %, {name}", share * 100.0),
                points.collect(),
            )
        })
    });
    out.push((
        "end-to-end.svg".to_owned(),
        lines(&Lines {
            title: format!("End to end, with trace generation {front:.0} times faster"),
            x: "speed-up of the back end".into(),
            y: "times faster",
            logarithmic: (true, true),
            curves: amdahl_curves.collect(),
            vertical: None,
            horizontal: Some(("published".into(), published("end-to-end"))),
        }),
    ));
    if !results.runs.is_empty() {
        let curve = |pipeline: measured::Pipeline| {
            let points = back_ends().map(|back| (back, pipeline.end_to_end(back)));
            let name = format!("{} ({:.3} %)", pipeline.name, pipeline.share() * 100.0);
            (name, points.collect())
        };
        out.push((
            "end-to-end-measured.svg".to_owned(),
            lines(&Lines {
                title: "End to end with measured times; in brackets: the front end's share".into(),
                x: "speed-up of the back end".into(),
                y: "times faster",
                logarithmic: (true, true),
                curves: measured::pipelines(results)
                    .into_iter()
                    .map(curve)
                    .collect(),
                vertical: None,
                horizontal: Some(("published".into(), published("end-to-end"))),
            }),
        ));
    }
    for (at, axis) in results.axes.iter().enumerate() {
        let curve = |guest: &GuestResults| {
            let points = axis.values.iter().zip(&guest.sweeps[at]);
            let points = points.map(|(value, m)| (*value, results.speedups(m).total));
            (guest.name.clone(), points.collect())
        };
        let (first, last) = bounds(axis.values.iter().copied());
        out.push((
            format!("sweep-{}.svg", axis.path),
            lines(&Lines {
                title: format!(
                    "Speed-up over {} against {}",
                    results.baseline_name, axis.path
                ),
                x: axis.path.clone(),
                y: "times faster",
                logarithmic: (first > 0.0 && last / first > 40.0, false),
                curves: results.guests.iter().map(curve).collect(),
                vertical: (axis.path == "ptu.units")
                    .then(|| ("published".into(), published("knee"))),
                horizontal: None,
            }),
        ));
    }
    out
}

/// Speed-ups of the back end, evenly spaced logarithms.
fn back_ends() -> impl Iterator<Item = f64> {
    (0..=60).map(|step| 10_f64.powf(f64::from(step) / 15.0))
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    })
}

/// What is drawn of a series in the legend.
enum Key {
    Filled(RGBColor),
    Line(RGBColor),
    Dashed,
}

/// A plot with its legend on the right. Errors of the backend cannot occur, since it writes to a string.
fn svg(
    legend: &[(Key, String)],
    draw: impl for<'a> FnOnce(&DrawingArea<SVGBackend<'a>, Shift>) -> Option<()>,
) -> String {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        let _ = area.fill(&WHITE);
        let (plot, side) = area.split_horizontally(LEGEND);
        let _ = draw(&plot);
        let style = TextStyle::from(("sans-serif", 14).into_font());
        for (at, (key, name)) in legend.iter().enumerate() {
            let y = 56 + 24 * at as i32;
            let line = |style: ShapeStyle| PathElement::new([(0, y), (18, y)], style);
            let _ = match key {
                Key::Filled(colour) => {
                    side.draw(&Rectangle::new([(0, y - 7), (18, y + 7)], colour.filled()))
                }
                Key::Line(colour) => side.draw(&line(colour.stroke_width(3))),
                Key::Dashed => [(0, 7), (11, 18)].iter().try_for_each(|(from, to)| {
                    side.draw(&PathElement::new(
                        [(*from, y), (*to, y)],
                        BLACK.stroke_width(1),
                    ))
                }),
            };
            let _ = side.draw_text(name, &style, (26, y - 7));
        }
        let _ = area.present();
    }
    text
}

fn bars(plot: &Bars<'_>) -> String {
    let series = plot.series.iter().enumerate();
    let mut legend: Vec<(Key, String)> = series
        .map(|(at, (name, _))| (Key::Filled(colour(at)), (*name).to_owned()))
        .collect();
    if plot.stacked {
        legend.reverse();
    }
    legend.extend(
        plot.line
            .iter()
            .map(|(name, value)| (Key::Dashed, format!("{name}: {value}"))),
    );
    svg(&legend, |area| {
        let count = plot.series.len();
        let group = |at: usize| plot.series.iter().map(move |(_, values)| values[at]);
        let highest = (0..plot.groups.len()).map(|at| match plot.stacked {
            true => group(at).sum(),
            false => group(at).fold(0.0, f64::max),
        });
        let line = plot.line.as_ref().map_or(0.0, |(_, value)| *value);
        let top = highest.fold(line, f64::max).max(f64::MIN_POSITIVE) * 1.12;
        let mut chart = ChartBuilder::on(area)
            .caption(plot.title, ("sans-serif", 22))
            .margin(16)
            .x_label_area_size(36)
            .y_label_area_size(72)
            .build_cartesian_2d(0.0..plot.groups.len() as f64, 0.0..top)
            .ok()?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .y_desc(plot.unit)
            .y_label_formatter(&tick)
            .label_style(("sans-serif", 14))
            .draw()
            .ok()?;
        for (series, (_, values)) in plot.series.iter().enumerate() {
            let colour = colour(series);
            let rectangles = values.iter().enumerate().map(|(at, value)| {
                let at_x = at as f64;
                let (left, width, bottom) = if plot.stacked {
                    (at_x + 0.2, 0.6, group(at).take(series).sum::<f64>())
                } else {
                    let width = 0.8 / count as f64;
                    (at_x + 0.1 + width * series as f64, width * 0.92, 0.0)
                };
                Rectangle::new(
                    [(left, bottom), (left + width, bottom + value)],
                    colour.filled(),
                )
            });
            chart.draw_series(rectangles).ok()?;
        }
        if let Some((_, value)) = &plot.line {
            let ends = [(0.0, *value), (plot.groups.len() as f64, *value)];
            chart
                .draw_series(DashedLineSeries::new(ends, 8, 5, BLACK.stroke_width(1)))
                .ok()?;
        }
        let style = TextStyle::from(("sans-serif", 14).into_font());
        for (at, name) in plot.groups.iter().enumerate() {
            let (x, y) = chart.backend_coord(&(at as f64 + 0.5, 0.0));
            let (width, _) = area.estimate_text_size(name, &style).ok()?;
            area.draw_text(name, &style, (x - width as i32 / 2, y + 8))
                .ok()?;
        }
        Some(())
    })
}

fn colour(series: usize) -> RGBColor {
    COLOURS[series % COLOURS.len()]
}

fn lines(plot: &Lines<'_>) -> String {
    let series = plot.curves.iter().enumerate();
    let mut legend: Vec<(Key, String)> = series
        .map(|(at, (name, _))| (Key::Line(colour(at)), name.clone()))
        .collect();
    let marks = plot.vertical.iter().chain(&plot.horizontal);
    legend.extend(marks.map(|(name, value)| (Key::Dashed, format!("{name}: {value}"))));
    svg(&legend, |area| {
        let xs = plot
            .curves
            .iter()
            .flat_map(|(_, points)| points.iter().map(|p| p.0));
        let ys = plot
            .curves
            .iter()
            .flat_map(|(_, points)| points.iter().map(|p| p.1));
        let marked = plot.horizontal.iter().map(|(_, value)| *value);
        let (left, right) = bounds(xs);
        let (lowest, highest) = bounds(ys.chain(marked));
        let right = if right > left { right } else { left + 1.0 };
        let mut builder = ChartBuilder::on(area);
        builder
            .caption(&plot.title, ("sans-serif", 22))
            .margin(16)
            .x_label_area_size(48)
            .y_label_area_size(72);
        let top = highest.max(f64::MIN_POSITIVE) * 1.12;
        match plot.logarithmic {
            (true, true) => {
                let y = (lowest..top).log_scale();
                curves(
                    plot,
                    builder
                        .build_cartesian_2d((left..right).log_scale(), y)
                        .ok()?,
                )
            }
            (true, false) => {
                let y: RangedCoordf64 = (0.0..top).into();
                curves(
                    plot,
                    builder
                        .build_cartesian_2d((left..right).log_scale(), y)
                        .ok()?,
                )
            }
            _ => curves(
                plot,
                builder.build_cartesian_2d(left..right, 0.0..top).ok()?,
            ),
        }
    })
}

fn curves<'a, X, Y>(
    plot: &Lines<'_>,
    mut chart: ChartContext<'a, SVGBackend<'a>, Cartesian2d<X, Y>>,
) -> Option<()>
where
    X: Ranged<ValueType = f64> + plotters::coord::ranged1d::ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + plotters::coord::ranged1d::ValueFormatter<f64>,
{
    let (x, y) = (chart.x_range(), chart.y_range());
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .x_desc(&plot.x)
        .x_label_formatter(&tick)
        .y_label_formatter(&tick)
        .y_desc(plot.y)
        .label_style(("sans-serif", 14))
        .draw()
        .ok()?;
    for (at, (_, points)) in plot.curves.iter().enumerate() {
        let style = colour(at).stroke_width(2);
        chart
            .draw_series(LineSeries::new(points.iter().copied(), style))
            .ok()?;
    }
    let vertical = plot
        .vertical
        .as_ref()
        .map(|(_, at)| [(*at, y.start), (*at, y.end)]);
    let horizontal = plot
        .horizontal
        .as_ref()
        .map(|(_, at)| [(x.start, *at), (x.end, *at)]);
    for ends in vertical.into_iter().chain(horizontal) {
        chart
            .draw_series(DashedLineSeries::new(ends, 8, 5, BLACK.stroke_width(1)))
            .ok()?;
    }
    Some(())
}

/// A number on an axis.
fn tick(value: &f64) -> String {
    ((value * 1e6).round() / 1e6).to_string()
}
