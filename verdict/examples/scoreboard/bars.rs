//! What a verdict has to reach.
//!
//! - of all searches at most 1 % are confidently wrong, and at least 95 % right;
//! - no row has more than 3 % wrong: as few seeds cannot show a share, a row falls below its bar where its count of
//!   wrong ones, or more, would come with a chance of less than 5 % from a service that is wrong in 3 %: two of 10
//!   seeds, four of 40;
//! - the intervals of slots and of users, of 95 %, hold the truth in 93 to 100 %.

use crate::score::{Row, Sums};

/// Of a row.
const WRONG: f64 = 0.03;
/// Chance below which a count is none.
const CHANCE: f64 = 0.05;

/// Whether more than 3 % of a row are wrong, as far as that can be said.
pub fn is_bad(row: &Row) -> bool {
    at_least(row.wrong, row.searches(), WRONG) < CHANCE
}

/// Chance of at least so many of `of`, each with the chance `each`: the binomial distribution's tail.
fn at_least(count: usize, of: usize, each: f64) -> f64 {
    let (odds, mut exactly) = (each / (1.0 - each), (1.0 - each).powi(of as i32));
    let mut fewer = 0.0;
    for hits in 0..count.min(of + 1) {
        fewer += exactly;
        exactly *= odds * (of - hits) as f64 / (hits + 1) as f64;
    }
    1.0 - fewer
}

/// What does not reach its bar, a sentence each.
pub fn below(all: &Sums, bad_rows: &[String]) -> Vec<String> {
    let mut sentences = Vec::new();
    if all.wrong * 100 > all.searches {
        sentences.push(format!(
            "{} of {} searches are confidently wrong, more than 1 %.",
            all.wrong, all.searches
        ));
    }
    if all.right * 100 < 95 * all.searches {
        sentences.push(format!("{} of {} searches are right, less than 95 %.", all.right, all.searches));
    }
    if !bad_rows.is_empty() {
        let rows = bad_rows.join("; ");
        sentences.push(format!("More than 3 % are wrong, by more than chance, in {rows}."));
    }
    for (what, (within, stated)) in [("slots", all.slots), ("users", all.users)] {
        if within * 100 < 93 * stated {
            sentences.push(format!(
                "The interval of {what} holds the truth in {within} of {stated}, less than 93 %."
            ));
        }
    }
    sentences
}
