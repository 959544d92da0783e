//! Until when a worker may be running users.

use super::*;

/// The default lease and a hundredth of it for the clocks.
const HELD: Duration = Duration::from_millis(5050);

#[test]
fn a_worker_is_lost_exactly_when_its_lease_has_ended() {
    let mut fleet = fleet_of(1);
    assert_eq!(fleet.members()[0].held_until, HELD);
    assert_eq!(fleet.expire(HELD - Duration::from_nanos(1)), [0usize; 0]);
    assert_eq!(fleet.expire(HELD), [0]);
    assert_eq!(fleet.members()[0].state, MemberState::Lost);
}

#[test]
fn nobody_is_lost_twice() {
    let mut fleet = fleet_of(1);
    assert_eq!(fleet.expire(HELD), [0]);
    assert_eq!(fleet.expire(2 * HELD), [0usize; 0]);
}

#[test]
fn every_heartbeat_renews_the_lease_from_when_it_came() {
    let mut fleet = fleet_of(1);
    for second in 1..100 {
        assert_eq!(fleet.expire(second * SECOND), [0usize; 0]);
        fleet.heartbeat(second * SECOND, 0, &beat(u64::from(second), 0));
        assert_eq!(fleet.members()[0].held_until, second * SECOND + HELD);
    }
}

#[test]
fn a_connection_alone_renews_nothing() {
    let mut fleet = fleet_of(1);
    fleet.attach(4 * SECOND, 7, identity("a", 0)).unwrap();
    assert_eq!(fleet.expire(HELD), [0]);
}

#[test]
fn the_end_of_a_connection_ends_no_lease() {
    let mut fleet = fleet_of(2);
    fleet.place(&crud(4));
    fleet.detach(0);
    assert_eq!(fleet.expire(HELD - Duration::from_nanos(1)), [0usize; 0]);
    fleet.place(&crud(4));
    assert_eq!(held(&fleet), [vec![0, 2], vec![1, 3]], "nobody else gets its users");
}

#[test]
fn the_users_of_a_lost_worker_go_to_the_others() {
    let mut fleet = fleet_of(2);
    fleet.place(&crud(4));
    fleet.heartbeat(SECOND, 1, &beat(2, 0));
    assert_eq!(fleet.expire(HELD), [0]);
    fleet.place(&crud(4));
    assert_eq!(held(&fleet), [vec![], vec![0, 1, 2, 3]]);
}

#[test]
fn a_worker_that_never_sent_a_heartbeat_is_lost_when_its_connection_ends_and_not_before() {
    let mut fleet = fleet();
    fleet.attach(Duration::ZERO, 0, identity("a", 0)).unwrap();
    assert_eq!(fleet.expire(100 * SECOND), [0usize; 0]);
    assert_eq!(fleet.eligible(), 0, "it cannot be given a lease");
    fleet.detach(0);
    assert_eq!(fleet.expire(100 * SECOND), [0]);
}

#[test]
fn a_lost_worker_that_is_heard_of_again_may_be_given_users_anew() {
    let mut fleet = fleet_of(1);
    fleet.place(&crud(2));
    fleet.expire(HELD);
    assert_eq!((held(&fleet), fleet.eligible()), (vec![vec![]], 0));
    fleet.heartbeat(10 * SECOND, 0, &beat(2, 0));
    assert_eq!((fleet.members()[0].state, fleet.eligible()), (MemberState::Active, 1));
    fleet.place(&crud(2));
    assert_eq!(held(&fleet), [vec![0, 1]]);
}

#[test]
fn a_lost_worker_that_attaches_again_gets_nothing_before_its_first_heartbeat() {
    let mut fleet = fleet_of(1);
    fleet.expire(HELD);
    fleet.attach(10 * SECOND, 7, identity("a", 0)).unwrap();
    assert_eq!((fleet.members()[0].state, fleet.eligible()), (MemberState::Active, 0));
    assert_eq!(fleet.expire(10 * SECOND), [0usize; 0], "it is attached");
}
