//! The steps of users. Each works on the thread in the user's values.

use std::rc::Rc;

use common::api::Operation;
use common::failure::FailureClass;

use super::compiled_call::Words;
use super::request::Unanswered;
use super::{User, words};

impl User {
    /// Whether the step sends anything: one without a call is left out, and so is its pause. With `mock-llm` a
    /// question is posted as a message.
    pub(super) fn makes(&self, operation: Operation) -> bool {
        let sent = match operation {
            Operation::Chat if self.plan.mocks_llm() => Operation::PostMessage,
            operation => operation,
        };
        self.plan.call(sent).is_some()
    }

    /// Makes a step in the thread of the user's values.
    pub(super) async fn make(&mut self, operation: Operation) -> Result<(), Unanswered> {
        use Operation::*;
        match operation {
            CreateThread => self.create_thread().await,
            RenameThread => self.rename_thread().await,
            DeleteThread => self.delete_thread().await,
            PostMessage => self.post_question().await,
            Chat => self.ask().await,
            Own(_) => self.own_call(operation).await,
            ListThreads | ListMessages | Login | Question => self.request(operation).await,
        }
    }

    /// Forgets what was said.
    pub(super) fn begin_conversation(&mut self) {
        self.place = (self.place.0 + 1, 0);
        if self.plan.keeps() {
            self.session.begin_conversation(&self.plan);
        }
    }

    /// Takes an id of its own for a thread that no call creates.
    pub(super) fn make_thread_up(&mut self) {
        let thread = self.ids.next();
        self.session.values.thread = thread.clone();
        self.threads.add(thread);
    }

    /// Creates a thread and, if that succeeded, adds it to the user's threads.
    async fn create_thread(&mut self) -> Result<(), Unanswered> {
        self.session.values.thread = self.ids.next();
        words::title(&mut self.rng, &mut self.session.values.text);
        let outcome = self.request(Operation::CreateThread).await;
        if outcome.is_ok() {
            self.threads.add(self.session.values.thread.clone());
        }
        outcome
    }

    async fn rename_thread(&mut self) -> Result<(), Unanswered> {
        words::title(&mut self.rng, &mut self.session.values.text);
        self.request(Operation::RenameThread).await
    }

    /// Deletes the thread. The user forgets it unless it may still exist on the service.
    async fn delete_thread(&mut self) -> Result<(), Unanswered> {
        let outcome = self.request(Operation::DeleteThread).await;
        if matches!(outcome, Ok(()) | Err(Unanswered::Failed(FailureClass::Http4xx))) {
            self.threads.forget(&self.session.values.thread);
        }
        outcome
    }

    async fn post_question(&mut self) -> Result<(), Unanswered> {
        self.write_question();
        self.post_message("user").await
    }

    /// Asks a question and reads the streamed answer. With `mock-llm` the question and a canned
    /// answer are posted as messages instead, one right after the other.
    async fn ask(&mut self) -> Result<(), Unanswered> {
        if !self.plan.mocks_llm() {
            self.write_prompt();
            return self.ask_written().await;
        }
        self.post_question().await?;
        if self.is_stopping() {
            return Ok(());
        }
        self.session.values.text.clear();
        self.session.values.text.push_str(words::CANNED_ANSWER);
        self.post_message("assistant").await
    }

    /// Asks the question that is written.
    pub(super) async fn ask_written(&mut self) -> Result<(), Unanswered> {
        self.session.values.message = self.ids.next();
        self.go_on().await
    }

    /// Asks the question of the user's values, as the next of its conversation where the service wants to have that.
    async fn go_on(&mut self) -> Result<(), Unanswered> {
        let plan = Rc::clone(&self.plan);
        let Some(history) = plan.history() else { return self.request(Operation::Chat).await };
        let values = &mut self.session.values;
        if !values.conversation.ask(history, &values.message, &values.text) {
            self.recorder.borrow_mut().shortened += 1;
        }
        let outcome = self.request(Operation::Chat).await;
        let conversation = &mut self.session.values.conversation;
        match outcome {
            Ok(()) => {
                let (answer, id) = (&self.kept.text, self.ids.next());
                conversation.answered(history, &id, answer.as_str(), answer.is_cut());
            }
            Err(_) => conversation.unanswered(),
        }
        outcome
    }

    /// Makes a call of the API file's own, with words of whichever kind it names.
    async fn own_call(&mut self, operation: Operation) -> Result<(), Unanswered> {
        match self.plan.call(operation).and_then(|call| call.words) {
            Some(Words::Title) => words::title(&mut self.rng, &mut self.session.values.text),
            Some(Words::Question) => self.write_question(),
            None => {}
        }
        self.session.values.message = self.ids.next();
        self.request(operation).await
    }

    async fn post_message(&mut self, role: &'static str) -> Result<(), Unanswered> {
        self.session.values.message = self.ids.next();
        self.session.values.role = role;
        self.request(Operation::PostMessage).await
    }
}
