//! Exit codes: what a script can rely on.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, and nothing is wrong; warnings are fine unless they are denied.
    Clean,
    /// 1: the workspace does not compile, a test fails, a sample event is bad.
    Found,
    /// 2: the command could not do its work: wrong arguments, no workspace, files that cannot be
    /// read or written.
    Unable,
    /// 101: a defect of cjoc itself.
    Internal,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Found => 1,
            Self::Unable => 2,
            Self::Internal => 101,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
