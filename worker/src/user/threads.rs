//! The threads that a user has created and not deleted.

use super::ids::Id;

/// The most threads a user keeps.
const MOST: usize = 8;

/// At most 8 threads; a further one replaces the oldest, so memory does not grow where every delete fails.
#[derive(Debug, Default)]
pub(super) struct Threads(Vec<Id>);

impl Threads {
    pub(super) fn add(&mut self, thread: Id) {
        if self.is_full() {
            self.0.remove(0);
        }
        self.0.push(thread);
    }

    pub(super) fn forget(&mut self, thread: &Id) {
        self.0.retain(|own| own != thread);
    }

    /// Takes the latest one.
    pub(super) fn pop(&mut self) -> Option<Id> {
        self.0.pop()
    }

    pub(super) fn as_slice(&self) -> &[Id] {
        &self.0
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::super::ids::IdSource;
    use super::*;

    #[test]
    fn a_full_set_lets_the_oldest_go() {
        let mut ids = IdSource::from_system();
        let made: Vec<Id> = (0..10).map(|_| ids.next()).collect();
        let mut threads = Threads::default();
        made.iter().for_each(|id| threads.add(id.clone()));
        assert_eq!(threads.as_slice(), &made[2..]);
        threads.forget(&made[5]);
        assert_eq!(
            (threads.as_slice().len(), threads.is_full(), threads.pop()),
            (7, false, Some(made[9].clone()))
        );
    }
}
