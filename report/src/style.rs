//! Colours of a terminal, or none.

/// What a colour means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Kept, as it should be.
    Good,
    /// To be looked at.
    Warning,
    /// Missed, failed.
    Bad,
    /// What only helps to read the rest.
    Faint,
}

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// Whether there are colours.
    pub colour: bool,
}

impl Paint {
    /// Colours where the person has not turned them off with `NO_COLOR` (any value but an empty one) and
    /// `terminal` says that somebody looks.
    pub fn wanted(terminal: bool) -> Paint {
        Paint { colour: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) }
    }

    /// The text in a colour. The text holds no line end.
    pub fn ink(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Good => "1;32",
            Ink::Warning => "33",
            Ink::Bad => "31",
            Ink::Faint => "2",
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
