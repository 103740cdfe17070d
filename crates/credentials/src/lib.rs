//! Who calls, which region and which endpoint: what the caller was given, then the environment, then profiles.
