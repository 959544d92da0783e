//! The cookies of one user.

/// Most cookies, and bytes of one: what browsers keep at least (RFC 6265 §6.1).
const MOST: usize = 50;
const LONGEST: usize = 4096;

/// Names and values in the order in which they came. There is one host and no page, so scopes do not matter; a
/// cookie lasts until the service takes it back.
#[derive(Debug, Clone, Default)]
pub(super) struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Keeps what these `Set-Cookie` headers set; says whether that changed anything.
    pub(super) fn take<'h>(&mut self, headers: impl Iterator<Item = &'h str>) -> bool {
        let mut changed = false;
        for header in headers {
            let Some((name, value)) =
                parse(header).filter(|(name, value)| name.len() + value.len() <= LONGEST)
            else {
                continue;
            };
            let known = self.0.iter().position(|(known, _)| known == name);
            let is_gone = is_gone(header);
            match known {
                Some(place) if is_gone => drop(self.0.remove(place)),
                Some(place) if self.0[place].1 == value => continue,
                Some(place) => value.clone_into(&mut self.0[place].1),
                None if is_gone || self.0.len() >= MOST => continue,
                None => self.0.push((name.to_owned(), value.to_owned())),
            }
            changed = true;
        }
        changed
    }

    /// Writes the line of the head that sends them back.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for (place, (name, value)) in self.0.iter().enumerate() {
            out.extend_from_slice(if place == 0 { b"cookie: " } else { b"; " });
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
            out.extend_from_slice(value.as_bytes());
        }
        if !self.0.is_empty() {
            out.extend_from_slice(b"\r\n");
        }
    }

    /// Their values.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, value)| value.as_str())
    }
}

/// Name and value of a `Set-Cookie` header.
pub(super) fn parse(header: &str) -> Option<(&str, &str)> {
    let (name, value) = header.split(';').next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let sent = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    (!name.is_empty() && sent(name) && sent(value)).then_some((name, value))
}

/// Whether it takes its cookie back: by an age of nothing, or a date in the past as frameworks write it.
fn is_gone(header: &str) -> bool {
    header.split(';').skip(1).filter_map(|part| part.split_once('=')).any(|(name, value)| {
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "max-age" => value.parse::<i64>().is_ok_and(|age| age <= 0),
            "expires" => value.contains("1970"),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cookies: &Cookies) -> String {
        let mut out = Vec::new();
        cookies.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_cookie_is_sent_back_until_it_is_taken_back() {
        let mut cookies = Cookies::default();
        assert_eq!(line(&cookies), "");
        assert!(cookies.take(["a=1; Path=/; HttpOnly", "b = x y ;Secure", "=z", "c"].into_iter()));
        assert_eq!(line(&cookies), "cookie: a=1; b=x y\r\n");
        assert!(!cookies.take(["a=1"].into_iter()));
        assert!(cookies.take(["a=2", "b=; Max-Age=0"].into_iter()));
        assert_eq!(line(&cookies), "cookie: a=2\r\n");
        assert!(cookies.take(["a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"].into_iter()));
        assert_eq!(line(&cookies), "");
    }

    #[test]
    fn cookies_are_bounded_and_break_out_of_no_line() {
        let mut cookies = Cookies::default();
        let many: Vec<String> = (0..60).map(|n| format!("n{n}=1")).collect();
        cookies.take(many.iter().map(String::as_str));
        assert_eq!(cookies.values().count(), MOST);
        assert!(!cookies.take(["n0=a\r\nb", &format!("n1={}", "x".repeat(LONGEST))].into_iter()));
    }
}
