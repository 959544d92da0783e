//! Sessions on their way to a worker.

use prost::Message as _;

use super::{Due, MOST_QUESTIONS, MOST_WORDS, Prompt, Question, Session};
use crate::asking::MOST_TOKENS;
use crate::protocol as wire;
use wire::replay_question::Due as SentDue;

/// A message that says no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a session of the trace makes no sense; is the controller of the same release as this worker?")]
pub struct ReplayError;

/// Bytes of a session on its way.
pub fn size(session: &Session) -> usize {
    wire::ReplaySession::from((0, session)).encoded_len()
}

impl From<(u64, &Session)> for wire::ReplaySession {
    fn from((number, session): (u64, &Session)) -> Self {
        wire::ReplaySession {
            number,
            at_us: session.at_us,
            questions: session.questions.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Question> for wire::ReplayQuestion {
    fn from(question: &Question) -> Self {
        let due = match question.due {
            Due::AfterComing(us) => SentDue::AfterComingUs(us),
            Due::AfterAnswer(us) => SentDue::AfterAnswerUs(us),
        };
        let (text, words, blocks) = match &question.prompt {
            Prompt::Text(text) => (Some(text.clone()), 0, Vec::new()),
            Prompt::Words(words) => (None, *words, Vec::new()),
            Prompt::Blocks { blocks, words } => (None, *words, blocks.clone()),
        };
        let answer_tokens = question.answer_tokens.unwrap_or(0);
        wire::ReplayQuestion { due: Some(due), text, words, blocks, answer_tokens }
    }
}

impl TryFrom<&wire::ReplaySession> for Session {
    type Error = ReplayError;

    fn try_from(sent: &wire::ReplaySession) -> Result<Session, ReplayError> {
        if sent.questions.is_empty() || sent.questions.len() > MOST_QUESTIONS {
            return Err(ReplayError);
        }
        let questions = sent.questions.iter().map(Question::try_from).collect::<Result<_, _>>()?;
        Ok(Session { at_us: sent.at_us, questions })
    }
}

impl TryFrom<&wire::ReplayQuestion> for Question {
    type Error = ReplayError;

    fn try_from(sent: &wire::ReplayQuestion) -> Result<Question, ReplayError> {
        let due = match sent.due.as_ref().ok_or(ReplayError)? {
            SentDue::AfterComingUs(us) => Due::AfterComing(*us),
            SentDue::AfterAnswerUs(us) => Due::AfterAnswer(*us),
        };
        if sent.words > MOST_WORDS || sent.answer_tokens > MOST_TOKENS {
            return Err(ReplayError);
        }
        let prompt = match (&sent.text, sent.blocks.as_slice()) {
            (Some(text), _) => Prompt::Text(text.clone()),
            (None, []) => Prompt::Words(sent.words),
            (None, blocks) => Prompt::Blocks { blocks: blocks.to_vec(), words: sent.words },
        };
        Ok(Question { due, prompt, answer_tokens: Some(sent.answer_tokens).filter(|tokens| *tokens > 0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_survives_the_wire() {
        let question = |due, prompt, answer_tokens| Question { due, prompt, answer_tokens };
        let session = Session {
            at_us: 17,
            questions: vec![
                question(Due::AfterComing(5), Prompt::Text("Why?".to_owned()), None),
                question(Due::AfterAnswer(0), Prompt::Words(300), Some(50)),
                question(Due::AfterAnswer(9), Prompt::Blocks { blocks: vec![0, 7], words: 600 }, Some(1)),
            ],
        };
        let mut sent = wire::ReplaySession::from((3, &session));
        assert_eq!((sent.number, Session::try_from(&sent)), (3, Ok(session.clone())));
        assert_eq!(size(&session), wire::ReplaySession { number: 0, ..sent.clone() }.encoded_len());
        sent.questions[1].due = None;
        assert_eq!(Session::try_from(&sent), Err(ReplayError));
        sent.questions.clear();
        assert_eq!(Session::try_from(&sent), Err(ReplayError));
    }
}
