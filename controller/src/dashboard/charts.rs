//! The charts of a view, drawn when somebody asks: once for each state of the run, whoever asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use report::charts::svg::{MarkupError, Readout, markup};
use report::charts::{Course, Figure, OverTime, distribution};
use report::json::text;
use report::rows::{SecondRow, StageRow};
use serde::Serialize;

use super::app_state::AppState;
use super::gate::error_response;
use super::state::Update;
use crate::view::PlanRow;

/// What may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ChartView {
    /// The whole run, and what was observed inside.
    Overview,
    /// Its streams.
    Streams,
    /// All endpoints together.
    Total,
    /// One of them, by its place in the table of endpoints.
    Endpoint(usize),
}

/// What was drawn of one state of the run. A clone is the same cache.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawn(Arc<Mutex<DrawnState>>);

#[derive(Debug, Default)]
struct DrawnState {
    of: Arc<Update>,
    answers: HashMap<ChartView, Bytes>,
}

/// Drawings, and what their script reads out.
#[derive(Serialize)]
struct ChartsAnswer<'a> {
    markup: String,
    readouts: Vec<Readout<'a>>,
}

/// `GET /api/v1/charts/{view}`
pub(super) async fn charts(State(app): State<AppState>, Path(name): Path<String>) -> Response {
    let is_there = |view: &ChartView| match view {
        ChartView::Endpoint(place) => *place < app.endpoints.len(),
        _ => true,
    };
    let Some(view) = ChartView::named(&name).filter(is_there) else {
        let views =
            "there are charts of overview, streams, total, and endpoint-N for each endpoint from 0 on";
        return error_response(StatusCode::NOT_FOUND, views);
    };
    match app.drawn.get(&app, view) {
        Ok(answer) => ([(header::CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(error) => error_response(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

impl ChartView {
    fn named(name: &str) -> Option<ChartView> {
        match name {
            "overview" => Some(ChartView::Overview),
            "streams" => Some(ChartView::Streams),
            "total" => Some(ChartView::Total),
            _ => name.strip_prefix("endpoint-")?.parse().ok().map(ChartView::Endpoint),
        }
    }

    /// Tells its figures from those of other views on the same page.
    fn prefix(self) -> String {
        match self {
            ChartView::Overview => "overview".to_owned(),
            ChartView::Streams => "streams".to_owned(),
            ChartView::Total => "total".to_owned(),
            ChartView::Endpoint(place) => format!("endpoint-{place}"),
        }
    }

    /// Its charts that have something to show.
    fn figures(self, app: &AppState, update: &Update, course: &Course) -> Vec<Figure> {
        let stages: Vec<StageRow> = update.plan.iter().map(stage).collect();
        let drawn = |charts: &[OverTime], rows: &[SecondRow]| -> Vec<Figure> {
            let with_data = charts.iter().filter(|chart| chart.has_data(rows));
            with_data.map(|chart| chart.figure(rows, &stages)).collect()
        };
        match self {
            ChartView::Overview => {
                let over_time = drawn(&OverTime::ALL, &course.rows()).into_iter();
                over_time.chain(update.observed.iter().cloned()).collect()
            }
            ChartView::Streams => drawn(&[OverTime::Streams, OverTime::Ttft, OverTime::Icl], &course.rows()),
            ChartView::Total => drawn(&[OverTime::Rate, OverTime::Latency], &course.rows()),
            ChartView::Endpoint(place) => {
                let rows = course.rows_of(place);
                let rate = drawn(&[OverTime::Rate], &rows).into_iter();
                let latency = drawn(&[OverTime::Latency], &rows).into_iter().map(of_all_requests);
                let of_it = update.distributions.iter().find(|row| app.endpoints[place].is(row));
                rate.chain(latency).chain(of_it.and_then(distribution)).collect()
            }
        }
    }
}

fn stage(row: &PlanRow) -> StageRow {
    StageRow { name: row.name.clone(), from_s: row.from_s, to_s: row.to_s, ..StageRow::default() }
}

/// What ended at an endpoint may be calls or streams.
fn of_all_requests(latency: Figure) -> Figure {
    let about = "Median, 95 % and 99 % latency of the requests that ended in each second.".to_owned();
    Figure { title: "Latency".into(), about, ..latency }
}

impl Drawn {
    fn get(&self, app: &AppState, view: ChartView) -> Result<Bytes, MarkupError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let update = app.run.latest();
        if !Arc::ptr_eq(&state.of, &update) {
            *state = DrawnState { of: Arc::clone(&update), answers: HashMap::new() };
        }
        if let Some(answer) = state.answers.get(&view) {
            return Ok(answer.clone());
        }
        let answer = draw(app, view, &update)?;
        state.answers.insert(view, answer.clone());
        Ok(answer)
    }
}

fn draw(app: &AppState, view: ChartView, update: &Update) -> Result<Bytes, MarkupError> {
    let mut figures = view.figures(app, update, &app.run.course(update));
    // What was observed may reach beyond the last second.
    Figure::align(&mut figures);
    let prefix = view.prefix();
    figures.iter_mut().for_each(|figure| figure.id = format!("{prefix}-{}", figure.id).into());
    let readouts = figures.iter().map(Readout::of).collect();
    Ok(text(&ChartsAnswer { markup: markup(&figures)?, readouts }).into())
}
