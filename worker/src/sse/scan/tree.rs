//! Several paths looked up in one pass.

use super::cursor::{Cursor, index};
use super::{JsonPath, RawStr, Value};

/// Paths into JSON as one tree, so that a document is gone through once for all of them. What it finds is
/// what [`value_at`](super::value_at) finds for each path alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathTree {
    root: Node,
    paths: usize,
}

/// What is wanted of one value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    /// Its key in the object above.
    key: Vec<u8>,
    /// Its place in the array above, if the key is one.
    index: Option<usize>,
    /// The path that ends here.
    path: Option<usize>,
    children: Vec<Node>,
}

impl PathTree {
    /// Adds a path. Returns its number, counted from 0; the same path has the same number.
    pub fn add(&mut self, path: &JsonPath) -> usize {
        let mut node = &mut self.root;
        for segment in path.segments() {
            let key = segment.as_bytes();
            let place = node.children.iter().position(|child| child.key == key).unwrap_or_else(|| {
                let child = Node { key: key.to_vec(), index: index(segment), ..Node::default() };
                node.children.push(child);
                node.children.len() - 1
            });
            node = &mut node.children[place];
        }
        *node.path.get_or_insert_with(|| {
            self.paths += 1;
            self.paths - 1
        })
    }

    /// Goes through `data` and hands over what it finds, in the order of the document: the number of the path,
    /// the value, and the text from the value's first byte on.
    #[inline]
    pub fn visit<'a>(&self, data: &'a [u8], mut found: impl FnMut(usize, Value<'a>, &'a [u8])) {
        if self.paths > 0 {
            self.root.visit(&mut Cursor::new(data), &mut found);
        }
    }
}

impl Node {
    /// Goes over the value at the cursor; `None` where the text is malformed or cut.
    fn visit<'a>(
        &self,
        cursor: &mut Cursor<'a>,
        found: &mut impl FnMut(usize, Value<'a>, &'a [u8]),
    ) -> Option<()> {
        let first = cursor.peek()?;
        let rest = cursor.rest();
        let mut tell = |value| {
            if let Some(path) = self.path {
                found(path, value, rest);
            }
        };
        match first {
            b'"' => tell(Value::String(RawStr(cursor.string()?))),
            b'{' => {
                tell(Value::Object);
                self.members(cursor, found)?;
            }
            b'[' => {
                tell(Value::Array);
                self.elements(cursor, found)?;
            }
            _ => {
                let value = Value::scalar(cursor.scalar()?);
                // Inside a container something follows, or the text was cut here.
                cursor.peek()?;
                tell(value);
            }
        }
        Some(())
    }

    fn members<'a>(
        &self,
        cursor: &mut Cursor<'a>,
        found: &mut impl FnMut(usize, Value<'a>, &'a [u8]),
    ) -> Option<()> {
        if self.children.is_empty() {
            return cursor.skip();
        }
        cursor.take(b'{')?;
        if cursor.took(b'}') {
            return Some(());
        }
        // Of duplicate keys the first counts.
        let mut seen = 0u64;
        loop {
            let key = cursor.key()?;
            match self.children.iter().position(|child| child.key == key) {
                Some(place) if place >= 64 || seen & 1 << place == 0 => {
                    seen |= 1u64.checked_shl(place as u32).unwrap_or_default();
                    self.children[place].visit(cursor, found)?;
                }
                _ => cursor.skip()?,
            }
            if !cursor.took(b',') {
                return cursor.take(b'}');
            }
        }
    }

    fn elements<'a>(
        &self,
        cursor: &mut Cursor<'a>,
        found: &mut impl FnMut(usize, Value<'a>, &'a [u8]),
    ) -> Option<()> {
        if self.children.is_empty() {
            return cursor.skip();
        }
        cursor.take(b'[')?;
        if cursor.took(b']') {
            return Some(());
        }
        for place in 0.. {
            match self.children.iter().find(|child| child.index == Some(place)) {
                Some(child) => child.visit(cursor, found)?,
                None => cursor.skip()?,
            }
            if !cursor.took(b',') {
                return cursor.take(b']');
            }
        }
        None
    }
}
