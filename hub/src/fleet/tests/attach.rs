//! Who is taken in.

use super::*;

#[test]
fn a_newcomer_is_the_next_member() {
    let mut fleet = fleet();
    for (ordinal, name) in ["a", "b", "c"].into_iter().enumerate() {
        let link = ordinal as LinkId;
        let attached = fleet.attach(SECOND, link, identity(name, ordinal as u8));
        assert_eq!(attached, Ok(Attachment { ordinal, superseded: None }));
        assert_eq!(fleet.by_link(link), Some(ordinal));
    }
}

#[test]
fn another_process_cannot_have_the_name_of_one_that_is_attached() {
    let mut fleet = fleet_of(1);
    assert_eq!(fleet.attach(SECOND, 7, identity("a", 9)), Err(AttachError::NameTaken("a".to_owned())));
    assert_eq!(fleet.members().len(), 1);
}

#[test]
fn a_process_restarted_under_its_name_is_another_member_once_the_old_connection_has_ended() {
    let mut fleet = fleet_of(1);
    assert_eq!(fleet.detach(0), Some(0));
    assert_eq!(fleet.attach(SECOND, 1, identity("a", 9)), Ok(Attachment { ordinal: 1, superseded: None }));
    assert_eq!(fleet.members()[0].state, MemberState::Active, "the old one's lease still runs");
}

#[test]
fn the_same_process_on_another_connection_is_the_same_member_and_supersedes_the_old_connection() {
    let mut fleet = fleet_of(2);
    fleet.place(&crud(4));
    let attached = fleet.attach(SECOND, 7, identity("a", 0));
    assert_eq!(attached, Ok(Attachment { ordinal: 0, superseded: Some(0) }));
    assert_eq!((fleet.by_link(0), fleet.by_link(7)), (None, Some(0)));
    assert_eq!(held(&fleet), [vec![0, 2], vec![1, 3]], "it keeps its users");
}

#[test]
fn the_end_of_a_superseded_connection_detaches_nobody() {
    let mut fleet = fleet_of(1);
    fleet.attach(SECOND, 7, identity("a", 0)).unwrap();
    assert_eq!(fleet.detach(0), None);
    assert_eq!(fleet.members()[0].link, Some(7));
}

#[test]
fn a_full_fleet_takes_nobody_in_until_somebody_is_gone() {
    let mut fleet = fleet_of(3);
    assert_eq!(fleet.attach(SECOND, 7, identity("d", 7)), Err(AttachError::Full(3)));
    fleet.leave(0);
    fleet.finish(0);
    assert_eq!(fleet.attach(SECOND, 7, identity("d", 7)), Ok(Attachment { ordinal: 3, superseded: None }));
}

#[test]
fn a_known_process_comes_back_to_a_full_fleet() {
    let mut fleet = fleet_of(3);
    fleet.detach(1);
    assert_eq!(fleet.attach(SECOND, 7, identity("b", 1)), Ok(Attachment { ordinal: 1, superseded: None }));
}
