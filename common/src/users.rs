//! Who the users are: a row of a table for each of them, with names, passwords, tokens.

use crate::class::{PerClass, UserKey};

/// A table with a row for each user. Its cells may be secrets: no report and no log has them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UserTable {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Row after row, each with a cell for each column.
    pub cells: Vec<String>,
    /// The row of each class's first user; the class's others follow it.
    pub first: PerClass<u32>,
}

impl UserTable {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.cells.len() / self.columns.len().max(1)
    }

    /// The cells of a row.
    pub fn row(&self, row: usize) -> Option<&[String]> {
        let wide = self.columns.len();
        let from = row.checked_mul(wide)?;
        self.cells.get(from..from.checked_add(wide)?)
    }

    /// The row that belongs to this user and to no other; `None` if there are too few.
    pub fn row_of(&self, (class, index): UserKey) -> Option<&[String]> {
        self.row(self.first[class.index()].checked_add(index)? as usize)
    }

    /// The row of an arrival of this number: people come again once all have come.
    pub fn row_in_turn(&self, number: u32) -> &[String] {
        let row = (number as usize).checked_rem(self.rows());
        row.and_then(|row| self.row(row)).unwrap_or_default()
    }

    /// The row for requests that belong to no user: the last one, which a user gets only if all rows are needed.
    pub fn spare_row(&self) -> &[String] {
        self.rows().checked_sub(1).and_then(|last| self.row(last)).unwrap_or_default()
    }

    /// Gives each class as many rows as it has users at most; returns how many rows that takes.
    pub fn hand_out(&mut self, most: PerClass<u32>) -> u64 {
        let mut next = 0;
        for (first, most) in self.first.iter_mut().zip(most) {
            *first = u32::try_from(next).unwrap_or(u32::MAX);
            next += u64::from(most);
        }
        next
    }
}

impl std::fmt::Debug for UserTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserTable").field("columns", &self.columns).field("rows", &self.rows()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::class::{CLASSES, UserClass};

    #[test]
    fn no_two_users_have_the_same_row() {
        let cells = (0..18).map(|cell: u32| cell.to_string()).collect();
        let mut table = UserTable { columns: vec!["a".into(), "b".into()], cells, first: [0; CLASSES] };
        let most = [4, 2, 3];
        assert_eq!((table.hand_out(most), table.rows()), (9, 9));
        let users = UserClass::ALL
            .into_iter()
            .flat_map(|class| (0..most[class.index()]).map(move |index| (class, index)));
        let rows: BTreeSet<_> = users.map(|user| table.row_of(user).unwrap()[0].clone()).collect();
        assert_eq!(rows.len(), 9);
        assert_eq!(table.row_of((UserClass::Mixed, 3)), None);
        assert_eq!(table.row_of((UserClass::Mixed, u32::MAX)), None);
    }

    #[test]
    fn it_shows_no_cell() {
        let table =
            UserTable { columns: vec!["k".into()], cells: vec!["secret".into()], ..UserTable::default() };
        assert_eq!(format!("{table:?}"), "UserTable { columns: [\"k\"], rows: 1 }");
    }
}
