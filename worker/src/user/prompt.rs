//! What a user asks: a sentence, one of the run's prompts, or words of a stated number; in front of it what prompts share
//! and a nonce, where it goes to a model.
//!
//! ```text
//! [shared prefix] [nonce] question
//! ```

use std::fmt::Write as _;
use std::rc::Rc;

use common::asking::{MOST_TOKENS, MOST_WORDS, SharedPrefix};
use common::mix::mix;
use common::replay::{BLOCK, Prompt, Question};

use super::rng::UserRng;
use super::{User, words};

/// The stream of random numbers that the shared prefix is made of: no user's.
const OF_ALL: u64 = 0x005e_ed0f_a11a;
/// The same of the blocks of a trace's prompts.
const OF_BLOCKS: u64 = 0x0062_6c6f_636b;

/// What all prompts that share it begin with, a line of its own: it follows from the seed alone.
pub(super) fn shared(seed: u64, shared: SharedPrefix) -> String {
    let mut text = String::new();
    words::plain(&mut UserRng::of(seed ^ OF_ALL), shared.words, &mut text);
    text.push('\n');
    text
}

/// So many words, of which the first are blocks that are the same wherever their number is; `rest` is what the others
/// are drawn by.
fn blocks(seed: u64, blocks: &[u64], words: u32, rest: u64, out: &mut String) {
    let of_block = |number: &u64| (mix(seed ^ OF_BLOCKS).wrapping_add(*number), BLOCK);
    let mut left = words;
    for (number, most) in blocks.iter().map(of_block).chain([(rest, words)]) {
        let count = left.min(most);
        if count > 0 && left < words {
            out.push(' ');
        }
        words::plain(&mut UserRng::of(number), count, out);
        left -= count;
    }
}

impl User {
    /// Writes a question of a trace; one draw, and another where the run says how long its answer is.
    pub(super) fn write_traced(&mut self, question: &Question) {
        let plan = Rc::clone(&self.plan);
        let draw = self.rng.draw();
        self.nonce = None;
        self.session.values.text.clear();
        self.add_nonce();
        let text = &mut self.session.values.text;
        match &question.prompt {
            Prompt::Text(asked) => text.push_str(asked),
            Prompt::Words(count) => words::plain(&mut UserRng::of(draw), *count, text),
            Prompt::Blocks { blocks: numbers, words } => blocks(plan.seed(), numbers, *words, draw, text),
        }
        match (question.answer_tokens, plan.asking().answer_tokens) {
            (Some(most), _) => self.write_answer_tokens(most),
            (None, Some(most)) => {
                let most = self.rng.sample(&most);
                self.write_answer_tokens(most);
            }
            (None, None) => {}
        }
    }

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
        self.add_nonce();
        self.add_question();
        if let Some(most) = asking.answer_tokens {
            let most = self.rng.sample(&most);
            self.write_answer_tokens(most);
        }
    }

    fn add_nonce(&mut self) {
        if self.plan.asking().nonce {
            let nonce = self.ids.nonce();
            self.nonce = Some(nonce);
            // Writing to a text cannot fail.
            let _ = write!(self.session.values.text, "[{nonce:08x}] ");
        }
    }

    fn write_answer_tokens(&mut self, most: u32) {
        let tokens = &mut self.session.values.answer_tokens;
        tokens.clear();
        // Nor can it here.
        let _ = write!(tokens, "{}", most.min(MOST_TOKENS));
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
    fn blocks_of_one_number_are_one_text_and_the_rest_is_new() {
        let prompt = |numbers: &[u64], words, rest| {
            let mut text = String::new();
            blocks(7, numbers, words, rest, &mut text);
            assert_eq!(text.split(' ').count(), words as usize, "{numbers:?}");
            text.split(' ').map(str::to_owned).collect::<Vec<_>>()
        };
        let (one, other) = (prompt(&[46, 47, 48], 1300, 1), prompt(&[46, 47, 99], 1100, 2));
        assert_eq!(one[..1024], other[..1024], "two blocks in common");
        assert_ne!(one[1024..1100], other[1024..1100]);
        assert_eq!(one[..600], prompt(&[46, 47], 600, 3), "the last block is a part of one");
        let longer = prompt(&[46], 700, 4);
        assert_eq!(longer[..512], one[..512]);
        assert_ne!(longer[512..], prompt(&[46], 700, 5)[512..], "beyond its blocks a prompt is its own");
        assert_ne!(one[..512], one[512..1024]);
    }

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
