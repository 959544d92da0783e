//! Which worker holds which users, with as few moves as possible.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeSet, BinaryHeap};

use super::holding::Holding;
use super::shares::shares;
use crate::class::{PerClass, UserClass};

/// Spreads the users `0..targets[class]` of every class over the workers.
///
/// `members[i]` is what worker `i` holds now; the answer's entry `i` is what it is to hold next.
/// `blocked` are indices that nobody may be given yet: a lost worker may still run them until its
/// lease ends, or a worker has not confirmed yet that it stopped them.
///
/// - The answer's holdings are disjoint, within the targets, and without blocked indices. If two
///   members hold the same index, the earlier one keeps it.
/// - Every worker's share of a class is the target over the workers, rounded down or up, and any
///   two workers' totals differ by at most one. Of all such shares those are taken that leave the
///   most users where they are; the module `shares` says how, and why that is always possible.
/// - A member above its share keeps its lowest indices. What it gives up goes to nobody in the
///   same call, since its holder still runs it: block it until the holder confirms, then call
///   again. So users running never exceed the target, and stay below it while indices are blocked.
/// - Free indices go, ascending, one by one to the member that holds the fewest of those below their
///   share, at a tie to the earlier one. Users start in the order of their indices and stop in the
///   reverse one, so mixes stay even within a ramp that was placed as a whole: of any first indices of
///   a class, no member has two more than another.
///
/// Once nothing is blocked, the next call completes the placement, and calling again changes
/// nothing. Without members there are no holdings.
///
/// With nothing blocked and a balanced placement before, the movement is bounded. When a member
/// leaves, each of the others gives up at most one user per class, and only of a class whose target
/// over the workers, rounded down, stays what it was: otherwise the new share is not below the old
/// one. When a member joins `n` others, it is given at most ⌈total / (n + 1)⌉ users and at most
/// four more change places between the others: one for each class and one for an empty seat. (No more in 60,000
/// random fleets; three until a rare one was met, 25 workers with 208 users.) That happens where mixes and totals
/// cannot otherwise both come out even, as with 2, 4 and 2 users on 3 members and then 4.
pub fn place(targets: &PerClass<u32>, members: &[Holding], blocked: &Holding) -> Vec<Holding> {
    let classes =
        UserClass::ALL.map(|class| ClassUsers::new(class, targets[class.index()], members, blocked));
    let held: Vec<PerClass<u32>> = (0..members.len())
        .map(|member| std::array::from_fn(|class| count(&classes[class].held[member])))
        .collect();
    let shares = shares(targets, &held);
    let mut placed = vec![PerClass::default(); members.len()];
    for (class, users) in classes.into_iter().enumerate() {
        let share: Vec<u32> = shares.iter().map(|shares| shares[class]).collect();
        for (placed, indices) in placed.iter_mut().zip(users.deal(&share)) {
            placed[class] = indices.into_iter().collect::<BTreeSet<_>>();
        }
    }
    placed.into_iter().map(Holding::from).collect()
}

/// The users of one class while they are spread.
struct ClassUsers {
    /// What each member may keep, ascending: below the target, not blocked, not an earlier member's.
    held: Vec<Vec<u32>>,
    /// What nobody holds and is not blocked, ascending.
    free: Vec<u32>,
}

impl ClassUsers {
    fn new(class: UserClass, target: u32, members: &[Holding], blocked: &Holding) -> ClassUsers {
        let mut taken = vec![false; target as usize];
        for index in blocked.of(class).range(..target) {
            taken[*index as usize] = true;
        }
        let mut claim = |member: &Holding| -> Vec<u32> {
            let within = member.of(class).range(..target).copied();
            within.filter(|index| !std::mem::replace(&mut taken[*index as usize], true)).collect()
        };
        let held = members.iter().map(&mut claim).collect();
        let free = (0..target).filter(|index| !taken[*index as usize]).collect();
        ClassUsers { held, free }
    }

    /// Cuts every member down to its share and gives the free indices to those below theirs.
    fn deal(mut self, share: &[u32]) -> Vec<Vec<u32>> {
        let mut below = BinaryHeap::new();
        for (member, (held, share)) in self.held.iter_mut().zip(share).enumerate() {
            held.truncate(*share as usize);
            if count(held) < *share {
                below.push(Reverse((count(held), member)));
            }
        }
        for index in self.free {
            let Some(mut poorest) = below.peek_mut() else {
                break; // only what is still blocked or given up is missing
            };
            let Reverse((held, member)) = &mut *poorest;
            self.held[*member].push(index);
            *held += 1;
            if *held == share[*member] {
                PeekMut::pop(poorest);
            }
        }
        self.held
    }
}

/// The number of indices in a list of distinct ones below a `u32` target.
fn count(indices: &[u32]) -> u32 {
    u32::try_from(indices.len()).unwrap_or(u32::MAX)
}
