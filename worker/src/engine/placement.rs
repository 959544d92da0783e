//! Which core a user lives on.

use std::collections::{BTreeMap, BTreeSet};

use common::class::{PerClass, UserKey};

use super::user_slot::UserSlot;

/// Gives every new user to the core with the fewest users of its class, at a tie with the fewest
/// users. A user stays on its core until it has ended: a core reports the latest order whose excluded
/// users have all ended.
#[derive(Debug)]
pub(super) struct Placement {
    homes: BTreeMap<UserKey, Home>,
    loads: Vec<PerClass<u32>>,
}

#[derive(Debug, Clone, Copy)]
struct Home {
    core: usize,
    /// The order since which the user is not wanted.
    excluded_by: Option<u64>,
}

impl Placement {
    pub(super) fn new(cores: usize) -> Placement {
        Placement { homes: BTreeMap::new(), loads: vec![[0; _]; cores] }
    }

    /// Splits a schedule among the cores. `number` is this order's number; `settled` holds, for each core,
    /// the latest order whose excluded users have all ended.
    pub(super) fn split(&mut self, number: u64, settled: &[u64], users: &[UserSlot]) -> Vec<Vec<UserSlot>> {
        let wanted: BTreeSet<UserKey> = users.iter().map(UserSlot::key).collect();
        self.exclude(number, settled, |key| !wanted.contains(key));
        let mut parts = vec![Vec::new(); self.loads.len()];
        for slot in users {
            let core = self.home(slot.key());
            parts[core].push(*slot);
        }
        parts
    }

    /// Excludes every user.
    pub(super) fn exclude_all(&mut self, number: u64, settled: &[u64]) {
        self.exclude(number, settled, |_| true);
    }

    fn exclude(&mut self, number: u64, settled: &[u64], is_excluded: impl Fn(&UserKey) -> bool) {
        let loads = &mut self.loads;
        self.homes.retain(|key, home| {
            let stays = home.excluded_by.is_none_or(|order| order > settled[home.core]);
            if !stays {
                loads[home.core][key.0.index()] -= 1;
            } else if is_excluded(key) {
                home.excluded_by.get_or_insert(number);
            }
            stays
        });
    }

    fn home(&mut self, key: UserKey) -> usize {
        let class = key.0.index();
        let loads = &mut self.loads;
        let home = self.homes.entry(key).or_insert_with(|| {
            let burden = |core: &usize| (loads[*core][class], loads[*core].iter().sum::<u32>(), *core);
            let core = (0..loads.len()).min_by_key(burden).unwrap_or(0);
            loads[core][class] += 1;
            Home { core, excluded_by: None }
        });
        home.excluded_by = None;
        home.core
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::class::UserClass;
    use std::time::Instant;

    fn slots(indices: &[u32]) -> Vec<UserSlot> {
        let start = Instant::now();
        let slot = |index: &u32| UserSlot { class: UserClass::Crud, index: *index, start, stop: None };
        indices.iter().map(slot).collect()
    }

    fn indices(parts: &[Vec<UserSlot>]) -> Vec<Vec<u32>> {
        parts.iter().map(|part| part.iter().map(|slot| slot.index).collect()).collect()
    }

    #[test]
    fn users_are_spread_evenly_whatever_their_indices() {
        let mut placement = Placement::new(2);
        let parts = placement.split(1, &[0, 0], &slots(&[0, 2, 4, 6, 8]));
        assert_eq!(indices(&parts), [vec![0, 4, 8], vec![2, 6]]);
    }

    #[test]
    fn a_user_comes_back_to_its_core_until_its_end_is_known() {
        let mut placement = Placement::new(2);
        let parts = placement.split(1, &[0, 0], &slots(&[0, 1, 2]));
        assert_eq!(indices(&parts), [vec![0, 2], vec![1]]);
        placement.split(2, &[1, 1], &slots(&[2]));
        // Core 1 has settled order 2, so user 1 has ended; user 0 may still live on core 0.
        let parts = placement.split(3, &[1, 2], &slots(&[2, 0]));
        assert_eq!(indices(&parts), [vec![2, 0], vec![]]);
        placement.split(4, &[3, 3], &slots(&[2]));
        let parts = placement.split(5, &[4, 4], &slots(&[2, 0]));
        assert_eq!(indices(&parts), [vec![2], vec![0]]);
    }
}
