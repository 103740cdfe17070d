//! Nothing of its own: the tests beside it kill a real server and count what is left.
