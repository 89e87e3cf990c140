//! The journey, one file a step.
