//! What a user can ask of the service.

/// A call that users make. Its [index](Operation::index) is the endpoint's number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// List the threads there are.
    ListThreads,
    /// Create a thread.
    CreateThread,
    /// Give a thread another title.
    RenameThread,
    /// Delete a thread.
    DeleteThread,
    /// Read a thread's messages.
    ListMessages,
    /// Add a message to a thread.
    PostMessage,
    /// Ask a question and stream the answer.
    Chat,
    /// Sign in, before a user's first step.
    Login,
    /// The question of a [`Operation::Chat`] whose answer is streamed by a call of its own.
    Question,
    /// A call of the API file's own, by its place among them.
    Own(u8),
}

/// Most calls of an API file's own.
pub const OWN_CALLS: usize = 23;

/// How many operations there may be.
pub const OPERATIONS: usize = Operation::FIRST_OWN + OWN_CALLS;

impl Operation {
    /// Those that have a table of their own in every API file, in the order of their numbers.
    pub const BUILT_IN: [Operation; 8] = {
        use Operation::*;
        [ListThreads, CreateThread, RenameThread, DeleteThread, ListMessages, PostMessage, Chat, Login]
    };

    const FIRST_OWN: usize = Operation::BUILT_IN.len() + 1;

    /// The operation's place in a table of endpoints.
    #[inline]
    pub const fn index(self) -> usize {
        match self {
            Operation::ListThreads => 0,
            Operation::CreateThread => 1,
            Operation::RenameThread => 2,
            Operation::DeleteThread => 3,
            Operation::ListMessages => 4,
            Operation::PostMessage => 5,
            Operation::Chat => 6,
            Operation::Login => 7,
            Operation::Question => 8,
            Operation::Own(place) => Operation::FIRST_OWN + place as usize,
        }
    }

    /// The endpoint's number on the wire.
    pub const fn number(self) -> u32 {
        self.index() as u32
    }

    /// The call of the API file's own in this place among them; `None` beyond the last that there may be.
    pub fn own(place: usize) -> Option<Operation> {
        u8::try_from(place).ok().filter(|place| usize::from(*place) < OWN_CALLS).map(Operation::Own)
    }

    /// The built-in operation whose table in an API file has this name.
    pub fn named(key: &str) -> Option<Operation> {
        Operation::BUILT_IN.into_iter().find(|operation| operation.key() == key)
    }

    /// The name of its table in an API file; calls of one's own are named by the file.
    pub const fn key(self) -> &'static str {
        match self {
            Operation::ListThreads => "list_threads",
            Operation::CreateThread => "create_thread",
            Operation::RenameThread => "rename_thread",
            Operation::DeleteThread => "delete_thread",
            Operation::ListMessages => "list_messages",
            Operation::PostMessage => "post_message",
            Operation::Chat | Operation::Question => "chat",
            Operation::Login => "login",
            Operation::Own(_) => "calls",
        }
    }
}
