//! Threads and messages in memory, spread over shards by thread id.

use std::array;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{LISTED_MESSAGES, LISTED_THREADS, Message, StoreError, Thread};

const SHARDS: usize = 32;
const MAX_THREADS: usize = 1_000_000;

/// A sharded store: two requests wait for the same lock only if their threads are in
/// one shard. Lock order: first the shard of the thread, then that of a message id.
#[derive(Debug)]
pub(crate) struct Memory {
    hasher: RandomState,
    threads: [Mutex<ThreadShard>; SHARDS],
    /// Message ids, unique over all threads as a primary key is.
    message_ids: [Mutex<HashSet<Arc<str>>>; SHARDS],
    next_age: AtomicU64,
    count: AtomicUsize,
    max_threads: usize,
}

#[derive(Debug, Default)]
struct ThreadShard {
    threads: HashMap<Arc<str>, ThreadEntry>,
    /// The same threads in the order of their creation.
    by_age: BTreeMap<u64, Thread>,
}

#[derive(Debug)]
struct ThreadEntry {
    age: u64,
    messages: VecDeque<Arc<Message>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            threads: array::from_fn(|_| Mutex::default()),
            message_ids: array::from_fn(|_| Mutex::default()),
            next_age: AtomicU64::new(0),
            count: AtomicUsize::new(0),
            max_threads: MAX_THREADS,
        }
    }
}

impl Memory {
    /// Reads each shard from the newest on until it is older than the result so far,
    /// so the cost does not grow with the number of threads.
    pub(super) fn threads(&self) -> Vec<Thread> {
        let mut newest: BTreeMap<u64, Thread> = BTreeMap::new();
        for shard in &self.threads {
            let shard = lock(shard);
            for (age, thread) in shard.by_age.iter().rev() {
                let full = newest.len() == LISTED_THREADS;
                if full && newest.first_key_value().is_some_and(|(oldest, _)| age < oldest) {
                    break;
                }
                newest.insert(*age, thread.clone());
                if full {
                    newest.pop_first();
                }
            }
        }
        newest.into_values().rev().collect()
    }

    pub(super) fn create(&self, thread: &Thread) -> Result<(), StoreError> {
        let mut shard = self.shard(&thread.id);
        if shard.threads.contains_key(&thread.id) {
            return Err(StoreError::DuplicateId);
        }
        if self.count.fetch_add(1, SeqCst) >= self.max_threads {
            self.count.fetch_sub(1, SeqCst);
            return Err(StoreError::Full);
        }
        let age = self.next_age.fetch_add(1, SeqCst);
        shard.by_age.insert(age, thread.clone());
        shard.threads.insert(Arc::clone(&thread.id), ThreadEntry { age, messages: VecDeque::new() });
        Ok(())
    }

    pub(super) fn rename(&self, thread: &Thread) -> Result<(), StoreError> {
        let mut shard = self.shard(&thread.id);
        let age = shard.threads.get(&thread.id).ok_or(StoreError::NoThread)?.age;
        shard.by_age.insert(age, thread.clone());
        Ok(())
    }

    pub(super) fn delete(&self, id: &str) -> Result<(), StoreError> {
        let mut shard = self.shard(id);
        let entry = shard.threads.remove(id).ok_or(StoreError::NoThread)?;
        shard.by_age.remove(&entry.age);
        self.count.fetch_sub(1, SeqCst);
        for message in entry.messages {
            self.ids(&message.id).remove(&message.id);
        }
        Ok(())
    }

    pub(super) fn messages(&self, thread: &str) -> Result<Vec<Arc<Message>>, StoreError> {
        let shard = self.shard(thread);
        let entry = shard.threads.get(thread).ok_or(StoreError::NoThread)?;
        Ok(entry.messages.iter().cloned().collect())
    }

    pub(super) fn add(&self, thread: &str, message: Arc<Message>) -> Result<(), StoreError> {
        let mut shard = self.shard(thread);
        let entry = shard.threads.get_mut(thread).ok_or(StoreError::NoThread)?;
        if !self.ids(&message.id).insert(Arc::clone(&message.id)) {
            return Err(StoreError::DuplicateId);
        }
        if entry.messages.len() == LISTED_MESSAGES
            && let Some(oldest) = entry.messages.pop_front()
        {
            self.ids(&oldest.id).remove(&oldest.id);
        }
        entry.messages.push_back(message);
        Ok(())
    }

    fn shard(&self, thread: &str) -> MutexGuard<'_, ThreadShard> {
        lock(&self.threads[self.place(thread)])
    }

    fn ids(&self, message: &str) -> MutexGuard<'_, HashSet<Arc<str>>> {
        lock(&self.message_ids[self.place(message)])
    }

    fn place(&self, id: &str) -> usize {
        (self.hasher.hash_one(id) % SHARDS as u64) as usize
    }
}

/// No code under these locks can panic half-way through a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(id: &str, title: &str) -> Thread {
        Thread { id: id.into(), title: title.into() }
    }

    fn message(id: &str) -> Arc<Message> {
        Arc::new(Message { id: id.into(), role: "user".into(), content: "hello".into() })
    }

    #[test]
    fn the_fifty_newest_are_listed_newest_first_under_their_present_titles() {
        let memory = Memory::default();
        for n in 0..500 {
            memory.create(&thread(&format!("t{n}"), "old")).unwrap();
        }
        memory.rename(&thread("t498", "new")).unwrap();
        memory.delete("t499").unwrap();
        let listed = memory.threads();
        let expected: Vec<_> = (449..499).rev().map(|n| format!("t{n}")).collect();
        assert_eq!(listed.iter().map(|t| &*t.id).collect::<Vec<_>>(), expected);
        assert_eq!(listed[0], thread("t498", "new"));
    }

    #[test]
    fn a_full_store_refuses_until_a_thread_is_deleted() {
        let memory = Memory { max_threads: 2, ..Memory::default() };
        memory.create(&thread("a", "")).unwrap();
        memory.create(&thread("b", "")).unwrap();
        assert_eq!(memory.create(&thread("c", "")), Err(StoreError::Full));
        memory.delete("a").unwrap();
        memory.create(&thread("c", "")).unwrap();
    }

    #[test]
    fn the_oldest_message_makes_room_and_frees_its_id() {
        let memory = Memory::default();
        memory.create(&thread("a", "")).unwrap();
        for n in 0..=LISTED_MESSAGES {
            memory.add("a", message(&format!("m{n}"))).unwrap();
        }
        let kept = memory.messages("a").unwrap();
        assert_eq!((kept.len(), &*kept[0].id), (LISTED_MESSAGES, "m1"));
        assert_eq!(memory.add("a", message("m1")), Err(StoreError::DuplicateId));
        assert_eq!(memory.add("a", message("m0")), Ok(()));
    }

    #[test]
    fn deleting_a_thread_frees_everything_it_held() {
        let memory = Memory::default();
        memory.create(&thread("a", "")).unwrap();
        memory.add("a", message("m")).unwrap();
        memory.delete("a").unwrap();
        assert_eq!(memory.delete("a"), Err(StoreError::NoThread));
        assert_eq!(memory.messages("a"), Err(StoreError::NoThread));
        assert!(memory.message_ids.iter().all(|ids| lock(ids).is_empty()));
        assert!(memory.threads.iter().all(|shard| lock(shard).by_age.is_empty()));
    }
}
