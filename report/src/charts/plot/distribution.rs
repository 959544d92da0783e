//! How the latency of an endpoint is spread. Only the dashboard shows it.

use plotly::Bar;
use plotly::common::Marker;
use plotly::layout::{ArrayShow, Axis, AxisType};

use super::{Plot, css, json, layout, y_axis};
use crate::charts::figure::Colour;

/// The plot of a distribution without its bars: the page adds those of the endpoint that was chosen.
pub fn distribution() -> Plot {
    let bars = Bar::<f64, u64>::new(Vec::new(), Vec::new())
        .name("requests")
        .marker(Marker::new().color(css(Colour::Main)))
        .hover_template("%{y:,} requests up to %{customdata}");
    let x = Axis::new().type_(AxisType::Log).tick_suffix(" ms").show_tick_suffix(ArrayShow::Last).dtick(1.0);
    Plot {
        id: "distribution".into(),
        title: "Latency over the whole run".into(),
        unit: "requests".into(),
        about: "How many requests took how long, on a logarithmic axis.".to_owned(),
        group: "distribution",
        data: vec![json(bars)],
        layout: json(layout(x, y_axis()).show_legend(false)),
    }
}
