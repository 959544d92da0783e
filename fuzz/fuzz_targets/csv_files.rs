#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| testkit::fuzz::csv_files::read_and_render(input));
