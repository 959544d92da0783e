//! What a user and the service have said to each other, as it is sent.

use std::collections::VecDeque;

use common::api::{History, Placeholder};

use super::ids::Id;
use super::text::push_json;

/// The messages of a conversation, written as JSON, and perhaps a question that is not answered yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Conversation {
    /// Each message with a comma behind it.
    text: Vec<u8>,
    /// Bytes of each question with its answer.
    turns: VecDeque<usize>,
    /// Where the last question begins.
    asked: usize,
    /// Whether a part of it was left out.
    is_short: bool,
}

impl Conversation {
    /// A new one; the memory stays.
    pub(super) fn begin(&mut self) {
        self.text.clear();
        self.turns.clear();
        self.is_short = false;
    }

    /// Adds a question, and leaves the oldest turns out until all of it has room. The question itself stays, however
    /// long it is. Says whether the conversation is whole.
    pub(super) fn ask(&mut self, history: &History, id: &Id, question: &str) -> bool {
        self.asked = self.text.len();
        self.push(history, &history.user, id, question);
        while self.text.len() > history.max_bytes as usize {
            let Some(oldest) = self.turns.pop_front() else { break };
            self.text.drain(..oldest);
            self.asked -= oldest;
            self.is_short = true;
        }
        !self.is_short
    }

    /// Adds the answer to the last question, of which a part may be missing.
    pub(super) fn answered(&mut self, history: &History, id: &Id, answer: &str, is_cut: bool) {
        self.push(history, &history.assistant, id, answer);
        self.turns.push_back(self.text.len() - self.asked);
        self.is_short |= is_cut;
    }

    /// Forgets the last question: it has no answer.
    pub(super) fn unanswered(&mut self) {
        self.text.truncate(self.asked);
    }

    /// Writes it as a JSON array.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        out.extend_from_slice(&self.text[..self.text.len().saturating_sub(1)]);
        out.push(b']');
    }

    fn push(&mut self, history: &History, role: &str, id: &Id, content: &str) {
        history.message.render(&mut self.text, |place, out| match place {
            Placeholder::Role => push_json(out, role),
            Placeholder::Content => push_json(out, content),
            Placeholder::Message => push_json(out, id.as_str()),
            _ => {}
        });
        self.text.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(conversation: &Conversation) -> String {
        let mut out = Vec::new();
        conversation.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn messages(conversation: &Conversation) -> Vec<String> {
        let all: Vec<serde_json::Value> = serde_json::from_str(&written(conversation)).unwrap();
        let text = |message: serde_json::Value| {
            format!("{} {}", message["role"].as_str().unwrap(), message["content"].as_str().unwrap())
        };
        all.into_iter().map(text).collect()
    }

    #[test]
    fn a_conversation_is_what_was_said() {
        let (history, id) = (History::default(), Id::from("m"));
        let mut conversation = Conversation::default();
        assert_eq!(written(&conversation), "[]");
        assert!(conversation.ask(&history, &id, "one \"?\""));
        assert_eq!(messages(&conversation), ["user one \"?\""]);
        conversation.answered(&history, &id, "1\n", false);
        assert!(conversation.ask(&history, &id, "lost"));
        conversation.unanswered();
        assert!(conversation.ask(&history, &id, "two"));
        assert_eq!(messages(&conversation), ["user one \"?\"", "assistant 1\n", "user two"]);
        conversation.begin();
        assert!(conversation.ask(&history, &id, "three"));
        assert_eq!(messages(&conversation), ["user three"]);
    }

    #[test]
    fn a_long_conversation_loses_its_oldest_turns_and_says_so() {
        let (history, id) = (History { max_bytes: 200, ..History::default() }, Id::from("m"));
        let mut conversation = Conversation::default();
        let mut whole = Vec::new();
        for turn in 0..20 {
            whole.push(conversation.ask(&history, &id, &format!("question {turn}")));
            let sent = messages(&conversation);
            assert_eq!(sent.last(), Some(&format!("user question {turn}")));
            assert_eq!(sent.len() % 2, 1, "whole turns and a question");
            assert!(written(&conversation).len() <= 201);
            conversation.answered(&history, &id, &format!("answer {turn}"), false);
        }
        assert_eq!(whole.iter().filter(|whole| **whole).count(), 2);
        assert!(!conversation.ask(&history, &id, &"x".repeat(500)), "however long it is");
        assert_eq!(messages(&conversation).len(), 1);
    }
}
