//! What a user can ask of the service.

/// What a user can ask of the service. The discriminant is the endpoint's number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Operation {
    /// List the threads there are.
    ListThreads = 0,
    /// Create a thread.
    CreateThread = 1,
    /// Give a thread another title.
    RenameThread = 2,
    /// Delete a thread.
    DeleteThread = 3,
    /// Read a thread's messages.
    ListMessages = 4,
    /// Add a message to a thread.
    PostMessage = 5,
    /// Ask a question and stream the answer.
    Chat = 6,
    /// Sign in, before a user's first step.
    Login = 7,
}

/// How many operations there are.
pub const OPERATIONS: usize = 8;

impl Operation {
    /// Every operation, in the order of its number.
    pub const ALL: [Operation; OPERATIONS] = {
        use Operation::*;
        [ListThreads, CreateThread, RenameThread, DeleteThread, ListMessages, PostMessage, Chat, Login]
    };

    /// The operation's place in a table of endpoints.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name of its table in an API file.
    pub const fn key(self) -> &'static str {
        match self {
            Operation::ListThreads => "list_threads",
            Operation::CreateThread => "create_thread",
            Operation::RenameThread => "rename_thread",
            Operation::DeleteThread => "delete_thread",
            Operation::ListMessages => "list_messages",
            Operation::PostMessage => "post_message",
            Operation::Chat => "chat",
            Operation::Login => "login",
        }
    }
}
