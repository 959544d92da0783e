//! A value put into a body of JSON that holds placeholders, and so is none yet.

/// The body with `value` at `path`, in place of what is there, or as a member of its own; `None` where the body is
/// no object.
pub(super) fn put(body: &str, path: &[&str], value: &str) -> Option<String> {
    let (name, rest) = path.split_first()?;
    let open = body.find(|c: char| !c.is_whitespace()).filter(|at| body[*at..].starts_with('{'))?;
    let mut at = open + 1;
    let mut is_empty = true;
    while let Some(key) = skip(body, at, |c| c.is_whitespace() || c == ',') {
        if !body[key..].starts_with('"') {
            break;
        }
        is_empty = false;
        let key_end = end_of_value(body, key);
        let colon = skip(body, key_end, |c| c.is_whitespace() || c == ':')?;
        let end = end_of_value(body, colon);
        if body[key..key_end].trim_matches('"') == *name {
            let inner = body[colon..end].trim_end();
            let new = put(inner, rest, value).unwrap_or_else(|| nested(rest, value));
            return Some(format!("{}{new}{}", &body[..colon], &body[colon + inner.len()..]));
        }
        at = end;
    }
    let comma = if is_empty { "" } else { "," };
    Some(format!("{}\"{name}\":{}{comma}{}", &body[..=open], nested(rest, value), &body[open + 1..]))
}

fn nested(path: &[&str], value: &str) -> String {
    path.iter().rev().fold(value.to_owned(), |inner, name| format!("{{\"{name}\":{inner}}}"))
}

fn skip(text: &str, from: usize, skips: impl Fn(char) -> bool) -> Option<usize> {
    text[from..].find(|c| !skips(c)).map(|at| from + at)
}

/// Where the value ends that begins at `from`: before the comma or the bracket behind it. Placeholders are values, or
/// parts of texts.
fn end_of_value(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut in_text, mut at) = (0_usize, false, from);
    while at < bytes.len() {
        match bytes[at] {
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                at = text[at..].find('}').map_or(bytes.len(), |end| at + end);
            }
            b'\\' if in_text => at += 1,
            b'"' => {
                in_text = !in_text;
                if !in_text && depth == 0 {
                    return at + 1;
                }
            }
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_put_where_it_belongs() {
        let table = [
            (r#"{"a":1}"#, "n", r#"{"n":${x},"a":1}"#),
            ("{}", "n", r#"{"n":${x}}"#),
            (r#"{"a":"n","n":1024,"m":${messages}}"#, "n", r#"{"a":"n","n":${x},"m":${messages}}"#),
            (r#"{"m":"${a}, \"n\": 1","n" : [1,2] }"#, "n", r#"{"m":"${a}, \"n\": 1","n" : ${x} }"#),
            (r#"{"o":{"k":1,"n":2}}"#, "o.n", r#"{"o":{"k":1,"n":${x}}}"#),
            (r#"{"o":{"k":1}}"#, "o.n", r#"{"o":{"n":${x},"k":1}}"#),
            (r#"{"m":${messages}}"#, "o.n", r#"{"o":{"n":${x}},"m":${messages}}"#),
            (r#"{"o":null}"#, "o.n", r#"{"o":{"n":${x}}}"#),
        ];
        for (body, path, expected) in table {
            let path: Vec<&str> = path.split('.').collect();
            assert_eq!(put(body, &path, "${x}").as_deref(), Some(expected), "{body}");
        }
        assert_eq!(put("${messages}", &["n"], "1"), None);
        assert_eq!(put("", &["n"], "1"), None);
    }
}
