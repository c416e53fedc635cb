//! What is answered when something is wrong: `application/problem+json` (RFC 9457).

use serde_json::json;

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub status: u16,
    pub title: &'static str,
    /// What exactly, and what to do.
    pub detail: String,
    /// After how many seconds it may go better.
    pub retry_after: Option<u32>,
    /// By which methods it is asked instead.
    pub allow: Option<&'static str>,
}

impl Problem {
    pub fn new(status: u16, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
            retry_after: None,
            allow: None,
        }
    }

    /// Too much is under way.
    pub fn busy(detail: &str) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(503, "busy", detail)
        }
    }

    pub fn to_json(&self) -> Vec<u8> {
        let problem = json!({
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        });
        problem.to_string().into_bytes()
    }
}
