//! What a page needs to draw plots.

use std::sync::OnceLock;

use plotly::Plot;

/// Our own script, to be run after [`plotly_js`]: defines `charts.draw(element, plot)`, which draws
/// or redraws, and `charts.extend(element, x, values)`, which adds points: `x` of each, and for each
/// line of the plot its values.
pub const SCRIPT: &str = include_str!("charts.js");

/// Our style: the colours that plots name, light and dark, and the size of an element of class `chart`.
pub const STYLE: &str = concat!(include_str!("../colours.css"), include_str!("charts.css"));

/// The whole of plotly.js, 4.7 MB, which the crate `plotly` carries. Harmless inside a `<script>`
/// element: it holds neither `</script` nor `<!--`, and its control characters, which no HTML page may
/// hold, are written as escapes.
pub fn plotly_js() -> &'static str {
    static CODE: OnceLock<String> = OnceLock::new();
    CODE.get_or_init(|| escaped(first_script(&Plot::offline_js_sources())))
}

/// The same code with each control character, all of which stand in strings, as an escape.
fn escaped(code: &str) -> String {
    let mut escaped = String::with_capacity(code.len());
    for c in code.chars() {
        match c {
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The content of the first script element. The second one is MathJax, which no figure needs.
fn first_script(elements: &str) -> &str {
    let content = elements.split_once('>').map_or("", |(_, rest)| rest);
    content.split_once("</script>").map_or("", |(script, _)| script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_plotly_alone_and_cannot_leave_its_element() {
        let code = plotly_js();
        assert!(code.contains("plotly.js v3") && code.trim_end().ends_with("}));"), "{} bytes", code.len());
        assert!(!code.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
        for script in [code, SCRIPT] {
            let lower = script.to_ascii_lowercase();
            assert!(!lower.contains("</script") && !lower.contains("<!--"));
        }
        assert!(!STYLE.contains("</") && !STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
