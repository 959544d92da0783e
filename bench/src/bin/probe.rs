//! How fast the machine is just now: for each line on its input, the nanoseconds that a fixed piece
//! of work took.

#![allow(clippy::print_stdout, reason = "a benchmark's program talks to its script")]

use std::hint::black_box;
use std::io::BufRead as _;
use std::time::Instant;

fn main() -> std::io::Result<()> {
    let mut data = [0u64; 512];
    (0..).zip(&mut data).for_each(|(i, word): (u64, &mut u64)| *word = i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    for line in std::io::stdin().lock().lines() {
        line?;
        let begun = Instant::now();
        // Fits into the first cache and has much parallelism: what a busy sibling thread slows down most.
        for round in 0..2500u64 {
            let mut sums = [0u64; 4];
            for quad in data.chunks_exact(4) {
                for (sum, word) in sums.iter_mut().zip(quad) {
                    *sum = sum.wrapping_add(word ^ round).rotate_left(7);
                }
            }
            black_box(sums);
        }
        println!("{}", begun.elapsed().as_nanos());
    }
    Ok(())
}
