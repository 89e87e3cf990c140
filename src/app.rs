//! The only place that builds adapters from the configuration.
