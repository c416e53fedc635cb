//! Where in its repository a workspace lies, for formats whose readers see the whole repository.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// What CI systems call the folder that they have checked out into.
const CHECKOUTS: [&str; 2] = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"];

/// The way from the root of the repository to this folder, with `/` at its end; empty where they
/// are the same, or there is no repository.
pub(super) fn prefix(workspace: &Path) -> String {
    let checkouts = CHECKOUTS.iter().filter_map(env::var_os).map(PathBuf::from);
    prefix_below(workspace, &checkouts.collect::<Vec<_>>())
}

fn prefix_below(workspace: &Path, checkouts: &[PathBuf]) -> String {
    let Ok(workspace) = fs::canonicalize(workspace) else {
        return String::new();
    };
    let is_repository = |folder: &&Path| folder.join(".git").exists();
    let checkout = checkouts
        .iter()
        .filter_map(|folder| fs::canonicalize(folder).ok())
        .find(|folder| workspace.starts_with(folder));
    let root = match &checkout {
        // A repository may be checked out into a folder of what CI calls its own.
        Some(checkout) if !is_repository(&checkout.as_path()) => workspace
            .ancestors()
            .take_while(|folder| folder.starts_with(checkout))
            .find(is_repository)
            .or(Some(checkout.as_path())),
        Some(checkout) => Some(checkout.as_path()),
        None => workspace.ancestors().find(is_repository),
    };
    let way = root.and_then(|root| workspace.strip_prefix(root).ok());
    let parts = way.into_iter().flat_map(Path::components);
    parts
        .flat_map(|part| {
            [
                part.as_os_str().to_string_lossy().into_owned(),
                "/".to_owned(),
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_what_ci_says_or_where_git_is() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        for path in [
            "repo/.git",
            "repo/shop/deep",
            "bare/shop",
            "ci/sub/.git",
            "ci/sub/shop",
        ] {
            fs::create_dir_all(root.join(path)).expect("folders can be made");
        }
        let table: &[(&str, &[&str], &str)] = &[
            ("repo", &[], ""),
            ("repo/shop/deep", &[], "shop/deep/"),
            ("bare/shop", &["bare"], "shop/"),
            ("bare/shop", &["repo"], ""),
            // Git's root counts below CI's folder, and CI's where it is a repository itself.
            ("ci/sub/shop", &["ci"], "shop/"),
            ("repo/shop/deep", &["repo"], "shop/deep/"),
            ("no/such", &[], ""),
        ];
        for (workspace, checkouts, prefix) in table {
            let checkouts: Vec<PathBuf> = checkouts.iter().map(|path| root.join(path)).collect();
            let found = prefix_below(&root.join(workspace), &checkouts);
            assert_eq!(found, *prefix, "{workspace} {checkouts:?}");
        }
    }
}
