//! Limits of runs that were made up.
