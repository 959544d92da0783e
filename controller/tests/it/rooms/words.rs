//! The words of a Rust source, as far as imports need them: no parser, but no comment and no string is taken for code.

/// The words of a source without comments, literals, visibilities and items for tests alone.
pub fn words(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let (mut words, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        let rest = &chars[at..];
        let next = |n: usize| rest.get(n).copied().unwrap_or(' ');
        at += match rest[0] {
            '/' if next(1) == '/' => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            '/' if next(1) == '*' => comment(rest),
            'r' if next(1) == '"' || (next(1) == '#' && matches!(next(2), '"' | '#')) => raw(rest),
            '"' => text(rest),
            '\'' if next(1) == '\\' || next(2) == '\'' => {
                3 + rest.iter().skip(3).position(|c| *c == '\'').map_or(0, |end| end + 1)
                    * usize::from(next(1) == '\\')
            }
            c if c.is_alphanumeric() || c == '_' => {
                let end = rest.iter().position(|c| !c.is_alphanumeric() && *c != '_').unwrap_or(rest.len());
                words.push(rest[..end].iter().collect());
                end
            }
            ':' if next(1) == ':' => {
                words.push("::".to_owned());
                2
            }
            c => {
                words.extend((!c.is_whitespace()).then(|| c.to_string()));
                1
            }
        };
    }
    without(&without(&words, &["#", "[", "cfg", "(", "test", ")", "]"]), &["pub", "(", "in"])
}

/// Leaves out each sequence that begins with `head`: to the end of its item, or of its bracket.
fn without(words: &[String], head: &[&str]) -> Vec<String> {
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < words.len() {
        if !words[at..].iter().take(head.len()).eq(head.iter()) {
            kept.push(words[at].clone());
            at += 1;
            continue;
        }
        let is_visibility = head[0] == "pub";
        at += head.len();
        let mut depth = i32::from(is_visibility);
        for word in &words[at..] {
            at += 1;
            depth += match word.as_str() {
                "{" | "(" | "[" => 1,
                "}" | ")" | "]" => -1,
                _ => 0,
            };
            let ends = if is_visibility { ")" } else { "}" };
            if depth == 0 && (word == ends || (word == ";" && !is_visibility)) {
                break;
            }
        }
    }
    kept
}

fn comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match (rest[at], rest.get(at + 1)) {
            ('/', Some('*')) => depth += 1,
            ('*', Some('/')) => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

fn text(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw(rest: &[char]) -> usize {
    let hashes = rest.iter().skip(1).take_while(|c| **c == '#').count();
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let from = hashes + 2;
    let found = rest.get(from..).and_then(|body| body.windows(end.len()).position(|window| window == end));
    from + found.map_or(rest.len(), |at| at + end.len())
}
