//! The engine in virtual time.

use super::*;
use crate::settings::BackendSettings;

const MS: Duration = Duration::from_millis(1);

/// Ten milliseconds a step and one for each sequence.
fn batch(slots: usize, prefill: Duration, warm_up: Option<Arc<WarmUp>>) -> Arc<Batch> {
    let flags = EngineFlags {
        batch_slots: Some(slots),
        batch_step: Some(10 * MS),
        batch_per_seq: Some(MS),
        prefill: Some(prefill),
        ..BackendSettings::default().engine
    };
    Batch::new(&flags, warm_up, Arc::default(), Arc::default()).unwrap()
}

/// When each token of a sequence was made that asks at once, in ms from now.
async fn decode(batch: Arc<Batch>, tokens: u32, start: Instant) -> Vec<u128> {
    let place = batch.join(tokens, 1.0).await;
    let mut made = Vec::new();
    while made.len() < tokens as usize {
        match place.token(Instant::now()) {
            DecodedToken::At(at) => made.push((at - start).as_millis()),
            DecodedToken::NotBefore(end) => tokio::time::sleep_until(end).await,
        }
    }
    made
}

/// `count` sequences that ask in turn at one instant; the first is alone in its first step.
async fn together(batch: &Arc<Batch>, count: usize, tokens: u32) -> Vec<Vec<u128>> {
    let start = Instant::now();
    let mut sequences = Vec::new();
    for _ in 0..count {
        sequences.push(tokio::spawn(decode(Arc::clone(batch), tokens, start)));
    }
    let mut all = Vec::new();
    for sequence in sequences {
        all.push(sequence.await.unwrap());
    }
    all
}

#[tokio::test(start_paused = true)]
async fn the_gap_is_the_step_and_what_each_sequence_adds() {
    let all = together(&batch(8, Duration::ZERO, None), 4, 5).await;
    // Eleven alone, then fourteen at four.
    assert_eq!(all[0], [11, 25, 39, 53, 67]);
    for other in &all[1..] {
        assert_eq!(*other, [25, 39, 53, 67, 80]);
    }
}

#[tokio::test(start_paused = true)]
async fn those_beyond_the_slots_join_in_order_at_the_very_end_of_a_step() {
    let all = together(&batch(1, Duration::ZERO, None), 3, 2).await;
    assert_eq!(all, [[11, 22], [33, 44], [55, 66]]);
}

#[tokio::test(start_paused = true)]
async fn whoever_joins_makes_the_step_longer_for_all() {
    let all = together(&batch(2, 100 * MS, None), 2, 3).await;
    assert_eq!(all, [[111, 223, 235], [223, 235, 246]]);
}

/// The closed form: N / (n × gap(N) + N × prefill).
#[tokio::test(start_paused = true)]
async fn at_saturation_each_generation_takes_its_steps_and_prefills() {
    let (slots, users, rounds, tokens) = (4, 12, 20, 10);
    let batch = batch(slots, 5 * MS, None);
    let start = Instant::now();
    let mut sequences = Vec::new();
    for _ in 0..users {
        let batch = Arc::clone(&batch);
        sequences.push(tokio::spawn(async move {
            for _ in 0..rounds {
                decode(Arc::clone(&batch), tokens, start).await;
            }
        }));
    }
    for sequence in sequences {
        sequence.await.unwrap();
    }
    let per_generation = tokens * (10 + slots as u32) + slots as u32 * 5;
    let expected = MS * per_generation * (users * rounds / slots) as u32;
    // Only the first steps and the last are not full.
    let apart = start.elapsed().abs_diff(expected);
    assert!(apart <= MS * 40, "{:?}, not {expected:?}", start.elapsed());
    assert_eq!(batch.streams.produce_peak(), slots as u64);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_frees_the_place_for_the_one_that_waits() {
    let batch = batch(1, Duration::ZERO, None);
    let start = Instant::now();
    let first = batch.join(1_000, 1.0).await;
    let given_up = batch.enter(1_000, 1.0, Instant::now());
    let third = tokio::spawn(decode(Arc::clone(&batch), 1, start));
    tokio::time::sleep(15 * MS).await;
    drop(given_up);
    drop(first);
    // The step under way ends at 22; then the third has its own.
    assert_eq!(third.await.unwrap(), [33]);
    assert!(batch.advance(Instant::now()).sequences.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_look_after_hours_finds_every_token_where_it_was_made() {
    let batch = batch(4, Duration::ZERO, None);
    let start = Instant::now();
    let place = batch.join(3, 1.0).await;
    tokio::time::advance(Duration::from_secs(7_200)).await;
    for expected in [11, 22, 33] {
        assert_eq!(place.token(Instant::now()), DecodedToken::At(start + MS * expected));
    }
    assert_eq!(batch.counters.snapshot().batch_steps, 3);
}

#[tokio::test(start_paused = true)]
async fn steps_that_begin_in_the_warm_up_take_three_times_as_long() {
    let warm_up = Arc::new(WarmUp::new(40 * MS));
    warm_up.begin(Instant::now());
    let all = together(&batch(1, Duration::ZERO, Some(warm_up)), 1, 4).await;
    assert_eq!(all, [[33, 66, 77, 88]]);
}
