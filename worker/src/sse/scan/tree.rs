//! Several paths looked up in one pass.

use super::cursor::{Cursor, Key, first_bytes, index};
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
    /// The first bytes of the children's keys, in which most differ.
    starts: Vec<u64>,
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
                node.starts.push(first_bytes(key, key.len()));
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
    /// Whether this is its key, the first bytes of which are the same. Of keys of up to eight bytes nothing but the
    /// length is left to differ.
    #[inline]
    fn has(&self, key: Key<'_>) -> bool {
        self.key.len() == key.text.len() && (key.text.len() <= 8 || self.key == key.text)
    }

    /// Goes over the value at the cursor; `None` where the text is malformed or cut.
    fn visit<'a>(
        &self,
        cursor: &mut Cursor<'a>,
        found: &mut impl FnMut(usize, Value<'a>, &'a [u8]),
    ) -> Option<()> {
        let first = cursor.peek()?;
        let rest = cursor.rest();
        let value = match first {
            b'"' => Value::String(RawStr(cursor.string()?)),
            b'{' => Value::Object,
            b'[' => Value::Array,
            _ => {
                let value = Value::scalar(cursor.scalar()?);
                // Inside a container something follows, or the text was cut here.
                cursor.peek()?;
                value
            }
        };
        if let Some(path) = self.path {
            found(path, value, rest);
        }
        match value {
            Value::Object | Value::Array if self.children.is_empty() => cursor.skip(),
            Value::Object => self.parts(cursor, [b'{', b'}'], found),
            Value::Array => self.parts(cursor, [b'[', b']'], found),
            _ => Some(()),
        }
    }

    /// Goes over the members of an object or the elements of an array.
    fn parts<'a>(
        &self,
        cursor: &mut Cursor<'a>,
        [open, close]: [u8; 2],
        found: &mut impl FnMut(usize, Value<'a>, &'a [u8]),
    ) -> Option<()> {
        cursor.take(open)?;
        if cursor.took(close) {
            return Some(());
        }
        // Of duplicate keys the first counts.
        let mut seen = 0u64;
        for place in 0.. {
            match close {
                b'}' => self.member(&mut seen, cursor, found)?,
                _ => {
                    let wanted = self.children.iter().find(|child| child.index == Some(place));
                    Node::visit_or_skip(wanted, cursor, found)?;
                }
            }
            if !cursor.took(b',') {
                return cursor.take(close);
            }
        }
        None
    }

    /// Goes over one member of an object; `seen` are the children that were found before.
    #[inline(always)]
    fn member<'a>(
        &self,
        seen: &mut u64,
        cursor: &mut Cursor<'a>,
        found: &mut impl FnMut(usize, Value<'a>, &'a [u8]),
    ) -> Option<()> {
        let Some((key, rest, text)) = cursor.plain_member() else {
            return self.other_member(seen, cursor, found);
        };
        if let Some(path) = self.child(key, seen).and_then(|child| child.path) {
            found(path, Value::String(RawStr(text)), rest);
        }
        Some(())
    }

    /// As [`member`](Self::member), for one that is not written plainly.
    #[inline(never)]
    fn other_member<'a>(
        &self,
        seen: &mut u64,
        cursor: &mut Cursor<'a>,
        found: &mut impl FnMut(usize, Value<'a>, &'a [u8]),
    ) -> Option<()> {
        let key = cursor.key()?;
        Node::visit_or_skip(self.child(key, seen), cursor, found)
    }

    /// The child with this key, if that was not `seen` before.
    #[inline]
    fn child(&self, key: Key<'_>, seen: &mut u64) -> Option<&Node> {
        let place = self.starts.iter().position(|start| *start == key.start)?;
        let place = match self.children[place].has(key) {
            true => place,
            // Longer keys may begin alike.
            false => self.children.iter().position(|child| child.key == key.text)?,
        };
        let bit = 1u64.checked_shl(place as u32).unwrap_or_default();
        let is_new = *seen & bit == 0;
        *seen |= bit;
        is_new.then(|| &self.children[place])
    }

    fn visit_or_skip<'a>(
        wanted: Option<&Node>,
        cursor: &mut Cursor<'a>,
        found: &mut impl FnMut(usize, Value<'a>, &'a [u8]),
    ) -> Option<()> {
        match wanted {
            Some(node) => node.visit(cursor, found),
            None => cursor.skip(),
        }
    }
}
