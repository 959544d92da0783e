//! Request logs that are not whole.

use common::text::escape::plain;

use hub::merge::Account;
use hub::run::Run;
use report::rows::{Note, NoteKind, WorkerRow};

/// The longest word of a worker on its log that is shown, characters.
const LONGEST: usize = 200;
/// So many workers whose logs are not whole are named.
const NAMED: usize = 10;

/// The figures hold what the logs lack.
pub(super) fn incomplete(run: &Run, workers: &[WorkerRow]) -> Option<Note> {
    let lack = |(account, row): (&Account, &WorkerRow)| {
        let why = match &account.log_error {
            Some(error) => format!("could not be written: {}", plain(error, LONGEST)),
            None => "had no room: its disk is slower than its requests come; log fewer with --log-sample"
                .to_owned(),
        };
        (account.log_dropped > 0 || account.log_error.is_some())
            .then(|| format!("that of worker {} lacks {} requests and {why}", row.name, account.log_dropped))
    };
    let lacks: Vec<String> = run.ledger().accounts.iter().zip(workers).filter_map(lack).collect();
    let more = match lacks.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; so are those of {more} more workers"),
    };
    (!lacks.is_empty()).then(|| {
        let named = lacks[..lacks.len().min(NAMED)].join("; ");
        let text =
            format!("The request log is not whole: {named}{more}. The figures of this report have them all.");
        Note::new(NoteKind::LogIncomplete, text)
    })
}
