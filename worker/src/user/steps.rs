//! The steps that user classes share. Each works on the thread in the user's values.

use common::api::Operation;
use common::failure::FailureClass;

use super::{User, words};

impl User {
    /// Whether the service has such a call. A step without it is left out, its pause too.
    pub(super) fn makes(&self, operation: Operation) -> bool {
        self.script.call(operation).is_some()
    }

    /// Whether a question, or what stands for one, is a request.
    pub(super) fn asks(&self) -> bool {
        self.makes(if self.script.mocks_llm() { Operation::PostMessage } else { Operation::Chat })
    }

    /// Creates a thread and, if that worked, makes it the user's own.
    pub(super) async fn create_thread(&mut self) -> Result<(), FailureClass> {
        self.values.thread = self.ids.next();
        words::title(&mut self.dice, &mut self.values.text);
        let outcome = self.request(Operation::CreateThread).await;
        if outcome.is_ok() {
            self.threads.add(self.values.thread);
        }
        outcome
    }

    /// Gives the thread another title.
    pub(super) async fn rename_thread(&mut self) -> Result<(), FailureClass> {
        words::title(&mut self.dice, &mut self.values.text);
        self.request(Operation::RenameThread).await
    }

    /// Deletes the thread. It stays the user's own only if it may still be there to be deleted.
    pub(super) async fn delete_thread(&mut self) -> Result<(), FailureClass> {
        let outcome = self.request(Operation::DeleteThread).await;
        if matches!(outcome, Ok(()) | Err(FailureClass::Http4xx)) {
            self.threads.forget(self.values.thread);
        }
        outcome
    }

    /// Adds a question to the thread.
    pub(super) async fn post_question(&mut self) -> Result<(), FailureClass> {
        self.write_question();
        self.post_message("user").await
    }

    /// Asks a question and reads the streamed answer. With `mock-llm` the question and a canned
    /// answer are posted as messages instead, one right after the other.
    pub(super) async fn ask(&mut self) -> Result<(), FailureClass> {
        if !self.script.mocks_llm() {
            self.write_question();
            self.values.message = self.ids.next();
            return self.request(Operation::Chat).await;
        }
        self.post_question().await?;
        if self.is_told() {
            return Ok(());
        }
        self.values.text.clear();
        self.values.text.push_str(words::CANNED_ANSWER);
        self.post_message("assistant").await
    }

    /// One of the prompts that the run was given, by one draw, else a sentence of our own.
    fn write_question(&mut self) {
        let (text, prompts) = (&mut self.values.text, self.script.prompts());
        if prompts.is_empty() {
            return words::question(&mut self.dice, text);
        }
        text.clear();
        text.push_str(&prompts[self.dice.below(prompts.len() as u64) as usize]);
    }

    async fn post_message(&mut self, role: &'static str) -> Result<(), FailureClass> {
        self.values.message = self.ids.next();
        self.values.role = role;
        self.request(Operation::PostMessage).await
    }
}
