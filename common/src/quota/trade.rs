//! Trading seats until they are worth most.
//!
//! A trade is a round of two to four workers: each gives one kind of seat to the one before it and
//! takes another kind from the one after. Every worker keeps its number of seats and every kind
//! its own. Trades that raise the sum of the worths are made until there is none. Then the sum is
//! the highest possible: seats and workers are a flow network, a flow is optimal when no cycle of
//! its residual network gains, every such cycle is a round, and a cycle that visits a kind twice
//! is two shorter ones. So it is enough to look at rounds over distinct kinds.

use super::seats::has;

/// How many kinds of seats there are: the classes and the empty seat.
pub(super) const KINDS: usize = 4;

/// How many sets of kinds there are.
pub(super) const SETS: usize = 1 << KINDS;

/// What each kind of seat is worth, for each sort of worker. A sort is itself a set of kinds.
pub(super) type Worth = [[i64; KINDS]; SETS];

/// Every round over distinct kinds. In `[a, b, c]` one worker swaps its `a` for a `b`, the next its
/// `b` for a `c`, the last its `c` for an `a`.
const ROUNDS: [&[usize]; 20] = [
    &[0, 1],
    &[0, 2],
    &[0, 3],
    &[1, 2],
    &[1, 3],
    &[2, 3],
    &[0, 1, 2],
    &[0, 2, 1],
    &[0, 1, 3],
    &[0, 3, 1],
    &[0, 2, 3],
    &[0, 3, 2],
    &[1, 2, 3],
    &[1, 3, 2],
    &[0, 1, 2, 3],
    &[0, 1, 3, 2],
    &[0, 2, 1, 3],
    &[0, 2, 3, 1],
    &[0, 3, 1, 2],
    &[0, 3, 2, 1],
];

/// The seats while they are traded. Sets of kinds have one bit for each.
pub(super) struct Table {
    /// Each worker's seats.
    seats: Vec<u8>,
    /// Each worker's sort.
    sorts: Vec<u8>,
    worth: Worth,
    /// The workers by seats and sort: those in one pool are alike.
    pools: Vec<Vec<usize>>,
}

/// For each kind given up and each kind taken instead: the highest gain, and a worker that has it.
type Offers = [[Option<(i64, usize)>; KINDS]; KINDS];

impl Table {
    /// Workers with these seats, of these sorts.
    pub(super) fn new(seats: Vec<u8>, sorts: Vec<u8>, worth: Worth) -> Table {
        let workers = seats.len();
        let pools = vec![Vec::new(); SETS * SETS];
        let mut table = Table { seats, sorts, worth, pools };
        for worker in (0..workers).rev() {
            table.enter(worker); // pools offer their last worker: the lowest position first
        }
        table
    }

    /// Each worker's seats.
    pub(super) fn seats(&self) -> &[u8] {
        &self.seats
    }

    /// Trades until no round gains. The sum of the worths is an integer that rises, so this ends.
    pub(super) fn trade(&mut self) {
        while let Some(swaps) = self.best_round() {
            for (worker, _) in &swaps {
                self.leave(*worker);
            }
            for (worker, kinds) in &swaps {
                self.seats[*worker] ^= kinds;
                self.enter(*worker);
            }
        }
    }

    /// The round that gains most, as the kinds that each worker in it swaps; `None` if none gains.
    fn best_round(&self) -> Option<Vec<(usize, u8)>> {
        let offers = self.offers();
        let gain = |round: &[usize]| -> Option<i64> {
            swaps_of(round).map(|(give, take)| Some(offers[give][take]?.0)).sum()
        };
        let gains = ROUNDS.iter().filter_map(|round| Some((gain(round)?, *round)));
        let (_, round) = gains.filter(|(gain, _)| *gain > 0).max_by_key(|(gain, _)| *gain)?;
        let mut swaps: Vec<(usize, u8)> = Vec::with_capacity(KINDS);
        for (give, take) in swaps_of(round) {
            let (_, worker) = offers[give][take]?;
            let kinds = 1 << give | 1 << take;
            // A worker may have two parts in a round. They concern four different kinds, or else
            // it would both have and lack the one that they share.
            match swaps.iter_mut().find(|(other, _)| *other == worker) {
                Some((_, swapped)) => *swapped |= kinds,
                None => swaps.push((worker, kinds)),
            }
        }
        Some(swaps)
    }

    fn offers(&self) -> Offers {
        let mut offers = Offers::default();
        for &worker in self.pools.iter().filter_map(|pool| pool.last()) {
            let seats = self.seats[worker];
            let worth = &self.worth[usize::from(self.sorts[worker])];
            for give in (0..KINDS).filter(|kind| has(seats, *kind)) {
                for take in (0..KINDS).filter(|kind| !has(seats, *kind)) {
                    let gain = worth[take] - worth[give];
                    let offer = &mut offers[give][take];
                    if offer.is_none_or(|(best, _)| gain > best) {
                        *offer = Some((gain, worker));
                    }
                }
            }
        }
        offers
    }

    fn pool(&mut self, worker: usize) -> &mut Vec<usize> {
        &mut self.pools[usize::from(self.seats[worker]) * SETS + usize::from(self.sorts[worker])]
    }

    fn enter(&mut self, worker: usize) {
        self.pool(worker).push(worker);
    }

    /// Takes out a worker that its pool has offered: the last.
    fn leave(&mut self, worker: usize) {
        let offered = self.pool(worker).pop();
        debug_assert_eq!(offered, Some(worker), "pools change between an offer and its trade");
    }
}

/// The swaps of a round, as (kind given up, kind taken).
fn swaps_of(round: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    round.iter().copied().zip(round.iter().copied().cycle().skip(1))
}
