"""Events: rules as data, frames around triggers, status, merging of mentions."""
