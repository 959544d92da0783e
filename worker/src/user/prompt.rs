//! What a user asks: a sentence, one of the run's prompts, or words of a stated number; in front of it what prompts share
//! and a nonce, where it goes to a model.
//!
//! ```text
//! [shared prefix] [nonce] question
//! ```

use std::fmt::Write as _;
use std::rc::Rc;

use common::asking::{MOST_TOKENS, MOST_WORDS, SharedPrefix};

use super::rng::UserRng;
use super::{User, words};

/// The stream of random numbers that the shared prefix is made of: no user's.
const OF_ALL: u64 = 0x005e_ed0f_a11a;

/// What all prompts that share it begin with, a line of its own: it follows from the seed alone.
pub(super) fn shared(seed: u64, shared: SharedPrefix) -> String {
    let mut text = String::new();
    words::plain(&mut UserRng::of(seed ^ OF_ALL), shared.words, &mut text);
    text.push('\n');
    text
}

impl User {
    /// Writes a question: one of the run's prompts with one draw, words of a drawn number with two, else a sentence.
    pub(super) fn write_question(&mut self) {
        self.nonce = None;
        self.session.values.text.clear();
        self.add_question();
    }

    /// Writes the next question to a model, and the most tokens that its answer is asked to have; a draw more for each
    /// of what the run asks for.
    pub(super) fn write_prompt(&mut self) {
        let plan = Rc::clone(&self.plan);
        let asking = plan.asking();
        let text = &mut self.session.values.text;
        text.clear();
        if let Some(shared) = asking.shared
            && shared.is_drawn(self.rng.draw())
        {
            text.push_str(plan.shared_prefix());
        }
        if asking.nonce {
            let nonce = self.ids.nonce();
            self.nonce = Some(nonce);
            let _ = write!(text, "[{nonce:08x}] "); // writing to a text cannot fail
        }
        self.add_question();
        if let Some(most) = asking.answer_tokens {
            let (most, tokens) =
                (self.rng.sample(&most).min(MOST_TOKENS), &mut self.session.values.answer_tokens);
            tokens.clear();
            let _ = write!(tokens, "{most}");
        }
    }

    fn add_question(&mut self) {
        let (text, prompts) = (&mut self.session.values.text, self.plan.prompts());
        match (self.plan.asking().words, prompts) {
            (Some(length), _) => {
                let count = self.rng.sample(&length).min(MOST_WORDS);
                words::plain(&mut UserRng::of(self.rng.draw()), count, text);
            }
            (None, []) => words::question(&mut self.rng, text),
            (None, prompts) => text.push_str(&prompts[self.rng.below(prompts.len() as u64) as usize]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_has_the_words_that_it_should_and_the_same_again() {
        let prompt = |seed, count| {
            let mut text = String::new();
            words::plain(&mut UserRng::of(seed), count, &mut text);
            text
        };
        for count in [1, 2, 200] {
            assert_eq!(prompt(7, count).split(' ').count(), count as usize);
        }
        assert_eq!(prompt(7, 200), prompt(7, 200));
        assert_ne!(prompt(7, 200), prompt(8, 200));
        let prefix = shared(7, "0.5,300".parse().unwrap());
        assert_eq!(prefix, shared(7, "0.1,300".parse().unwrap()), "who has it changes nothing of it");
        assert_eq!((prefix.split_whitespace().count(), prefix.ends_with('\n')), (300, true));
    }
}
