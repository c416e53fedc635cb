//! Pages of other sites: a browser on this machine may be led to ask here without its user's will.
//!
//! Where there are tokens, such a page has none. Where there are none, it is told by what the browser
//! says of it: the page's origin, or a name that its site made to mean this machine.

use std::net::IpAddr;

use hyper::HeaderMap;
use hyper::header::{HOST, ORIGIN};

/// Why a request is taken for one of another site's page; none where it is not.
pub(super) fn foreign(headers: &HeaderMap) -> Option<&'static str> {
    let text = |name| headers.get(name).map(|it| it.to_str().unwrap_or_default());
    let host = text(HOST).unwrap_or_default();
    if !host.is_empty() && !is_here(host) {
        return Some(
            "without tokens it is asked as `localhost` or by its address: begin it with `--tokens` to \
             ask it by a name of a site",
        );
    }
    let origin = text(ORIGIN)?;
    let site = origin.split_once("://").map_or("", |it| it.1);
    (!site.eq_ignore_ascii_case(host)).then_some(
        "a page of another site asks: begin it with `--tokens` where that is wanted, and send one",
    )
}

/// Whether a host is an address, or a name that no site can have: a site's has a dot in it.
fn is_here(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    };
    if !port.bytes().all(|it| it.is_ascii_digit()) {
        return false;
    }
    let bare = name.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let name = bare.unwrap_or(name).to_ascii_lowercase();
    !name.contains('.') || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn a_page_of_another_site_is_told_from_ones_own() {
        let table = [
            ("127.0.0.1:8787", None, true),
            ("127.0.0.1:8787", Some("http://127.0.0.1:8787"), true),
            ("localhost:8787", Some("http://localhost:8787"), true),
            ("[::1]:8787", Some("http://[::1]:8787"), true),
            ("[::1]", None, true),
            ("LOCALHOST", None, true),
            ("cjoc:8787", None, true),
            ("shop.localhost", None, true),
            ("127.0.0.1:8787", Some("http://example.org"), false),
            ("127.0.0.1:8787", Some("http://127.0.0.1:8080"), false),
            ("127.0.0.1:8787", Some("http://localhost:8787"), false),
            ("127.0.0.1:8787", Some("null"), false),
            ("example.org:8787", None, false),
            ("example.org", Some("http://example.org"), false),
            ("127.0.0.1.example.org", None, false),
            ("localhost.example.org:8787", None, false),
        ];
        for (host, origin, own) in table {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(foreign(&headers).is_none(), own, "{host} {origin:?}");
        }
        assert_eq!(foreign(&HeaderMap::new()), None);
    }
}
