//! Who may do what: tokens with roles. Compared by their hashes, in constant time.

use blake3::Hash;

/// What a token is for. Who may deploy may do all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Send events.
    Send,
    /// Read what is remembered, and what went wrong.
    Read,
    /// Everything: try dead letters again, and change what runs.
    Deploy,
}

impl Role {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "send" => Self::Send,
            "read" => Self::Read,
            "deploy" => Self::Deploy,
            _ => return None,
        })
    }

    fn permits(self, wanted: Self) -> bool {
        self == wanted || self == Self::Deploy
    }
}

/// The shortest token.
const MIN_LENGTH: usize = 16;

/// The tokens that are known; none: nobody is asked.
#[derive(Clone, Debug, Default)]
pub struct Tokens(Vec<(Role, Hash)>);

/// What a request may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Granted,
    /// No token, or one that is not known.
    Unknown,
    /// The token is for something else.
    Denied,
}

impl Tokens {
    /// Reads `ROLE:TOKEN`, separated by commas, blanks or ends of lines; `#` begins a comment. What
    /// is wrong is told without the token.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            for entry in line
                .split([',', ' ', '\t', '\r'])
                .filter(|it| !it.is_empty())
            {
                let place = index + 1;
                let Some((role, token)) = entry.split_once(':') else {
                    return Err(format!("line {place}: a token is written `ROLE:TOKEN`"));
                };
                let Some(role) = Role::of(role) else {
                    return Err(format!(
                        "line {place}: there is no such role; roles are `send`, `read` and `deploy`"
                    ));
                };
                if token.len() < MIN_LENGTH {
                    return Err(format!(
                        "line {place}: a token has at least {MIN_LENGTH} characters"
                    ));
                }
                tokens.push((role, blake3::hash(token.as_bytes())));
            }
        }
        Ok(Self(tokens))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the value of `Authorization` permits.
    pub fn access(&self, authorization: Option<&str>, wanted: Role) -> Access {
        if self.is_empty() {
            return Access::Granted;
        }
        let Some((scheme, token)) = authorization.and_then(|it| it.trim().split_once(' ')) else {
            return Access::Unknown;
        };
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Access::Unknown;
        }
        let given = blake3::hash(token.trim().as_bytes());
        // All are looked at, so that time does not tell which one it was; hashes compare in
        // constant time.
        let mut access = Access::Unknown;
        for (role, hash) in &self.0 {
            if *hash == given {
                if role.permits(wanted) {
                    access = Access::Granted;
                } else if access == Access::Unknown {
                    access = Access::Denied;
                }
            }
        }
        access
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_what_its_role_is_for() {
        let text = "send:0123456789abcdef, read:fedcba9876543210\n# all\ndeploy:aaaaaaaaaaaaaaaa\n";
        let tokens = Tokens::read(text).expect("they are in order");
        let table = [
            (Some("Bearer 0123456789abcdef"), Role::Send, Access::Granted),
            (Some("bearer 0123456789abcdef"), Role::Read, Access::Denied),
            (Some("Bearer fedcba9876543210"), Role::Read, Access::Granted),
            (Some("Bearer aaaaaaaaaaaaaaaa"), Role::Send, Access::Granted),
            (Some("Bearer aaaaaaaaaaaaaaab"), Role::Send, Access::Unknown),
            (Some("Basic 0123456789abcdef"), Role::Send, Access::Unknown),
            (Some("Bearer"), Role::Send, Access::Unknown),
            (None, Role::Send, Access::Unknown),
        ];
        for (given, wanted, access) in table {
            assert_eq!(tokens.access(given, wanted), access, "{given:?} {wanted:?}");
        }
        let none = Tokens::default();
        assert_eq!(none.access(None, Role::Deploy), Access::Granted);
    }

    #[test]
    fn what_is_wrong_is_told_without_the_token() {
        for (text, told) in [
            ("send:short", "line 1: a token has at least 16 characters"),
            (
                "\nsecretsecretsecret",
                "line 2: a token is written `ROLE:TOKEN`",
            ),
            ("all:secretsecretsecret", "line 1: there is no such role"),
        ] {
            let error = Tokens::read(text).expect_err("it is wrong");
            assert!(
                error.starts_with(told) && !error.contains("secret"),
                "{error}"
            );
        }
    }
}
