//! OpenAI's embeddings: vectors that follow from the text alone.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::name::ModelName;
use crate::fault::FaultKind;

/// Numbers of a vector, unless asked otherwise, and at most.
const DIMENSIONS: u32 = 1536;
const MOST_DIMENSIONS: u32 = 4096;
const MOST_INPUTS: usize = 2048;
/// Most numbers of one answer.
const MOST_NUMBERS: usize = 4 << 20;

#[derive(Debug, Deserialize)]
struct Request {
    model: String,
    input: Input,
    #[serde(default)]
    dimensions: Option<u32>,
    #[serde(default)]
    encoding_format: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Texts(Vec<String>),
    Tokens(Vec<u64>),
    ManyTokens(Vec<Vec<u64>>),
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Embedded {
    pub(crate) model: ModelName,
    /// What its name asks to wait.
    pub(crate) delay: Duration,
    pub(crate) fault: Option<FaultKind>,
    pub(crate) body: Value,
}

/// Answers a request. A text has a vector of length 1, the same whenever it is asked.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn embed(body: &[u8]) -> Result<Embedded, ApiError> {
    let request: Request = serde_json::from_slice(body).map_err(|error| ApiError::unreadable(&error))?;
    let model = ModelName::read(&request.model)?;
    let dimensions = request.dimensions.unwrap_or(DIMENSIONS);
    if !(1..=MOST_DIMENSIONS).contains(&dimensions) {
        return Err(ApiError::invalid(
            "dimensions",
            format!("dimensions lie between 1 and {MOST_DIMENSIONS}"),
        ));
    }
    let as_text = match request.encoding_format.as_deref() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => return Err(ApiError::invalid("encoding_format", "encoding_format is float or base64")),
    };
    let inputs = inputs(request.input);
    if inputs.is_empty() || inputs.len() > MOST_INPUTS || inputs.iter().any(|(key, _)| key.is_empty()) {
        return Err(ApiError::invalid(
            "input",
            format!("input is 1 to {MOST_INPUTS} texts, none of them empty"),
        ));
    }
    if inputs.len() * dimensions as usize > MOST_NUMBERS {
        return Err(ApiError::invalid("input", format!("at most {MOST_NUMBERS} numbers in one answer")));
    }
    let tokens: usize = inputs.iter().map(|(_, tokens)| tokens).sum();
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, (key, _))| {
            let vector = vector(key, dimensions);
            let embedding = if as_text { json!(base64(&vector)) } else { json!(vector) };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
    let body = json!({"object": "list", "data": data, "model": &*model.full, "usage": usage});
    Ok(Embedded { delay: model.change.ttft.unwrap_or_default(), fault: model.fault, model, body })
}

/// What each text is told apart by, and its tokens.
fn inputs(input: Input) -> Vec<(Vec<u8>, usize)> {
    let text = |text: String| {
        let words = text.split_whitespace().count();
        (text.into_bytes(), words)
    };
    let numbers = |tokens: Vec<u64>| {
        let count = tokens.len();
        (tokens.into_iter().flat_map(u64::to_le_bytes).collect(), count)
    };
    match input {
        Input::Text(one) => vec![text(one)],
        Input::Texts(all) => all.into_iter().map(text).collect(),
        Input::Tokens(one) => vec![numbers(one)],
        Input::ManyTokens(all) => all.into_iter().map(numbers).collect(),
    }
}

/// Of length 1, its direction drawn from the text.
fn vector(key: &[u8], dimensions: u32) -> Vec<f32> {
    let seed = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let vector: Vec<f32> = (0..dimensions).map(|_| random.random_range(-1.0_f32..1.0)).collect();
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    vector.into_iter().map(|x| x / length).collect()
}

/// Little-endian numbers of 32 bits, as OpenAI's client reads them.
fn base64(vector: &[f32]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let group = three.iter().fold(0_u32, |group, byte| (group << 8) | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[((group >> (18 - 6 * place)) & 63) as usize];
            text.push(if place > three.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_vector_of_length_one() {
        let (one, same, other) = (vector(b"a b", 64), vector(b"a b", 64), vector(b"a c", 64));
        assert!(one == same && one != other);
        let length: f32 = one.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-5, "{length}");
    }

    #[test]
    fn numbers_are_written_in_base_64() {
        // 1.0 is 00 00 80 3f, 0.0 is four zeros.
        assert_eq!(base64(&[1.0]), "AACAPw==");
        assert_eq!(base64(&[1.0, 0.0]), "AACAPwAAAAA=");
        assert_eq!(base64(&[1.0, 0.0, 1.0]), "AACAPwAAAAAAAIA/");
    }

    #[test]
    fn words_are_tokens_and_nonsense_is_refused() {
        let body = |text: &str| embed(text.as_bytes()).map(|embedded| embedded.body);
        let answer = body(r#"{"model":"e","input":["one two","three"],"dimensions":2}"#).unwrap();
        assert_eq!(answer["usage"]["prompt_tokens"], 3);
        assert_eq!(answer["data"][1]["embedding"].as_array().map(Vec::len), Some(2));
        assert_eq!(body(r#"{"model":"e","input":[1,2,3]}"#).unwrap()["usage"]["prompt_tokens"], 3);
        for bad in [
            "{",
            r#"{"model":"e"}"#,
            r#"{"model":"e","input":""}"#,
            r#"{"model":"e","input":[]}"#,
            r#"{"model":"e","input":"x","dimensions":4097}"#,
            r#"{"model":"e","input":"x","encoding_format":"hex"}"#,
            r#"{"model":"e?x=1","input":"x"}"#,
        ] {
            assert!(body(bad).is_err(), "{bad}");
        }
    }
}
