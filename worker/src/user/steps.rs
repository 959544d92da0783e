//! The steps that user classes share. Each works on the thread in the user's values.

use common::api::Operation;
use common::failure::FailureClass;

use super::{User, words};

impl User {
    /// Whether the service has such a call. A step without it is left out, and so is its pause.
    pub(super) fn supports(&self, operation: Operation) -> bool {
        self.plan.call(operation).is_some()
    }

    /// Whether asking a question sends a request: a chat, or with `mock-llm` a posted message.
    pub(super) fn supports_questions(&self) -> bool {
        self.supports(if self.plan.mocks_llm() { Operation::PostMessage } else { Operation::Chat })
    }

    /// Creates a thread and, if that succeeded, adds it to the user's threads.
    pub(super) async fn create_thread(&mut self) -> Result<(), FailureClass> {
        self.session.values.thread = self.ids.next();
        words::title(&mut self.rng, &mut self.session.values.text);
        let outcome = self.request(Operation::CreateThread).await;
        if outcome.is_ok() {
            self.threads.add(self.session.values.thread.clone());
        }
        outcome
    }

    pub(super) async fn rename_thread(&mut self) -> Result<(), FailureClass> {
        words::title(&mut self.rng, &mut self.session.values.text);
        self.request(Operation::RenameThread).await
    }

    /// Deletes the thread. The user forgets it unless it may still exist on the service.
    pub(super) async fn delete_thread(&mut self) -> Result<(), FailureClass> {
        let outcome = self.request(Operation::DeleteThread).await;
        if matches!(outcome, Ok(()) | Err(FailureClass::Http4xx)) {
            self.threads.forget(&self.session.values.thread);
        }
        outcome
    }

    pub(super) async fn post_question(&mut self) -> Result<(), FailureClass> {
        self.write_question();
        self.post_message("user").await
    }

    /// Asks a question and reads the streamed answer. With `mock-llm` the question and a canned
    /// answer are posted as messages instead, one right after the other.
    pub(super) async fn ask(&mut self) -> Result<(), FailureClass> {
        if !self.plan.mocks_llm() {
            self.write_question();
            self.session.values.message = self.ids.next();
            return self.request(Operation::Chat).await;
        }
        self.post_question().await?;
        if self.is_stopping() {
            return Ok(());
        }
        self.session.values.text.clear();
        self.session.values.text.push_str(words::CANNED_ANSWER);
        self.post_message("assistant").await
    }

    /// Chooses one of the run's prompts with one draw; without prompts, makes up a sentence.
    fn write_question(&mut self) {
        let (text, prompts) = (&mut self.session.values.text, self.plan.prompts());
        if prompts.is_empty() {
            return words::question(&mut self.rng, text);
        }
        text.clear();
        text.push_str(&prompts[self.rng.below(prompts.len() as u64) as usize]);
    }

    async fn post_message(&mut self, role: &'static str) -> Result<(), FailureClass> {
        self.session.values.message = self.ids.next();
        self.session.values.role = role;
        self.request(Operation::PostMessage).await
    }
}
