//! AWS's runtime interface client for Java: where its jars are, and how it is started.
//!
//! The client loads the function's classes itself, from the package and from `/opt/java/lib`. The
//! virtual machine shares the archive of classes that its vendor made, compiles only as far as the
//! first tier and collects garbage on one thread, all of which makes it start sooner.

use std::fs;
use std::io;
use std::path::Path;

use store::BlobRef;

use super::Installed;

/// What the name of the client's own jar begins with.
const CLIENT_JAR: &str = "aws-lambda-java-runtime-interface-client-";

/// docs: runtimes-modify (`-XX:TieredStopAtLevel=1`, `-XX:+UseSerialGC`), as AWS's own runtimes.
/// The handler follows.
pub(super) const ARGUMENTS: &[&str] = &[
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-cp",
    "/var/runtime/*",
    "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
];

/// The share of a function's memory that the heap may have. An option of the function's own, such as `-Xmx` in
/// `JAVA_TOOL_OPTIONS`, still counts instead.
const HEAP_PERCENT: u32 = 85;

/// A sandbox does not show its limits, so the machine would take the host's memory for its own.
pub(super) fn memory_arguments(memory_mb: u32) -> [String; 2] {
    [
        format!("-XX:MaxRAM={memory_mb}m"),
        format!("-XX:MaxRAMPercentage={HEAP_PERCENT}"),
    ]
}

/// The client in a directory, if its jars are there.
pub(super) fn find(directory: &Path) -> io::Result<Option<Installed>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    let mut jars = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string()
            && Path::new(&name).extension().is_some_and(|it| it == "jar")
        {
            jars.push(name);
        }
    }
    jars.sort();
    let is_there = jars.iter().any(|name| name.starts_with(CLIENT_JAR));
    Ok(is_there.then(|| Installed {
        directory: directory.to_owned(),
        digest: BlobRef::of(jars.join("\n").as_bytes()).to_string(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_a_client_if_it_has_the_clients_jar() {
        let directory = tempfile::tempdir().unwrap();
        assert!(find(&directory.path().join("none")).unwrap().is_none());
        fs::write(directory.path().join("other-1.0.jar"), "").unwrap();
        assert!(find(directory.path()).unwrap().is_none());

        fs::write(directory.path().join(format!("{CLIENT_JAR}2.9.0.jar")), "").unwrap();

        let found = find(directory.path()).unwrap().unwrap();
        assert_eq!(found.directory, directory.path());
    }
}
