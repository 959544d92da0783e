//! The event in progress when its bytes cannot be borrowed from one chunk.

use super::RETAINED;

/// The fields that a load generator reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Data,
    Event,
}

impl Field {
    pub(super) const fn name(self) -> &'static [u8] {
        match self {
            Self::Data => b"data",
            Self::Event => b"event",
        }
    }
}

/// Name and data gathered since the last blank line.
///
/// Invariant: neither buffer ever holds more than `limit` bytes, and both are
/// empty while `dropped` is set.
#[derive(Debug)]
pub(super) struct Block {
    limit: usize,
    name: Vec<u8>,
    data: Vec<u8>,
    /// A `data` field was seen: the standard's "data buffer is not empty", which
    /// holds for a single empty value too.
    has_data: bool,
    /// The event was oversize; its fields are skipped up to the blank line.
    dropped: bool,
    copied: u64,
}

impl Block {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, name: Vec::new(), data: Vec::new(), has_data: false, dropped: false, copied: 0 }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn name(&self) -> &[u8] {
        &self.name
    }

    pub(super) fn data(&self) -> &[u8] {
        &self.data
    }

    pub(super) fn has_data(&self) -> bool {
        self.has_data
    }

    pub(super) fn is_dropped(&self) -> bool {
        self.dropped
    }

    /// Bytes copied so far, over all events.
    pub(super) fn copied(&self) -> u64 {
        self.copied
    }

    /// Whether the stream would be cut inside an event if it ended here.
    pub(super) fn is_begun(&self) -> bool {
        self.has_data || self.dropped || !self.name.is_empty()
    }

    /// A field's value starts: `data` joins what is there, `event` replaces it.
    pub(super) fn begin(&mut self, field: Field) {
        match field {
            Field::Event => self.name.clear(),
            Field::Data => {
                if self.has_data {
                    self.append(Field::Data, b"\n");
                }
                self.has_data = !self.dropped;
            }
        }
    }

    /// Adds a piece of a value, or drops the event if it is too much.
    pub(super) fn append(&mut self, field: Field, part: &[u8]) {
        if self.dropped {
            return;
        }
        let target = match field {
            Field::Data => &mut self.data,
            Field::Event => &mut self.name,
        };
        let length = target.len() + part.len();
        if length > self.limit {
            self.clear();
            self.dropped = true;
            return;
        }
        if length > target.capacity() {
            // Growing may move what is there: counted as copied again.
            self.copied += target.len() as u64;
        }
        self.copied += part.len() as u64;
        target.extend_from_slice(part);
    }

    /// Forgets the event and gives back what only a long one needed.
    pub(super) fn clear(&mut self) {
        for buffer in [&mut self.name, &mut self.data] {
            buffer.clear();
            if buffer.capacity() > RETAINED {
                buffer.shrink_to(RETAINED);
            }
        }
        self.has_data = false;
        self.dropped = false;
    }
}
