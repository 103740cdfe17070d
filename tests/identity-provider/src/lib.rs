//! An identity provider for tests.
